#include "agent/send/sender.h"

#include <fmt/format.h>

#include <chrono>

#include "agent/outbox/last_failure.h"
#include "agent/send/limits.h"
#include "agent/send/mend.h"
#include "agent/send/push_message.h"
#include "agent/send/segment.h"
#include "base/digest.h"

namespace candor {
namespace {

constexpr std::string_view kKeyFile = "collector-key";
constexpr std::string_view kPostedFile = "posted";
constexpr std::size_t kKeyBytes = 32;
// As if the endpoint had said so of a report that cannot become what it takes.
constexpr int kCannotTake = 422;

constexpr std::string_view kEventsPath = "/v1/events";  // as of event_uplink_options()

bool is_unknown_contract(const Delivery& delivery) {
  const auto* error = find_member(delivery.answer, "error");
  return delivery.outcome.status == 409 && error != nullptr &&
         string_member(*error, "reason") == "unknown_contract";
}

bool is_key(std::string_view text) {
  const auto bytes = from_base64(text);
  return bytes && bytes->size() == kKeyBytes;
}

Error other_key(const StateFolder& state, std::string_view answered) {
  return Error{
      ErrorKind::kGeneral,
      fmt::format("The collector's key is not the one pinned for it, so nothing is sent. It may be "
                  "another collector. If the vendor confirms the new key {}, remove {} and send "
                  "again.",
                  answered, state.file(kKeyFile).string())};
}

Error not_the_given_key(std::string_view answered) {
  return Error{
      ErrorKind::kGeneral,
      fmt::format("The collector's key is not the one of receipt_key_file, so nothing is sent, and "
                  "what was pinned stays. It may be another collector, or the wrong file. If the "
                  "vendor confirms the collector's key {}, put it into that file.",
                  answered)};
}

class Sending {
 public:
  Sending(const StateFolder& state, Uplink& uplink, const Clock& clock, SendRequest request)
      : state_(state),
        outbox_(state, request.limits),
        uplink_(uplink),
        clock_(clock),
        request_(request),
        deadline_(std::chrono::steady_clock::now() + request.time) {}

  Result<SendSummary> run() {
    auto summary = send_all();
    if (summary.ok()) keep_failure(*summary);
    return summary;
  }

 private:
  Result<SendSummary> send_all() {
    CANDOR_TRY(outbox_.expire(clock_.now()));
    CANDOR_ASSIGN(pending, outbox_.pending());
    if (pending.empty()) return std::move(summary_);
    const auto pinned = knows_key() ? Result<bool>(true) : pin_key(state_, uplink_, time_left());
    if (!pinned.ok()) {
      stop(pinned.error());
      summary_.left = pending.size();
      return std::move(summary_);
    }
    for (const auto& report : pending) {
      if (summary_.error || ended_in_time()) {
        ++summary_.left;
        continue;
      }
      CANDOR_TRY(send_one(report));
    }
    return std::move(summary_);
  }

  bool is_of_events() const { return uplink_.options().path == kEventsPath; }

  // Events leave every second, and each receipt is checked with that key: it is asked for when
  // there is none, or when something failed.
  bool knows_key() const {
    if (!is_of_events() || request_.tries > 0) return false;
    const auto key = believed_key(state_, uplink_.given_key());
    return key.ok() && key->has_value();
  }

  // For `candor status`. That it cannot be kept must not cost what was sent; and what the operator
  // stopped did not fail.
  void keep_failure(const SendSummary& summary) const {
    if (summary.stopped) return;
    // What an agent planned before stands, whoever tried now.
    const auto before = last_failure(state_);
    const auto again = before ? before->next_attempt : std::nullopt;
    if (summary.error) {
      (void)note_failure(state_, {clock_.now(), summary.error->message, again});
    } else if (summary.refused > 0) {
      (void)note_failure(
          state_, {clock_.now(), "The collector refused a report. " + summary.refusal, again});
    } else if (summary.sent > 0) {
      (void)clear_failure(state_);
    }
  }

  // Whether the time is over, and the collector took reports in it: then the others did not fail,
  // and are the next sending's.
  bool ended_in_time() const {
    return summary_.sent + summary_.refused > 0 && std::chrono::steady_clock::now() >= deadline_;
  }

  Millis time_left() const {
    const auto left =
        std::chrono::duration_cast<Millis>(deadline_ - std::chrono::steady_clock::now());
    return std::max(left, Millis(1));
  }

  void stop(Error error) {
    // Nothing else is a passing condition before it is made one here.
    if (error.kind == ErrorKind::kTryAgain) summary_.stopped = true;
    if (!error.message.ends_with('.')) error.message += '.';
    if (error.kind == ErrorKind::kUnavailable) {
      const auto step = next_step({}, request_.tries, clock_.now(), request_.random, request_.pace);
      summary_.retry_after = step.wait;
      error.kind = ErrorKind::kTryAgain;
    }
    summary_.error = std::move(error);
  }

  Status send_one(const PendingReport& report) {
    const auto bytes = outbox_.read(report.id);
    if (!bytes.ok() && bytes.error().kind == ErrorKind::kNotFound) return Ok{};  // `off` dropped it
    if (!bytes.ok()) return bytes.error();
    const auto digest = sha256_hex(*bytes);
    // Before the first one leaves: an answer that never came must not pass for a report that never
    // left.
    CANDOR_TRY(note_posting(state_, clock_.now()));
    auto delivery = post(*bytes, digest);
    if (!delivery.ok() && delivery.error().kind == ErrorKind::kBadData)
      delivery = Delivery{{kCannotTake, ""}, delivery.error().message + ".", Json(nullptr)};
    if (!delivery.ok()) {
      ++summary_.left;
      stop(std::move(delivery).error());
      return Ok{};
    }
    // The end of the time cut it off. If it arrived all the same, it comes again as a duplicate.
    if (!delivery->outcome.status && ended_in_time()) {
      ++summary_.left;
      return Ok{};
    }
    const auto step =
        next_step(delivery->outcome, request_.tries, clock_.now(), request_.random, request_.pace);
    LogEntry entry{report.id,
                   report.sealed_at,
                   clock_.now(),
                   bytes->size(),
                   digest,
                   "refused",
                   without_password(uplink_.reports_url())};
    if (is_of_events() && is_unknown_contract(*delivery)) {
      // What happened is told once, and a collector gets its contracts by and by.
      ++summary_.left;
      stop(Error{ErrorKind::kConfiguration,
                 delivery->problem + " The events are kept, and tried again."});
      summary_.retry_after =
          next_step({}, request_.tries, clock_.now(), request_.random, request_.pace).wait;
      return Ok{};
    }
    switch (step.kind) {
      case NextStep::Kind::kRetry:
        ++summary_.left;
        stop(Error{ErrorKind::kUnavailable, delivery->problem});
        summary_.retry_after = step.wait;
        return Ok{};
      case NextStep::Kind::kMend:
        ++summary_.left;
        stop(Error{ErrorKind::kConfiguration,
                   fmt::format("{} {}", delivery->problem,
                               how_to_mend(uplink_.options(), *delivery->outcome.status))});
        summary_.retry_after = step.wait;
        return Ok{};
      case NextStep::Kind::kRefused:
        ++summary_.refused;
        summary_.refusal = delivery->problem;
        return outbox_.mark_refused(entry);
      case NextStep::Kind::kDone:
        break;
    }
    if (uplink_.wire() != Wire::kNative) return keep_unsigned(std::move(entry));
    return keep_receipt(std::move(entry), *bytes, *delivery);
  }

  Result<Delivery> post(const std::string& bytes, const std::string& digest) {
    if (uplink_.wire() == Wire::kNative) return uplink_.post(bytes, digest, time_left());
    if (uplink_.wire() == Wire::kRemoteWrite) {
      CANDOR_ASSIGN(block, push_message(bytes));
      return uplink_.post_block(std::move(block), time_left());
    }
    CANDOR_ASSIGN(batch, segment_batch(bytes, digest, clock_.now()));
    return uplink_.post_batch(std::move(batch), time_left());
  }

  // What is sent by Segment's protocol or remote write counts as sent with the 2xx: there is no
  // receipt.
  Status keep_unsigned(LogEntry entry) {
    entry.status = "sent";
    ++summary_.sent;
    summary_.status = entry.status;
    summary_.last_id = entry.id;
    return outbox_.mark_sent(entry, Json(nullptr));
  }

  Status keep_receipt(LogEntry entry, const std::string& bytes, const Delivery& delivery) {
    const auto status = string_member(delivery.answer, "status");
    entry.status = status.empty() ? "sent" : status;
    const auto believed = believe(delivery.answer, bytes);
    if (!believed.ok()) {
      ++summary_.left;
      summary_.error = Error{
          ErrorKind::kGeneral,
          fmt::format("{} The report {} was delivered, but does not count as sent: nothing proves "
                      "that the collector has it.",
                      believed.error().message, entry.id)};
      return Ok{};
    }
    ++summary_.sent;
    summary_.status = entry.status;
    summary_.last_id = entry.id;
    summary_.answer = delivery.answer;
    return outbox_.mark_sent(entry, delivery.answer);
  }

  // Whether the answer's receipt proves that the bytes arrived, and under their contract; pins the
  // key that signed it.
  Status believe(const Json& answer, const std::string& bytes) {
    CANDOR_ASSIGN(receipt, receipt_of(answer));
    CANDOR_ASSIGN(key, believed_key(state_, uplink_.given_key()));
    CANDOR_TRY(verify_receipt_of(receipt, bytes, key.value_or(receipt.key)));
    return pin_proven_key(state_, receipt.key);
  }

  const StateFolder& state_;
  Outbox outbox_;
  Uplink& uplink_;
  const Clock& clock_;
  SendRequest request_;
  std::chrono::steady_clock::time_point deadline_;
  SendSummary summary_;
};

}  // namespace

Result<std::optional<std::string>> pinned_key(const StateFolder& state) {
  auto text = state.read(kKeyFile);
  if (!text.ok() && text.error().kind == ErrorKind::kNotFound) return std::optional<std::string>();
  if (!text.ok()) return text.error();
  auto key = text->substr(0, text->find('\n'));
  if (is_key(key)) return std::optional(std::move(key));
  return Error{
      ErrorKind::kBadData,
      fmt::format("{} holds no key. Remove it, and the collector's key is asked for again.",
                  state.file(kKeyFile).string())};
}

Status share_pinned_key(const StateFolder& reports, const StateFolder& devices) {
  if (devices.has(kKeyFile)) return Ok{};
  CANDOR_ASSIGN(pinned, pinned_key(reports));
  if (!pinned) return Ok{};
  CANDOR_TRY(devices.make());
  return devices.write(kKeyFile, *pinned + "\n");
}

Status note_posting(const StateFolder& state, Instant now) {
  if (may_have_posted(state)) return Ok{};
  return state.write(kPostedFile, format_rfc3339(now) + "\n");
}

bool may_have_posted(const StateFolder& state) {
  // The log is older than the mark.
  return state.has(kPostedFile) || state.has("sent/log.jsonl");
}

Status check_given_key(const std::string& key) {
  if (is_key(key)) return Ok{};
  return Error{ErrorKind::kConfiguration,
               "receipt_key_file: the first line of the file is no receipt key. The key is 44 "
               "characters of base64, as the collector's /v1/key shows it."};
}

Result<std::optional<std::string>> believed_key(const StateFolder& state,
                                                const std::string& given_key) {
  if (given_key.empty()) return pinned_key(state);
  CANDOR_TRY(check_given_key(given_key));
  return std::optional(given_key);
}

Status pin_proven_key(const StateFolder& state, const std::string& key) {
  const auto pinned = pinned_key(state);
  if (pinned.ok() && *pinned == key) return Ok{};
  return state.write(kKeyFile, key + "\n");
}

Result<bool> pin_key(const StateFolder& state, Uplink& uplink, Millis timeout) {
  if (uplink.wire() != Wire::kNative) return false;
  CANDOR_ASSIGN(believed, believed_key(state, uplink.given_key()));
  CANDOR_ASSIGN(answered, uplink.receipt_key(timeout));
  if (!answered) return believed.has_value();
  if (!is_key(*answered))
    return Error{
        ErrorKind::kGeneral,
        "What the collector answered as its receipt key is no key. Is it a collector of Candor?"};
  // Compared before anything is written: a wrong file must not cost a good pin.
  if (believed && *believed != *answered)
    return uplink.given_key().empty() ? other_key(state, *answered) : not_the_given_key(*answered);
  CANDOR_TRY(pin_proven_key(state, *answered));
  return true;
}

Result<SendSummary> send_pending(const StateFolder& state, Uplink& uplink, const Clock& clock,
                                 SendRequest request) {
  auto lock = state.try_lock("send.lock");
  if (!lock.ok() && lock.error().kind == ErrorKind::kTryAgain) {
    SendSummary busy;
    busy.busy = true;
    busy.error =
        Error{ErrorKind::kTryAgain,
              "Another candor process is sending just now. Try again in a moment; `candor log` "
              "lists what was sent."};
    return busy;
  }
  if (!lock.ok()) return lock.error();
  return Sending(state, uplink, clock, request).run();
}

}  // namespace candor
