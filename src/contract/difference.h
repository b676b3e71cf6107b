// What one contract shares beyond another. Pure.
#pragma once

#include <string>
#include <vector>

#include "contract/contract.h"

namespace candor {

// Of a field, a metric, or a label of a metric that both have.
struct FieldChange {
  enum class Kind {
    kNew,      // the other one did not declare it, or declared it never to be sent
    kChanged,  // another channel, type, class or purpose
    kGone,     // no longer declared, or never to be sent
  };
  Kind kind = Kind::kNew;
  // As the newer contract has it; the older one when kGone.
  std::string path;     // "pools[].pg_num", "http_requests_total", "http_requests_total{code}"
  std::string channel;  // its name
  std::string type;     // "integer", "metric counter", "label"
  std::string privacy;  // the class: "clear", "hashed md5"
  std::string purpose;
  std::string about;  // of a metric with its labels
  std::string owner;
  std::vector<std::string> changes = {};  // of kChanged: "class was keyed, is clear"
};

// In the newer contract's order, fields first, what is gone at the end. Bounds, texts and owners do
// not count: nobody is asked again about those.
std::vector<FieldChange> compare(const Contract& older, const Contract& newer);

// "new", "changed", "gone"
std::string_view name_of(FieldChange::Kind kind);

}  // namespace candor
