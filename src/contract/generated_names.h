// Names and texts of a contract as generated code has them: whatever stands in the contract becomes
// an identifier, a literal or part of a comment, and nothing else. Pure.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "contract/contract.h"

namespace candor::generated {

// ASCII letters, digits and '_', no word that C or C++ or their headers have another use for:
// "properties.template" is properties_template.
std::string identifier(std::string_view name);
// The same as the name of a type: ProjectCreated.
std::string type_name(std::string_view name);
// With its quotes; the same text to C11 and C++20.
std::string literal(std::string_view text);
// What may stand behind // in one line.
std::string comment(std::string_view text);

// No two of them in one scope.
class Names {
 public:
  Names() = default;
  // These are taken already.
  Names(std::initializer_list<std::string> taken) : names_(taken) {}
  // kBadData, naming what is declared, when the name is taken.
  Status add(const std::string& name, std::string_view declared);

 private:
  std::set<std::string> names_;
};

// A field of an event that code can say something of.
struct Member {
  const Field* field;
  std::string path;  // within the event
  std::string name;
};
std::vector<Member> members_of(const Contract& contract, std::size_t event);

// Whether an event asks users something.
bool has_surveys(const Contract& contract);

// kBadData when a field has expired on that day (since 1970).
Status check_expiry(const Contract& contract, std::int64_t day);

}  // namespace candor::generated
