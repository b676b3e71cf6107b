#include "agent/leaving.h"

#include "agent/agent.h"

namespace candor {
namespace {

constexpr std::string_view kFile = "leaving.json";

}  // namespace

LeavingSince after_look(const std::optional<LeavingSince>& before,
                        const std::set<std::string>& leaving, Instant begins, Instant now) {
  LeavingSince after;
  for (const auto& field : leaving) {
    auto since = begins;
    if (before) {
      const auto found = before->find(field);
      since = found == before->end() ? now : found->second;
    }
    after.emplace(field, since);
  }
  return after;
}

Result<std::optional<LeavingSince>> read_leaving(const StateFolder& state) {
  const auto json = state.read_json(kFile);
  if (!json.ok() && json.error().kind == ErrorKind::kNotFound) return std::optional<LeavingSince>();
  if (!json.ok() && json.error().kind != ErrorKind::kBadData) return json.error();
  LeavingSince kept;
  const auto* since = json.ok() ? find_member(*json, "since") : nullptr;
  if (since == nullptr || !since->is_object()) return std::optional(kept);
  for (const auto& [field, moment] : since->items()) {
    const auto at = parse_rfc3339(string_member(*since, field));
    if (at) kept.emplace(field, *at);
  }
  return std::optional(std::move(kept));
}

Status write_leaving(const StateFolder& state, const LeavingSince& since) {
  Json moments = Json::object();
  for (const auto& [field, moment] : since) moments[field] = format_rfc3339(moment);
  return state.write(kFile, to_pretty({{"format", 1}, {"since", std::move(moments)}}));
}

Result<std::optional<LeavingSince>> Agent::leaving_since(Eyes eyes) const {
  CANDOR_ASSIGN(given, consent());
  const auto now = world_.clock->now();
  // Without a yes there is nothing to keep: the next one begins anew. What was announced begins by
  // itself, at its own moment.
  if (!given || given->state != Mode::kOn || given->is_waiting(now))
    return std::optional<LeavingSince>();
  auto inputs = switch_inputs();
  if (eyes == Eyes::kCommand) inputs.do_not_track = inputs.candor_telemetry = "";
  inputs.consent = Mode::kOn;
  std::set<std::string> leaving;
  const auto fields = ConsentedFields::agreed(state_, *given, contract(), now);
  if (decide(inputs).mode == Mode::kOn && fields.ok()) {
    const auto on = leaving_channels(*fields);
    for (const auto& field : contract().fields) {
      if (is_dated(field) && on.contains(contract().channels[field.channel].name) &&
          fields->allows(contract(), field))
        leaving.insert(field.path);
    }
  }
  CANDOR_ASSIGN(before, read_leaving(state_));
  return std::optional(after_look(before, leaving, given->begins().value_or(now), now));
}

Status Agent::note_leaving(Eyes eyes) const {
  CANDOR_TRY(tell_programs(eyes));
  // First without the lock, which wakes the agent that watches the folder.
  CANDOR_ASSIGN(before, read_leaving(state_));
  CANDOR_ASSIGN(seen, leaving_since(eyes));
  if (!seen || seen == before) return Ok{};
  CANDOR_ASSIGN(lock, state_.lock());
  CANDOR_ASSIGN(still, leaving_since(eyes));
  return still ? write_leaving(state_, *still) : Status(Ok{});
}

}  // namespace candor
