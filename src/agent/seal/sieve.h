// What of a document may leave, by contract, channels and consent.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "agent/seal/consent.h"
#include "base/clock.h"
#include "base/digest.h"
#include "base/json.h"
#include "contract/check.h"
#include "contract/contract.h"

namespace candor {

struct LeftOut {
  enum class Reason { kUndeclared, kNever, kChannelOff, kNotAgreed, kExpired, kOutOfBounds };
  std::string path;
  Reason reason = Reason::kUndeclared;
  std::optional<Problem> problem;  // of kOutOfBounds
};

// "not declared in the contract", …
std::string describe(const LeftOut& left_out);

struct SieveTerms {
  const Contract& contract;
  const ConsentedFields& fields;
  const ChannelSet& channels;  // that are on
  std::string_view key;        // of `keyed` fields
  Instant now;
};

// What texts of hashed and keyed fields are.
enum class Texts {
  kAsSaid,  // they are hashed here
  kHashed,  // they came hashed; what is no hash is out of bounds
};

// Walks documents beside the contract's schema. Pure; one thread at a time.
class Sieve {
 public:
  explicit Sieve(const SieveTerms& terms);

  // What of the JSON object may leave.
  Json pass(const Json& document) { return pass(document, terms_.contract.schema.root()); }
  // The same of an object that another schema of the contract describes: an event's.
  Json pass(const Json& document, const Schema::Node& root, Texts texts = Texts::kAsSaid) {
    texts_ = texts;
    return object(document, root, "");
  }
  // Of the last document, or of several; at most kMaxLeftOut, in the order of the document.
  std::vector<LeftOut> take_left_out() { return std::exchange(left_out_, {}); }

 private:
  Json object(const Json& json, const Schema::Node& node, const std::string& path);
  std::optional<LeftOut::Reason> reason_of(const Field& field) const;
  std::optional<LeftOut::Reason> closed(const Schema::Node& node);
  std::optional<Json> value_of(const Json& json, const Schema::Node& node, const std::string& path);
  std::optional<Json> list(const Json& json, const Schema::Node& element, const std::string& path);
  std::optional<Json> field_value(const Json& json, const Field& field, const std::string& path);
  Json hashed(const Json& json, const Field& field) const;
  void leave_out(std::string path, LeftOut::Reason reason, std::optional<Problem> problem = {});

  const SieveTerms terms_;
  Hmac hmac_;
  std::int64_t today_;
  Texts texts_ = Texts::kAsSaid;
  std::vector<std::optional<LeftOut::Reason>> reasons_;  // by field; nothing: may leave
  std::map<const Schema::Node*, std::optional<LeftOut::Reason>> closed_;
  std::vector<LeftOut> left_out_;
};

}  // namespace candor
