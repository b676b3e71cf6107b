#include "sonar/scan.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "base/digest.h"
#include "sonar/form_login.h"
#include "sonar/judging.h"
#include "sonar/limits.h"
#include "sonar/scan_start.h"
#include "sonar/step_request.h"
#include "sonar/sweep.h"

namespace candor {
namespace {

using SteadyClock = std::chrono::steady_clock;
constexpr Millis kLook{100};  // between looks whether to go on, in a pause

ScanProblem problem_of(ScanFailure failure, std::string message) {
  return {failure, std::move(message), "", ""};
}

std::string origin_in(const std::string& url) {
  const auto parsed = parse_url(url);
  return parsed.ok() ? origin_of(*parsed) : std::string();
}

// Of an answer, which may say anything: a line for logs and terminals.
std::string printable(std::string text) {
  for (auto& c : text)
    if (static_cast<unsigned char>(c) < ' ' || c == 0x7f) c = ' ';
  return text;
}

class ScanRun {
 public:
  ScanRun(const SonarPlan& plan, const SonarScan& scan, const SonarTarget& target,
          const std::string& known_login, const ScanWorld& world)
      : plan_(plan),
        scan_(scan),
        target_(target),
        known_login_(known_login),
        world_(world),
        session_(world.client, world.clock, plan.ca_file),
        pace_(SteadyClock::now() + plan.timeout, world.keep_going) {
    result_.scan = scan.name;
    result_.target = target.platform;
    result_.run = to_hex(random_bytes(8));
    result_.started = world.clock.now();
  }

  ScanResult run() {
    const auto begin = SteadyClock::now();
    const auto ready = prepare();
    for (const auto& step : scan_.steps) result_.steps.push_back(run_step(step, ready));
    result_.duration =
        std::chrono::duration_cast<std::chrono::microseconds>(SteadyClock::now() - begin);
    result_.certificate_expiry = session_.certificate_expiry();
    const bool over = std::ranges::any_of(result_.steps, [](const StepResult& step) {
      return step.problem && step.problem->failure == ScanFailure::kTimeout;
    });
    if (result_.failed() != nullptr)
      result_.outcome = over ? ScanOutcome::kTimeout : ScanOutcome::kFailure;
    return std::move(result_);
  }

 private:
  Status prepare() {
    CANDOR_ASSIGN(start, start_scan(plan_, scan_, target_, result_.run, session_));
    variables_ = std::move(start.variables);
    target_url_ = std::move(start.target);
    return Ok{};
  }

  StepResult run_step(const SonarStep& step, const Status& ready) {
    StepResult done;
    done.name = step.name;
    if (failed_ && !step.always) return done;
    done.was_run = true;
    const auto begin = SteadyClock::now();
    const auto pace = step.always ? clean_up_pace() : pace_;
    auto problem = ready.ok() ? run_request(step, pace, done)
                              : problem_of(ScanFailure::kVariable, ready.error().message);
    done.duration =
        std::chrono::duration_cast<std::chrono::microseconds>(SteadyClock::now() - begin);
    if (problem) settle(step, *std::move(problem), done);
    return done;
  }

  void settle(const SonarStep& step, ScanProblem problem, StepResult& done) {
    const bool cleans = step.always || step.sweep;
    if (cleans && failed_ && problem.failure == ScanFailure::kVariable) {
      const auto lost = std::ranges::find_if(
          lost_, [&](const auto& entry) { return has_variable(step.url, entry.first); });
      // What was never made need not be removed.
      if (lost == lost_.end()) {
        done.was_run = false;
        return;
      }
      problem.message += fmt::format(", and {} may have made something", lost->second);
    }
    if (cleans) {
      problem.message = fmt::format("{} ({})", problem.message, name_of(problem.failure));
      problem.failure = ScanFailure::kCleanup;
      result_.left_something = true;
    }
    // Older runs' leftovers say nothing about what the next steps need.
    failed_ = failed_ || !step.sweep;
    const auto& secrets = session_.secrets();
    for (auto* text : {&problem.message, &problem.expected, &problem.actual})
      *text = printable(secrets.redact(*text));
    problem.expected = cut_to_show(problem.expected);
    problem.actual = cut_to_show(problem.actual);
    done.problem = std::move(problem);
  }

  // Of all steps that clean up together. An agent that ends does not wait for all of it, and still
  // begins.
  Pace clean_up_pace() {
    if (!clean_up_end_) clean_up_end_ = SteadyClock::now() + kCleanUpTime;
    return Pace(*clean_up_end_, [this] {
      if (world_.keep_going()) return true;
      if (!stop_end_) stop_end_ = SteadyClock::now() + kCleanUpAtEnd;
      return SteadyClock::now() < *stop_end_;
    });
  }

  std::optional<ScanProblem> run_request(const SonarStep& step, const Pace& pace,
                                         StepResult& done) {
    const auto end = SteadyClock::now() + std::chrono::seconds(step.patience);
    const auto limited = step.until ? pace.until(end) : pace;
    auto visit = step.signs_in() ? sign_in(step, pace) : request(step, limited);
    if (was_refused(step, visit)) {
      world_.tokens.forget(token_.access);
      auto again = sign_in(*signed_in_by_, pace);
      if (!again.problem) again.problem = save(*signed_in_by_, again);
      note(again, done);
      if (again.problem) return again.problem;
      visit = request(step, limited);
    }
    note(visit, done);
    auto problem = visit.problem ? visit.problem : verdict(step, visit);
    if (step.until && !visit.problem) problem = poll(step, pace, end, visit, done);
    if (step.until && visit.problem && SteadyClock::now() < pace.deadline())
      problem = not_in_patience(step, *std::move(problem));
    // What was made is to be found again, also where it was made too slowly, or badly.
    const bool made = may_have_made(step, visit);
    auto unsaved = !problem || made ? save(step, visit) : std::nullopt;
    if (!problem) problem = std::move(unsaved);
    if (made) note_lost(step);
    if (!problem && step.sweep) problem = sweep(step, pace, visit, done);
    last_ = std::move(visit);
    return problem;
  }

  // Whether there may be more than before: it was asked for, and no refusal came.
  static bool may_have_made(const SonarStep& step, const ScanVisit& visit) {
    const auto status = visit.answer.status;
    return (step.method == "POST" || step.method == "PUT") && visit.was_sent &&
           (status == 0 || status / 100 == 2 || !visit.redirects.empty());
  }

  void note_lost(const SonarStep& step) {
    for (const auto& [name, from] : step.saves) {
      if (!variables_.contains(name)) lost_[name] = step.name;
    }
  }

  // Removes what older runs left, of the list that came.
  std::optional<ScanProblem> sweep(const SonarStep& step, const Pace& pace, const ScanVisit& list,
                                   StepResult& done) {
    // Whoever writes the list says what is deleted.
    if (!session_.allows(list.at)) {
      return problem_of(ScanFailure::kAuth,
                        fmt::format("the list came from {}, which the configuration does not name",
                                    origin_of(list.at)));
    }
    const auto found = leftovers_in(*step.sweep, list.answer, result_.run, world_.clock.now());
    if (!found.ok()) {
      return problem_of(ScanFailure::kAssertion,
                        fmt::format("{}: {}", shown_place(list.at), found.error().message));
    }
    const auto pattern = request_of(step, variables_, session_.secrets());
    if (!pattern.ok()) return problem_of(ScanFailure::kVariable, pattern.error().message);
    auto swept =
        remove_leftovers(session_, *step.sweep, *found, variables_, pattern->headers, pace);
    done.removed = swept.removed;
    done.requests += swept.requests;
    done.phases += swept.phases;
    if (swept.requests > 0) done.status = swept.status;
    return std::move(swept.problem);
  }

  // A kept token may have been taken back.
  bool was_refused(const SonarStep& step, const ScanVisit& visit) const {
    return visit.answer.status == 401 && !step.bearer.empty() && signed_in_by_ != nullptr &&
           plan_.grant != SonarGrant::kForm;
  }

  static void note(const ScanVisit& visit, StepResult& done) {
    done.requests += visit.requests;
    done.status = visit.answer.status;
    done.phases += visit.phases;
    done.redirects = visit.redirects;
  }

  std::optional<ScanProblem> verdict(const SonarStep& step, const ScanVisit& visit) {
    const auto expectation = filled(step.expect, variables_);
    if (!expectation.ok()) return problem_of(ScanFailure::kVariable, expectation.error().message);
    auto problem = judge_at(*expectation, visit);
    if (problem || login_origin_.empty() || !step.expect.status.empty()) return problem;
    const bool is_elsewhere =
        origin_of(visit.at) == login_origin_ && login_origin_ != origin_of(target_url_);
    if (step.signs_in() || (!is_elsewhere && !asks_for_password(visit.answer))) return std::nullopt;
    return problem_of(ScanFailure::kAuth,
                      fmt::format("{} asks for a login again", shown_place(visit.at)));
  }

  static std::optional<ScanProblem> judge_at(const SonarExpectation& expectation,
                                             const ScanVisit& visit) {
    auto problem = judge(expectation, visit.answer);
    if (problem) problem->message = fmt::format("{}: {}", shown_place(visit.at), problem->message);
    return problem;
  }

  // What was waited for, and what was seen of it last, says more than that time was over.
  static ScanProblem cut_short(ScanProblem last) {
    last.failure = ScanFailure::kTimeout;
    last.message += ": the scan's time was over";
    return last;
  }

  // Of a request that was over by `for`, with time left to the scan.
  static ScanProblem not_in_patience(const SonarStep& step, ScanProblem problem) {
    if (problem.failure != ScanFailure::kTimeout) return problem;
    return {ScanFailure::kAssertion, fmt::format("{} (for = {})", problem.message, step.patience),
            fmt::format("an answer within {} s", step.patience), "nothing"};
  }

  // Asks until what is waited for is there, or it is `end`.
  std::optional<ScanProblem> poll(const SonarStep& step, const Pace& pace,
                                  SteadyClock::time_point end, ScanVisit& visit, StepResult& done) {
    const auto wanted = filled(*step.until, variables_);
    if (!wanted.ok()) return problem_of(ScanFailure::kVariable, wanted.error().message);
    const auto limited = pace.until(end);
    for (;;) {
      auto problem = judge_at(*wanted, visit);
      if (!problem) return verdict(step, visit);
      const auto again = SteadyClock::now() + std::chrono::seconds(step.every);
      if (again >= end) {
        problem->message += fmt::format(", not within {} s", step.patience);
        return problem;
      }
      while (SteadyClock::now() < again) {
        if (!limited.check().ok()) return cut_short(*std::move(problem));
        world_.wait(kLook);
      }
      visit = request(step, limited);
      note(visit, done);
      if (!visit.problem) continue;
      if (visit.problem->failure != ScanFailure::kTimeout) return visit.problem;
      if (SteadyClock::now() >= pace.deadline()) return cut_short(*std::move(problem));
      problem->message += fmt::format(
          ", not within {} s, and the last request had no answer by then", step.patience);
      return problem;
    }
  }

  ScanVisit request(const SonarStep& step, const Pace& pace) {
    last_.reset();
    auto made = request_of(step, variables_, session_.secrets());
    if (made.ok()) return session_.visit(*std::move(made), pace);
    ScanVisit visit;
    visit.problem = problem_of(
        made.error().kind == ErrorKind::kNotFound ? ScanFailure::kVariable : ScanFailure::kInternal,
        made.error().message);
    return visit;
  }

  ScanVisit sign_in(const SonarStep& step, const Pace& pace) {
    signed_in_by_ = &step;
    if (plan_.grant == SonarGrant::kForm) return sign_in_by_form(pace);
    const auto now = world_.clock.now();
    ScanVisit visit;
    if (auto kept = world_.tokens.get(now)) {
      token_ = *std::move(kept);
      session_.secrets().add(token_.access);
      visit.answer.status = 200;
      visit.answer.body = token_.document;
      visit.at = target_url_;
    } else {
      visit = ask_for_token(session_, plan_, pace, now, token_);
      if (!visit.problem) world_.tokens.keep(token_);
    }
    if (!visit.problem) result_.token_expiry = token_.ends;
    return visit;
  }

  ScanVisit sign_in_by_form(const Pace& pace) {
    auto page = last_ ? *std::exchange(last_, std::nullopt)
                      : session_.visit({"GET", target_url_, {}, ""}, pace);
    if (page.problem) return page;
    // What led here is told by the step that was led.
    page.redirects.clear();
    page.phases = {};
    page.requests = 0;
    page.answer.took = {};
    const LoginPlaces places{target_url_, origin_in(plan_.issuer), known_login_};
    auto done = log_in(session_, plan_, places, std::move(page), pace, login_origin_);
    // Where a login was taken, whatever comes of the steps behind it.
    if (!done.problem) result_.login_origin = login_origin_;
    return done;
  }

  // One that any step calls so.
  bool is_secret(const std::string& name) const {
    return std::ranges::any_of(scan_.steps, [&](const SonarStep& step) {
      return std::ranges::find(step.secrets, name) != step.secrets.end();
    });
  }

  // All that is there; the problem is the first that is not.
  std::optional<ScanProblem> save(const SonarStep& step, const ScanVisit& visit) {
    std::optional<ScanProblem> first;
    for (const auto& [name, from] : step.saves) {
      auto value = saved_value(from, visit.answer, session_.cookies());
      if (!value.ok()) {
        if (!first)
          first = problem_of(ScanFailure::kVariable,
                             fmt::format("{} cannot be saved: {}", name, value.error().message));
        continue;
      }
      if (is_secret(name)) session_.secrets().add(*value);
      variables_[name] = *std::move(value);
    }
    return first;
  }

  const SonarPlan& plan_;
  const SonarScan& scan_;
  const SonarTarget& target_;
  const std::string& known_login_;
  const ScanWorld& world_;
  ScanSession session_;
  const Pace pace_;
  std::optional<SteadyClock::time_point> clean_up_end_;
  std::optional<SteadyClock::time_point> stop_end_;  // of the agent's last ones
  ScanVariables variables_;
  // Of a step that may have made something: what it would have saved, and its name.
  std::map<std::string, std::string> lost_;
  Url target_url_;
  std::optional<ScanVisit> last_;  // the page that the session is at
  const SonarStep* signed_in_by_ = nullptr;
  ScanToken token_;
  std::string login_origin_;
  bool failed_ = false;
  ScanResult result_;
};

}  // namespace

ScanResult run_scan(const SonarPlan& plan, const SonarScan& scan, const SonarTarget& target,
                    const std::string& known_login, const ScanWorld& world) {
  // What a library throws at what a target says must not end the agent.
  try {
    return ScanRun(plan, scan, target, known_login, world).run();
  } catch (const std::exception& e) {
    ScanResult result;
    result.scan = scan.name;
    result.target = target.platform;
    result.started = world.clock.now();
    result.outcome = ScanOutcome::kFailure;
    StepResult step;
    step.name = scan.steps.empty() ? scan.name : scan.steps.front().name;
    step.was_run = true;
    step.problem = problem_of(ScanFailure::kInternal,
                              fmt::format("the scan ended by a fault of its own: {}", e.what()));
    result.steps.push_back(std::move(step));
    return result;
  }
}

}  // namespace candor
