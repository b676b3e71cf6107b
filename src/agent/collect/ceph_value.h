// Reading JSON whose shape is expected but not trusted.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/json.h"

namespace candor {

// The first thing that was not as expected, or nothing: "a whole number `pg_num`".
struct ShapeFault {
  std::string lacks;
  bool any() const { return !lacks.empty(); }
};

// One value of a document. Asking for what is not there notes the fault and gives an empty value,
// so that a reader asks for everything it needs and looks at the fault once, at the end. The
// document and the fault must outlive it.
class CephValue {
 public:
  CephValue(const Json& json, ShapeFault& fault, std::string_view name = "the document")
      : json_(&json), fault_(&fault), name_(name) {}

  bool has(std::string_view key) const { return find_member(*json_, key) != nullptr; }

  // A member that must be there.
  CephValue at(std::string_view key) const;

  // What this value must be. integer() takes 0 and 1 for booleans as well, boolean() takes true and
  // false for numbers: the command line prints some of them either way.
  std::vector<CephValue> items() const;                            // of a list
  std::vector<std::pair<std::string, CephValue>> members() const;  // of an object
  std::size_t size() const;                                        // of a list or object
  std::int64_t integer() const;
  const Json& number() const;  // a whole number as it stands, also above 2^63
  bool boolean() const;
  std::string text() const;
  CephValue object() const;  // itself, when it is an object

  // Members of an object that are of one simple kind, in their order; the others are left out.
  Json booleans() const;
  Json integers() const;

  const Json& json() const { return *json_; }

 private:
  const Json& expect(bool good, std::string_view kind, const Json& otherwise) const;

  const Json* json_;
  ShapeFault* fault_;
  std::string_view name_;
};

}  // namespace candor
