// Whether one value is what its field declares. The agent asks before a value goes into a report,
// the collector asks before it keeps one; both get the same answer. Pure; any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "contract/contract.h"

namespace candor {

// A JSON value that is no container.
using Scalar =
    std::variant<std::nullptr_t, bool, std::int64_t, std::uint64_t, double, std::string_view>;

enum class Problem {
  kUndeclared,  // no field of the contract has this path
  kNever,       // the contract forbids it
  kWrongType,
  kTooSmall,
  kTooLarge,
  kTooLong,       // a string, a key of an open map, or a list or map with too many entries
  kNotAllowed,    // not one of the field's values
  kNotHashed,     // the field's class asks for a hash, and this is none
  kExpired,       // the field's time is over
  kDuplicateKey,  // the second of two members with one name
  kHashedHere,    // in clear where the class asks for a hash; kept as the hash of it
};

// As it stands in answers and accounts: "wrong_type".
std::string_view name_of(Problem problem);

// The value as it stands in a report, so already hashed where the class asks for it. Nothing when
// it fits; null always fits. Does not look at `expires` (is_expired does).
std::optional<Problem> check(const Field& field, const Scalar& value);

// Whether the field is no longer collected on that day (days since 1970).
bool is_expired(const Field& field, std::int64_t day);
bool is_expired(const DeclaredMetric& metric, std::int64_t day);

// The field's class, with the kind of hash: "clear", "hashed md5".
std::string class_text(const Field& field);

// What an operator agrees to in one field: channel, path, type, class (with the kind of hash) and
// purpose, as one line.
std::string consent_line(const Contract& contract, const Field& field);

// "label"; "installation" of the one that the installation's id goes under: that is more to agree
// to.
std::string_view label_type(const DeclaredMetric& metric, std::string_view label);

// The same of a metric, with its end of line: it, and each of its labels.
std::vector<std::string> consent_lines(const Contract& contract, const DeclaredMetric& metric);

// SHA-256 of all such lines, of the events' names and the licence: what a consent is bound to.
std::string consent_hash_of(const Contract& contract);

// What a field's `*` do not take, for keys that are declared by name go another way: those names,
// for each `*` of the path. Empty for a path without one.
using NamesBesideStars = std::vector<std::set<std::string, std::less<>>>;
NamesBesideStars names_beside_stars(const Contract& contract, const Field& field);

// The names that the newer `*` take and the older ones did not. Requires that both are of one path.
std::vector<std::string> newly_taken(const NamesBesideStars& older, const NamesBesideStars& newer);

}  // namespace candor
