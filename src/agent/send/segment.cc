#include "agent/send/segment.h"

#include <fmt/format.h>

#include <algorithm>

#include "agent/send/limits.h"
#include "base/build_version.h"
#include "base/json.h"

namespace candor {
namespace {

bool is_track(const Json& member) {
  const auto* properties = find_member(member, "properties");
  return properties != nullptr && properties->is_object() &&
         !string_member(member, "event").empty();
}

Json message_of(std::string_view name, const Json& track, const Json& header,
                std::string_view sha256) {
  auto anonymous = string_member(track, "anonymousId");
  if (anonymous.empty()) anonymous = string_member(header, "installation");
  Json message = {{"type", "track"},
                  {"event", string_member(track, "event")},
                  {"anonymousId", std::move(anonymous)}};
  // As the signal service of DC/OS does it: who is a customer is known by that key.
  const auto customer = string_member(track["properties"], "customerKey");
  if (!customer.empty()) message["userId"] = customer;
  message["properties"] = track["properties"];
  message["messageId"] = fmt::format("{}-{}", sha256, name).substr(0, kMaxSegmentIdBytes);
  message["timestamp"] = string_member(header, "sealed_at");
  return message;
}

Error too_large(std::string_view what, std::size_t bytes, std::size_t most) {
  return Error{ErrorKind::kBadData,
               fmt::format("{} is {} bytes large, and a Segment-compatible endpoint takes {}", what,
                           bytes, most)};
}

}  // namespace

bool has_tracks(const Contract& contract) {
  return std::ranges::any_of(contract.schema.root().members, [](const auto& member) {
    const auto* event = member.second->member("event");
    const auto* properties = member.second->member("properties");
    return event != nullptr && event->field && properties != nullptr && properties->is_object();
  });
}

Result<std::string> segment_batch(std::string_view report, std::string_view sha256, Instant now) {
  CANDOR_ASSIGN(json, parse_json(report));
  const auto* header = find_member(json, "candor");
  if (header == nullptr) return Error{ErrorKind::kBadData, "The report has no header"};
  Json batch = Json::array();
  for (const auto& [name, member] : json.items()) {
    if (name == "candor" || !is_track(member)) continue;
    auto message = message_of(name, member, *header, sha256);
    const auto bytes = to_line(message).size();
    if (bytes > kMaxSentMessageBytes)
      return too_large(fmt::format("The track {}", name), bytes, kMaxSentMessageBytes);
    batch.push_back(std::move(message));
  }
  if (batch.empty()) return Error{ErrorKind::kBadData, "The report holds no track"};
  Json context = {{"library", {{"name", "candor"}, {"version", std::string(build_package())}}}};
  if (bool_member(*header, "automation")) context["automation"] = true;
  auto body = to_line({{"batch", std::move(batch)},
                       {"context", std::move(context)},
                       {"messageId", std::string(sha256)},
                       {"sentAt", format_rfc3339(now)}});
  if (body.size() > kMaxSentBatchBytes)
    return too_large("The batch", body.size(), kMaxSentBatchBytes);
  return body;
}

}  // namespace candor
