#include "server/present/health.h"

#include <fmt/format.h>

#include <algorithm>

namespace candor {
namespace {

constexpr double kLeastLag = 0.001;  // seconds

HealthComponent store_component(const CollectorCondition& condition) {
  Json details;
  details["database"] = "ClickHouse";
  if (condition.store_answers) details["result"] = 1;
  details["validationQuery"] = "SELECT 1";
  if (!condition.store_trouble.empty()) details["trouble"] = condition.store_trouble;
  const auto answers = condition.store_trouble.empty() ? kUp : kOutOfService;
  return {"db", std::string(condition.store_answers ? answers : kDown), std::move(details)};
}

// Whether what comes can be acknowledged.
std::string_view takes_records(const CollectorCondition& condition) {
  const auto& journal = condition.journal;
  return journal.fsync_ok && journal.disk_ok && !journal.full ? kUp : kOutOfService;
}

// The engine that is ours, as its supervisor sees it; whether it answers is db's.
HealthComponent engine_component(const EngineState& engine) {
  Json details;
  details["phase"] = to_string(engine.phase);
  details["restarts"] = engine.restarts;
  if (!engine.why.empty()) details["lastEnd"] = engine.why;
  const bool runs =
      engine.phase == SupervisedPhase::kReady || engine.phase == SupervisedPhase::kStarting;
  return {"engine", std::string(runs ? kUp : kOutOfService), std::move(details)};
}

HealthComponent journal_component(const CollectorCondition& condition) {
  const auto& journal = condition.journal;
  Json details;
  details["bytes"] = journal.bytes;
  details["max"] = journal.max_bytes;
  details["fsyncOk"] = journal.fsync_ok;
  details["full"] = journal.full;
  return {"journal", std::string(takes_records(condition)), std::move(details)};
}

double as_number(std::uint64_t value) { return static_cast<double>(value); }

}  // namespace

HealthTree health_of(const CollectorCondition& condition) {
  HealthTree tree;
  tree.components = {store_component(condition), disk_space(condition.disk_path, condition.disk),
                     journal_component(condition)};
  if (condition.engine) tree.components.push_back(engine_component(*condition.engine));
  // Alive is what answers; ready is what can take something.
  tree.components.push_back({"livenessState"});
  tree.components.push_back({"ping"});
  tree.components.push_back({"readinessState", std::string(takes_records(condition))});
  tree.groups = {{"liveness", {"livenessState"}}, {"readiness", {"readinessState"}}};
  return tree;
}

HttpResponse metrics_answer(const CollectorCondition& condition, Instant now, Exposition format,
                            Families more) {
  const auto& journal = condition.journal;
  const auto& loader = condition.loader;
  Families metrics = std::move(more);
  metrics.gauge("candor_engine_up", "Whether the store answers.", condition.store_answers ? 1 : 0);
  metrics.gauge("candor_engine_trouble", "Whether the store is damaged or takes nothing.",
                condition.store_trouble.empty() ? 0 : 1);
  metrics.counter("candor_engine_restarts_total", "Starts of the engine after the first.",
                  condition.engine ? condition.engine->restarts : 0);
  metrics.gauge("candor_journal_bytes", "Bytes the journal takes.", as_number(journal.bytes));
  metrics.gauge("candor_journal_max_bytes", "Bytes the journal may take.",
                as_number(journal.max_bytes));
  metrics.counter("candor_journal_appends_total", "Records acknowledged.",
                  as_number(journal.appends));
  metrics.counter("candor_journal_commits_total", "Syncs that made records durable.",
                  as_number(journal.commits));
  metrics.counter("candor_journal_append_errors_total",
                  "Records refused because the disk failed or was full.",
                  as_number(journal.append_errors));
  metrics.counter("candor_journal_refused_full_total",
                  "Records refused because the journal was full.", as_number(journal.refused_full));
  metrics.counter("candor_journal_corrupt_records_total", "Damaged records found.",
                  as_number(journal.corrupt_records));
  metrics.counter("candor_loader_records_total", "Records moved from the journal into the store.",
                  as_number(loader.records));
  metrics.counter("candor_loader_failures_total", "Blocks that the store did not take at first.",
                  as_number(loader.failures));
  const auto oldest = loader.oldest ? loader.oldest : journal.oldest;
  const bool behind = loader.loaded < journal.last_durable && oldest;
  // 0 means that all is stored, also to a clock that went back since.
  const auto lag =
      behind ? std::max(kLeastLag, std::chrono::duration<double>(now - *oldest).count()) : 0.0;
  metrics.gauge("candor_loader_oldest_unstored_seconds",
                "Age of the oldest record that is not in the store.", lag);
  metrics.gauge("candor_seen_events", "Events that are recognised when they come again.",
                as_number(condition.seen_events));
  metrics.counter(
      "candor_seen_events_let_go_total",
      "Events of today and yesterday that are not recognised any more: there were too many.",
      as_number(condition.seen_events_let_go));
  metrics.gauge("candor_disk_free_bytes", "Bytes free where the data folder is.",
                as_number(condition.disk.free));
  if (condition.certificate_not_after) {
    metrics.gauge("candor_tls_certificate_not_after_seconds",
                  "When the certificate that is in the file stops being valid.",
                  static_cast<double>(to_unix_seconds(*condition.certificate_not_after)));
  }
  HttpResponse response;
  response.content_type = content_type_of(format);
  response.body = expose(std::move(metrics).take(), format);
  return response;
}

}  // namespace candor
