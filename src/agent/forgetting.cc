// From an installation that is known to one that never was.
//
// The order: off, so that nothing leaves in between; the collector's signed word; then what is
// here. Identity and key go last: whatever ends this halfway, the same command goes on with it.
#include "agent/forgetting.h"

#include <fmt/format.h>

#include <algorithm>

#include "agent/agent.h"
#include "agent/carry.h"
#include "agent/collect/collectors.h"
#include "agent/limits.h"
#include "agent/programs/rings.h"
#include "agent/send/limits.h"
#include "agent/send/retry.h"
#include "agent/send/sender.h"
#include "agent/verify.h"
#include "library/layout.h"
#include "wire/proxy.h"
#include "wire/url.h"

namespace candor {
namespace {

constexpr std::string_view kProofs = "deletions";
constexpr std::string_view kNothingToDelete = "nothing_to_delete";
constexpr std::string_view kAskAgain =
    "Telemetry is off, and nothing here is lost. Ask again with: candor forget";

// What is removed: all that says who this installation was, and what it sent. The decision "off"
// and the proofs stay. Last the identity, then its key, which without it says nothing: an identity
// without a key would be a damaged one, and this could not go on where it was ended.
constexpr std::string_view kFolders[] = {"outbox",         "sent",         "refused",
                                         "devices/outbox", "devices/sent", "devices/refused",
                                         "relay/outbox",   "relay/sent",   "relay/refused",
                                         "library",        "metrics"};
constexpr std::string_view kFiles[] = {"posted",
                                       "exported",
                                       "dropped.json",
                                       "leaving.json",
                                       "insights.json",
                                       "insights-check.json",
                                       "last-failure.json",
                                       "devices/posted",
                                       "devices/exported",
                                       "devices/dropped.json",
                                       "devices/last-failure.json",
                                       "devices/key",
                                       "devices/collector-key",
                                       "devices/schedule.json",
                                       "relay/posted",
                                       "relay/dropped.json",
                                       "relay/last-failure.json",
                                       "relay/progress.json",
                                       "relay/counts.json",
                                       "relay/collector-key",
                                       "collector-key",
                                       "identity.json",
                                       "key"};

Status remove_traces(const StateFolder& state) {
  for (const auto folder : kFolders) {
    std::error_code error;
    std::filesystem::remove_all(state.file(folder), error);
    if (error) {
      return Error{
          ErrorKind::kCannotCreate,
          fmt::format("cannot remove {}: {}", state.file(folder).string(), error.message())};
    }
  }
  for (const auto file : kFiles) CANDOR_TRY(state.remove(file));
  return state.remove(kForgettingFile);
}

// A secret goes over TLS or stays on this machine, whatever `insecure` allows reports.
Status check_way(const UplinkOptions& options, const Environment& environment) {
  CANDOR_ASSIGN(url, parse_url(options.endpoint));
  if (url.scheme == "https") return Ok{};
  CANDOR_ASSIGN(proxy, proxy_for(url, options.proxy,
                                 [&](std::string_view name) { return environment.get(name); }));
  if (url.is_loopback() && !proxy) return Ok{};
  if (proxy) {
    return Error{ErrorKind::kConfiguration,
                 fmt::format("endpoint {} is plain http through the proxy {}, which could read the "
                             "deletion secret, so it is not sent that way. Use https: candor "
                             "config set endpoint https://HOST",
                             url.without_credentials(), proxy->without_credentials())};
  }
  return Error{ErrorKind::kConfiguration,
               fmt::format("endpoint {} is plain http to another machine, and the deletion secret "
                           "is not sent that way. Use https: candor config set endpoint "
                           "https://HOST",
                           url.without_credentials())};
}

Error ask_again(std::string why) {
  if (!why.ends_with('.')) why += '.';
  return Error{ErrorKind::kTryAgain, fmt::format("{} {}", why, kAskAgain)};
}

Error kept(std::string why) {
  return Error{ErrorKind::kGeneral,
               fmt::format("{} Identity and copies stay. To remove them without the collector's "
                           "word: candor forget --local",
                           why)};
}

// Whether something left that names the installation and has no hash of its secret: the collector
// deletes that with the reports, and of whoever sent none it knows no secret.
bool sent_without_hash(const StateFolder& state) {
  return may_have_posted(metrics_of(state)) || may_have_posted(programs_of(state));
}

// The collector's answer to one request: a confirmation to believe, nothing while it is at work, or
// why it will be neither.
struct Word {
  enum class Kind { kDone, kPending, kHasNothing };
  Kind kind = Kind::kPending;
  std::optional<Deletion> deletion{};
  Millis wait{};
};

std::string reason_in(const Json& answer) {
  const auto* error = find_member(answer, "error");
  return error == nullptr ? std::string() : string_member(*error, "reason");
}

Result<Word> word_of(const Delivery& delivery, const DeletionRequest& request,
                     std::string_view pinned, Instant now) {
  if (!delivery.outcome.status) return ask_again(delivery.problem);
  const int status = *delivery.outcome.status;
  if (status == 200) {
    auto deletion = deletion_of(delivery.answer);
    auto believed = deletion.ok()
                        ? verify_deletion(*deletion, request.product, request.installation, pinned)
                        : Status(deletion.error());
    if (!believed.ok()) return kept(believed.error().message);
    if (!parse_rfc3339(deletion->deleted_at)) return kept("The confirmation has no time.");
    return Word{Word::Kind::kDone, *std::move(deletion)};
  }
  if (status == 202) {
    const auto asked_for =
        parse_retry_after(delivery.outcome.retry_after, now).value_or(kForgetPollShortest);
    return Word{Word::Kind::kPending, std::nullopt,
                std::clamp(asked_for, kForgetPollShortest, kForgetPollLongest)};
  }
  if (status == 404 && reason_in(delivery.answer) == kNothingToDelete)
    return Word{Word::Kind::kHasNothing};
  if (status == 404 || status == 405) return kept("This collector cannot delete on request.");
  if (status == 408 || status == 429 || status >= 500) return ask_again(delivery.problem);
  return kept(delivery.problem);
}

Result<Path> keep_proof(const StateFolder& state, const Deletion& deletion) {
  auto name = deletion.deleted_at;
  std::erase_if(name, [](char c) { return c == '-' || c == ':'; });
  name = fmt::format("{}/{}.json", kProofs, name);
  CANDOR_TRY(state.make(kProofs));
  CANDOR_TRY(state.write(name, to_pretty({{"format", 1}, {"deletion", to_json(deletion)}})));
  return state.file(name);
}

}  // namespace

std::optional<BegunForgetting> begun_forgetting(const StateFolder& state) {
  if (!state.has(kForgettingFile)) return std::nullopt;
  const auto json = state.read_json(kForgettingFile);
  if (!json.ok()) return BegunForgetting{};
  return BegunForgetting{parse_rfc3339(string_member(*json, "begun_at"))};
}

Result<std::optional<Deletion>> Agent::ask_to_forget(const Identity& identity,
                                                     const UplinkOptions& options,
                                                     const ForgetRequest& request) const {
  const auto client = world_.make_client();
  Uplink collector(options, *client, world_.keep_going);
  // Whoever shows another key than the one that signed the receipts does not get the secret.
  const auto pinned = pin_key(state_, collector, kKeyTime);
  if (!pinned.ok() && pinned.error().kind == ErrorKind::kUnavailable)
    return ask_again(pinned.error().message);
  if (!pinned.ok()) return pinned.error();
  CANDOR_ASSIGN(key, believed_key(state_, collector.given_key()));
  if (!key) return kept("This collector shows no key, so it could confirm nothing.");
  const DeletionRequest asked{contract().product, identity.installation, identity.deletion_secret};
  for (Millis waited{0};;) {
    CANDOR_ASSIGN(delivery, collector.ask_to_forget(asked, kUploadTime));
    CANDOR_ASSIGN(word, word_of(delivery, asked, *key, world_.clock->now()));
    if (word.kind == Word::Kind::kDone) return std::move(word.deletion);
    if (word.kind == Word::Kind::kHasNothing) {
      CANDOR_ASSIGN(last, Outbox(state_).last_sent());
      if (!last && may_be_carried(state_)) {
        return kept(
            "Reports were written into files for carrying; the collector has none of them yet.");
      }
      if (!last && sent_without_hash(state_)) {
        // So that a report can be sent.
        CANDOR_TRY(state_.remove(kForgettingFile));
        return kept(
            "Metrics or events of programs were sent, and no report by which the collector knows "
            "whose they are. To have them deleted, send one first: candor on; candor send; candor "
            "forget.");
      }
      if (!last) return std::optional<Deletion>();
      return kept(
          "The collector says that this secret covers no record, though it took reports of this "
          "installation: they are past their time, or it is not the same collector.");
    }
    if (waited == Millis(0)) request.tell("The collector deletes; this can take some minutes.");
    if (waited + word.wait > request.patience || !request.wait(word.wait))
      return ask_again("The collector is still deleting.");
    waited += word.wait;
  }
}

Result<Forgotten> Agent::forget(const ForgetRequest& request) const {
  Forgotten result;
  std::error_code ignored;
  if (!std::filesystem::exists(state_.path(), ignored)) return result;
  // First of all, for whatever of the rest is wrong.
  CANDOR_TRY(turn_off());
  auto identity = read_identity(state_);
  // What cannot be read cannot be shown to a collector; what is here can go all the same.
  if (!identity.ok() && !(request.only_here && identity.error().kind == ErrorKind::kBadData))
    return identity.error();
  const bool has_identity = identity.ok() && identity->has_value();
  result.asked = has_identity && !request.only_here && may_have_posted(state_);
  std::optional<UplinkOptions> options;
  if (result.asked) {
    CANDOR_ASSIGN(link, uplink_options(settings_, contract()));
    CANDOR_TRY(check_way(link, world_.environment));
    if (link.wire == Wire::kSegment)
      return kept("What is sent as Segment's tracks goes to no collector that could delete it.");
    options = std::move(link);
  }
  // Before the locks: nothing new is begun meanwhile.
  CANDOR_TRY(
      state_.write(kForgettingFile,
                   to_pretty({{"format", 1}, {"begun_at", format_rfc3339(world_.clock->now())}})));
  // An upload that was just stopped lets go of it at once.
  CANDOR_ASSIGN(no_sending, FileLock::lock(state_.file("send.lock")));
  std::vector<FileLock> no_other_sending;
  for (const auto* folder : {"devices", "relay", "metrics", library::kFolder}) {
    if (!state_.has(folder)) continue;
    CANDOR_ASSIGN(other, FileLock::lock(state_.file(fmt::format("{}/send.lock", folder))));
    no_other_sending.push_back(std::move(other));
  }
  // What was on its way while the question was decided whether to ask: it is asked again.
  const auto still = read_identity(state_);
  const bool is_same =
      still.ok() == identity.ok() &&
      (!still.ok() || (still->has_value() == identity->has_value() &&
                       (!*still || (*still)->deletion_secret == (*identity)->deletion_secret)));
  if (!is_same || (!result.asked && !request.only_here && has_identity && may_have_posted(state_)))
    return ask_again("A report left while this began.");
  if (has_identity) {
    const auto& who = **identity;
    result.installation = who.installation;
    result.adopted = who.adopted;
    if (result.asked) {
      CANDOR_ASSIGN(confirmation, ask_to_forget(who, *options, request));
      result.confirmation = std::move(confirmation);
    }
    if (result.confirmation) {
      CANDOR_ASSIGN(proof, keep_proof(state_, *result.confirmation));
      result.proof = std::move(proof);
    }
    CANDOR_TRY(note_forgotten(state_, who.installation));
    if (ClusterClaim::applies_to(contract())) {
      const auto released = ClusterClaim(settings_, world_.run).release(who.agent);
      if (!released.ok()) {
        result.notes.push_back(
            fmt::format("The cluster still has this agent's mark, candor/identity: {}",
                        released.error().message));
      }
    }
  }
  CANDOR_TRY(remove_traces(state_));
  return result;
}

}  // namespace candor
