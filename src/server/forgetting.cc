#include "server/forgetting.h"

#include <fmt/format.h>

#include "base/log.h"
#include "base/pause.h"
#include "server/limits.h"
#include "server/load/erase.h"
#include "server/protocol/submission.h"

namespace candor {
namespace {

constexpr std::string_view kPath = "/v1/forget";

HttpResponse json_response(int status, const Json& json) {
  HttpResponse response;
  response.status = status;
  response.body = to_line(json) + "\n";
  return response;
}

HttpResponse pending() {
  auto response = json_response(202, {{"schema_version", 1}, {"status", "pending"}});
  response.headers.push_back({"Retry-After", std::to_string(kAskAgainAfter.count())});
  return response;
}

HttpResponse later() {
  auto response = error_answer(503, "try_again",
                               "The collector cannot look that up at the moment. Nothing was "
                               "deleted; ask again later.");
  response.headers.push_back({"Retry-After", std::to_string(kAskAgainAfter.count())});
  return response;
}

// The same for a wrong secret and for an installation that never was: whether there is one is
// nobody's business.
HttpResponse nothing() {
  return error_answer(404, "nothing_to_delete",
                      "This secret covers no record here: there is none of that installation, or "
                      "the secret is another one.");
}

Error stopped() {
  return Error{ErrorKind::kTryAgain, "the collector ends; the deletion goes on at its start"};
}

// Nobody waits for an answer of the store when the collector ends.
EngineClientOptions options_until(const std::stop_token& stop) {
  return EngineClient::default_options([stop] { return !stop.stop_requested(); });
}

}  // namespace

Forgetting::Forgetting(Parts parts)
    : parts_(std::move(parts)),
      finder_([this](const std::stop_token& stop) { look_up(stop); }),
      worker_([this](const std::stop_token& stop) { work(stop); }) {}

Forgetting::~Forgetting() {
  finder_.request_stop();
  worker_.request_stop();
  std::deque<Waiting> left;
  {
    const MutexLock lock(mutex_);
    stopping_ = true;
    left.swap(waiting_);
  }
  changed_.notify_all();
  for (const auto& one : left) one.respond(later());
}

bool Forgetting::takes(std::string_view path) { return path == kPath; }

std::optional<HttpResponse> Forgetting::known(const DeletionRequest& request,
                                              const std::string& subject) const {
  const auto tombstone = parts_.tombstones.find(subject);
  if (!tombstone) return std::nullopt;
  if (!tombstone->done) return pending();
  const auto deleted_at = format_rfc3339(*tombstone->deleted_at);
  const auto signed_one =
      sign_deletion(request.product, request.installation, deleted_at, parts_.key);
  return json_response(200, {{"schema_version", 1},
                             {"status", "deleted"},
                             {"deleted_at", deleted_at},
                             {"deletion", to_json(signed_one)}});
}

void Forgetting::answer(const HttpRequest& request, std::string_view prefix,
                        const Respond& respond) {
  if (request.method != "POST") {
    auto response = error_answer(405, "method_not_allowed", "This address takes POST only.");
    response.headers.push_back({"Allow", "POST"});
    return respond(std::move(response));
  }
  const auto asked = deletion_request_of(request.body);
  if (!asked.ok()) return respond(error_answer(400, "bad_document", asked.error().message));
  if (!prefix.empty() && prefix != asked->product) {
    return respond(
        error_answer(400, "other_product", "The request is for another product than its address."));
  }
  auto subject = deletion_subject(*asked);
  if (auto response = known(*asked, subject)) return respond(*std::move(response));
  {
    const MutexLock lock(mutex_);
    if (waiting_.size() < kMaxWaitingDeletions && !stopping_) {
      waiting_.push_back({std::move(subject), respond});
      changed_.notify_one();
      return;
    }
  }
  respond(later());
}

void Forgetting::look_up(const std::stop_token& stop) {
  EngineClient engine(parts_.engine, options_until(stop));
  for (;;) {
    std::deque<Waiting> round;
    {
      const MutexLock lock(mutex_);
      while (waiting_.empty() && !stopping_) changed_.wait(mutex_);
      if (stopping_) return;
      round.swap(waiting_);
    }
    answer_round(engine, std::move(round), stop);
    // After every round, whatever it found: how long an answer takes tells nothing.
    pause(stop, kGuessPause);
  }
}

void Forgetting::answer_round(EngineClient& engine, std::deque<Waiting> round,
                              const std::stop_token& stop) {
  // The same request may have waited twice: the first of them began the deletion.
  const auto answer_begun = [this](const Waiting& one) {
    const bool begun = parts_.tombstones.find(one.subject).has_value();
    if (begun) one.respond(pending());
    return begun;
  };
  std::erase_if(round, answer_begun);
  if (round.empty()) return;
  std::vector<std::string> subjects;
  for (const auto& one : round) subjects.push_back(one.subject);
  const auto found = find(engine, subjects, stop);
  for (const auto& one : round) {
    if (answer_begun(one)) continue;
    if (!found.ok()) {
      one.respond(later());
    } else if (found->covered.contains(one.subject)) {
      one.respond(begin(one.subject));
    } else {
      one.respond(found->all_loaded ? nothing() : later());
    }
  }
}

HttpResponse Forgetting::begin(const std::string& subject) {
  const auto added = parts_.tombstones.add(subject, parts_.clock.now());
  if (added.ok()) return pending();
  log_warning("a deletion cannot begin: {}", added.error().message);
  return later();
}

Result<Forgetting::Found> Forgetting::find(EngineClient& engine,
                                           const std::vector<std::string>& subjects,
                                           const std::stop_token& stop) {
  // A report that was acknowledged a moment ago may still be on its way into the store.
  const auto newest = parts_.journal.state().last_durable;
  const auto loaded = [&] { return parts_.loader.state().loaded >= newest; };
  const auto deadline = std::chrono::steady_clock::now() + kCatchUpTime;
  while (!loaded() && !stop.stop_requested() && std::chrono::steady_clock::now() < deadline)
    pause(stop, kForgetPoll);
  Found found;
  found.all_loaded = loaded();
  CANDOR_ASSIGN(covered, covered_of(engine, subjects));
  if (stop.stop_requested()) return stopped();
  found.covered = std::move(covered);
  return found;
}

void Forgetting::work(const std::stop_token& stop) {
  auto options = options_until(stop);
  options.answer_timeout = kEraseStatementTime;
  EngineClient engine(parts_.engine, options);
  std::string said;
  while (!stop.stop_requested()) {
    const auto subjects = parts_.tombstones.deleting();
    if (subjects.empty()) {
      pause(stop, kForgetPoll);
      continue;
    }
    const auto erased = erase(engine, subjects, stop);
    if (erased.ok()) {
      log_info("the records of {} forgotten installations are deleted", subjects.size());
      said.clear();
      continue;
    }
    if (stop.stop_requested()) return;
    // Once per trouble: it is tried again until it is done.
    if (said != erased.error().message)
      log_warning("a deletion waits: {}", said = erased.error().message);
    pause(stop, kForgetRetry);
  }
}

Status Forgetting::erase(EngineClient& engine, const std::vector<std::string>& subjects,
                         const std::stop_token& stop) {
  parts_.intake.forget_covered();
  CANDOR_TRY(erase_from_journal(stop));
  const auto erased = erase_records(engine, subjects, stop, parts_.hashed);
  // Of the installation's series samples may come again: also when it was erased halfway.
  parts_.loader.name_series_anew();
  CANDOR_TRY(erased);
  CANDOR_TRY(wait_for_replaced_files(engine, stop));
  const auto now = parts_.clock.now();
  for (const auto& subject : subjects) CANDOR_TRY(parts_.tombstones.finish(subject, now));
  return Ok{};
}

Status Forgetting::erase_from_journal(const std::stop_token& stop) {
  // What is covered is durable by now. What waits to be written is not covered, and may go into
  // the new segment before the mark.
  const auto newest = parts_.journal.state().last_durable;
  parts_.journal.begin_anew();
  // A record in the new segment: once it is loaded, everything in the segments before it is, too.
  CountsRecord mark;
  mark.received = parts_.clock.now();
  CANDOR_ASSIGN(position, parts_.journal.append_and_wait(encode(mark)));
  while (parts_.loader.state().loaded < position) {
    pause(stop, kForgetPoll);
    if (stop.stop_requested()) return stopped();
  }
  CANDOR_TRY(parts_.intake.release(position));
  if (newest != Position() && parts_.journal.state().first_kept <= newest)
    return Error{ErrorKind::kTryAgain, "the journal still holds an older segment"};
  return Ok{};
}

}  // namespace candor
