#include "agent/seal/seal_events.h"

#include <algorithm>

#include "agent/seal/report_id.h"
#include "base/digest.h"

namespace candor {
namespace {

// Braces, quotes and indentation of an event in the file.
constexpr std::size_t kEventFrameBytes = 200;

Json header_of(const Contract& contract, const ChannelSet& channels, std::string_view agent) {
  Json header = {{"format", 1},
                 {"kind", "events"},
                 {"product", contract.product},
                 {"contract", contract.hash},
                 {"channels", channels}};
  if (contract.licence) header["licence"] = contract.licence->id;
  header["agent"] = agent;
  return header;
}

}  // namespace

class EventSeal {
 public:
  static SealedEvents close(const std::vector<LeavingEvent>& events, const Contract& contract,
                            std::string_view agent, Instant now) {
    ChannelSet channels;
    Json list = Json::array();
    for (const auto& event : events) {
      channels.insert(event.channel_);
      list.push_back(event.json_);
    }
    auto bytes =
        to_pretty({{"candor", header_of(contract, channels, agent)}, {"events", std::move(list)}});
    auto digest = sha256_hex(bytes);
    auto id = report_id(now, digest);
    return {std::move(id), std::move(bytes), std::move(digest)};
  }
};

ChannelSet event_channels(const Contract& contract) {
  ChannelSet channels;
  for (const auto& event : contract.events) channels.insert(contract.channels[event.channel].name);
  return channels;
}

EventSieve::EventSieve(EventTerms terms, Instant now)
    : terms_(std::move(terms)),
      sieve_({*terms_.contract, terms_.fields, terms_.channels, terms_.key, now}) {}

EventSieve::Passed EventSieve::pass(const std::string& id, const std::string& name,
                                    const std::string& source, const Json& document, Instant at,
                                    Texts texts) {
  const auto* declared = contract().event(name);
  if (declared == nullptr) return {std::nullopt, "undeclared", {}};
  const auto& channel = contract().channels[declared->channel].name;
  if (!terms_.channels.contains(channel)) return {std::nullopt, "channel_off", {}};
  if (!terms_.fields.allows(contract(), *declared)) return {std::nullopt, "not_agreed", {}};
  LeavingEvent event;
  event.channel_ = channel;
  event.json_ = {{"id", id},
                 {"name", name},
                 {"at", format_rfc3339(std::chrono::floor<std::chrono::seconds>(at))}};
  if (!source.empty()) event.json_["source"] = source;
  auto kept = sieve_.pass(document, declared->schema.root(), texts);
  if (!kept.empty()) event.json_["document"] = std::move(kept);
  event.bytes_ = to_line(event.json_).size() + kEventFrameBytes;
  return {std::move(event), "", sieve_.take_left_out()};
}

SealedEvents seal_events(const std::vector<LeavingEvent>& events, const Contract& contract,
                         std::string_view agent, Instant now) {
  return EventSeal::close(events, contract, agent, now);
}

std::size_t count_events(std::string_view file) {
  const auto json = parse_json(file);
  const auto* events = json.ok() ? find_member(*json, "events") : nullptr;
  return events != nullptr && events->is_array() ? events->size() : 0;
}

}  // namespace candor
