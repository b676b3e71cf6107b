#include "agent/seal/seal.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "agent/seal/limits.h"
#include "base/digest.h"
#include "contract/limits.h"

namespace candor {
namespace {

Scalar scalar_of(const Json& json) {
  switch (json.type()) {
    case Json::value_t::boolean:
      return json.get<bool>();
    case Json::value_t::number_integer:
      return json.get<std::int64_t>();
    case Json::value_t::number_unsigned:
      return json.get<std::uint64_t>();
    case Json::value_t::number_float:
      return json.get<double>();
    case Json::value_t::string:
      return std::string_view(json.get_ref<const std::string&>());
    default:
      return nullptr;
  }
}

std::string join(const std::string& path, std::string_view key) {
  return path.empty() ? std::string(key) : fmt::format("{}.{}", path, key);
}

// Walks an observation beside the contract's schema and keeps what may leave.
class Sieve {
 public:
  explicit Sieve(const SealTerms& terms)
      : terms_(terms), hmac_(terms.identity.key), today_(day_of(terms.now)) {
    reasons_.reserve(terms.contract.fields.size());
    for (const auto& field : terms.contract.fields) reasons_.push_back(reason_of(field));
  }

  std::optional<Json> object(const Json& json, const Schema::Node& node, const std::string& path) {
    Json kept = Json::object();
    std::size_t entries = 0;
    for (const auto& [key, value] : json.items()) {
      const auto where = join(path, key);
      const auto* member = node.member(key);
      if (member == nullptr) {
        leave_out(where, LeftOut::Reason::kUndeclared);
      } else if (!node.members.contains(key) &&
                 (key.size() > kMaxKeyLength || ++entries > kMaxMapEntries)) {
        leave_out(where.substr(0, kMaxKeyLength), LeftOut::Reason::kOutOfBounds, Problem::kTooLong);
      } else if (auto passed = value_of(value, *member, where)) {
        kept[key] = std::move(*passed);
      }
    }
    return kept;
  }

  std::vector<LeftOut> take_left_out() { return std::move(left_out_); }

 private:
  // Why a field stays home whatever its value is; nothing when it may leave.
  std::optional<LeftOut::Reason> reason_of(const Field& field) const {
    if (field.privacy == PrivacyClass::kNever) return LeftOut::Reason::kNever;
    if (!terms_.channels.contains(terms_.contract.channels[field.channel].name))
      return LeftOut::Reason::kChannelOff;
    if (is_expired(field, today_)) return LeftOut::Reason::kExpired;
    if (!terms_.fields.allows(terms_.contract, field)) return LeftOut::Reason::kNotAgreed;
    return std::nullopt;
  }

  // Nothing when some field below may leave, else why the first one may not.
  std::optional<LeftOut::Reason> closed(const Schema::Node& node) {
    if (node.field) return reasons_[*node.field];
    const auto known = closed_.find(&node);
    if (known != closed_.end()) return known->second;
    std::optional<LeftOut::Reason> reason = LeftOut::Reason::kUndeclared;
    bool first = true;
    const auto look = [&](const Schema::Node& below) {
      const auto of_child = closed(below);
      if (first || !of_child) reason = of_child;
      first = false;
      return !of_child;
    };
    bool open = false;
    for (const auto& [key, member] : node.members) open = open || look(*member);
    if (!open && node.any_member) open = look(*node.any_member);
    if (!open && node.element) open = look(*node.element);
    closed_[&node] = reason;
    return reason;
  }

  std::optional<Json> value_of(const Json& json, const Schema::Node& node,
                               const std::string& path) {
    if (const auto reason = closed(node)) {
      leave_out(path, *reason);
      return std::nullopt;
    }
    if (json.is_null()) return Json(nullptr);
    if (node.field) return field_value(json, terms_.contract.fields[*node.field], path);
    if (node.is_list() && json.is_array()) return list(json, *node.element, path);
    if (node.is_object() && json.is_object()) return object(json, node, path);
    leave_out(path, LeftOut::Reason::kOutOfBounds, Problem::kWrongType);
    return std::nullopt;
  }

  std::optional<Json> list(const Json& json, const Schema::Node& element, const std::string& path) {
    if (json.size() > kMaxListEntries) {
      leave_out(path, LeftOut::Reason::kOutOfBounds, Problem::kTooLong);
      return std::nullopt;
    }
    Json kept = Json::array();
    for (const auto& value : json) {
      if (auto passed = value_of(value, element, path + "[]")) kept.push_back(std::move(*passed));
    }
    return kept;
  }

  std::optional<Json> field_value(const Json& json, const Field& field, const std::string& path) {
    if (json.is_structured()) {
      leave_out(path, LeftOut::Reason::kOutOfBounds, Problem::kWrongType);
      return std::nullopt;
    }
    Json value = hashed(json, field);
    if (const auto problem = check(field, scalar_of(value))) {
      leave_out(path, LeftOut::Reason::kOutOfBounds, *problem);
      return std::nullopt;
    }
    return value;
  }

  Json hashed(const Json& json, const Field& field) const {
    if (!json.is_string()) return json;
    const auto& text = json.get_ref<const std::string&>();
    if (field.privacy == PrivacyClass::kKeyed) return hmac_.hex(text);
    if (field.privacy != PrivacyClass::kHashed) return json;
    return field.hash == HashKind::kMd5 ? md5_hex(text) : sha256_hex(text);
  }

  void leave_out(std::string path, LeftOut::Reason reason, std::optional<Problem> problem = {}) {
    if (left_out_.size() < kMaxLeftOut) left_out_.push_back({std::move(path), reason, problem});
  }

  const SealTerms& terms_;
  Hmac hmac_;
  std::int64_t today_;
  std::vector<std::optional<LeftOut::Reason>> reasons_;  // by field
  std::map<const Schema::Node*, std::optional<LeftOut::Reason>> closed_;
  std::vector<LeftOut> left_out_;
};

Json header_of(const SealTerms& terms) {
  Json channels = Json::array();
  for (const auto& channel : terms.contract.channels) {
    if (terms.channels.contains(channel.name)) channels.push_back(channel.name);
  }
  Json header = {{"format", 1},
                 {"product", terms.contract.product},
                 {"contract", terms.contract.hash},
                 {"installation", terms.identity.installation},
                 {"sealed_at", format_rfc3339(terms.now)},
                 {"channels", std::move(channels)}};
  if (terms.contract.licence) header["licence"] = terms.contract.licence->id;
  header["agent"] = terms.agent;
  header["automation"] = terms.attendance == Attendance::kAutomation;
  header["simulated"] = false;
  if (terms.lost > 0) header["lost"] = terms.lost;
  header["deletion"] = terms.identity.deletion_hash();
  return header;
}

}  // namespace

class ReportSeal {
 public:
  static SealedReport close(std::string bytes, Instant now) {
    auto digest = sha256_hex(bytes);
    auto id = report_id(now, digest);
    return SealedReport(std::move(id), std::move(bytes), std::move(digest));
  }
};

std::string report_id(Instant sealed_at, std::string_view sha256) {
  const auto ms = to_unix_millis(sealed_at);
  auto text = format_rfc3339(from_unix_millis(ms - ms % 1000));  // "2026-11-21T07:00:00Z"
  std::erase_if(text, [](char c) { return c == '-' || c == ':' || c == 'Z'; });
  return fmt::format("{}.{:03}Z-{}", text, ms % 1000, sha256.substr(0, 8));
}

Result<Sealed> seal(const Observation& observation, const SealTerms& terms) {
  if (!observation.document().is_object()) {
    return Error{ErrorKind::kBadData,
                 "What was collected is no JSON object, so no report can be made of it."};
  }
  Sieve sieve(terms);
  Json document = {{"candor", header_of(terms)}};
  const auto kept = sieve.object(observation.document(), terms.contract.schema.root(), "");
  for (const auto& [key, value] : kept->items()) document[key] = value;
  auto bytes = to_pretty(document);
  if (bytes.size() > kMaxReportBytes) {
    return Error{ErrorKind::kBadData,
                 fmt::format("The report would be {} bytes large; at most {} are sent. Switch a "
                             "channel off with `candor channel disable NAME`.",
                             bytes.size(), kMaxReportBytes)};
  }
  return Sealed{ReportSeal::close(std::move(bytes), terms.now), sieve.take_left_out()};
}

bool may_still_leave(std::string_view report, std::string_view product,
                     const std::set<std::string, std::less<>>& channels) {
  const auto json = parse_json(report);
  const auto* header = json.ok() ? find_member(*json, "candor") : nullptr;
  const auto* with = header == nullptr ? nullptr : find_member(*header, "channels");
  if (with == nullptr || !with->is_array() || string_member(*header, "product") != product)
    return false;
  return std::ranges::all_of(*with, [&](const Json& channel) {
    return channel.is_string() && channels.contains(channel.get<std::string>());
  });
}

std::string describe(const LeftOut& left_out) {
  switch (left_out.reason) {
    case LeftOut::Reason::kUndeclared:
      return "not declared in the contract";
    case LeftOut::Reason::kNever:
      return "never sent, says the contract";
    case LeftOut::Reason::kChannelOff:
      return "its channel is off";
    case LeftOut::Reason::kNotAgreed:
      return "not agreed to yet";
    case LeftOut::Reason::kExpired:
      return "expired";
    case LeftOut::Reason::kOutOfBounds:
      break;
  }
  return fmt::format("outside the contract's bounds ({})",
                     name_of(left_out.problem.value_or(Problem::kWrongType)));
}

}  // namespace candor
