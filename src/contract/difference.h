// What one contract shares beyond another. Pure.
#pragma once

#include <string>
#include <vector>

#include "contract/contract.h"

namespace candor {

struct FieldChange {
  enum class Kind {
    kNew,      // the other one did not declare it, or declared it never to be sent
    kChanged,  // another channel, type, class or purpose
    kGone,     // no longer declared, or never to be sent
  };
  Kind kind = Kind::kNew;
  const Field* field = nullptr;           // of the newer contract; of the older one when kGone
  std::string channel;                    // its name, in that contract
  std::vector<std::string> changes = {};  // of kChanged: "class was keyed, is clear"
};

// In the newer contract's order, what is gone at the end. The pointers are into the contracts.
// Bounds, texts and owners do not count: nobody is asked again about those.
std::vector<FieldChange> compare(const Contract& older, const Contract& newer);

// "new", "changed", "gone"
std::string_view name_of(FieldChange::Kind kind);

}  // namespace candor
