// Health and the collector's own metrics, from figures that are already there: answering
// asks nobody.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/clock.h"
#include "base/disk_room.h"
#include "base/json.h"
#include "journal/journal.h"
#include "metrics/exposition.h"
#include "metrics/families.h"
#include "server/engine/supervisor.h"
#include "server/load/loader.h"
#include "wire/health_tree.h"
#include "wire/http_server.h"

namespace candor {

// One look at everything, taken in the background (server/watch.h).
struct CollectorCondition {
  Instant checked{};
  bool store_answers = false;
  std::string store_trouble;          // a sentence with what to do; empty when there is none
  std::optional<EngineState> engine;  // absent when the engine is somebody else's
  JournalState journal;
  LoaderState loader;
  std::uint64_t seen_events = 0;         // message ids that would be recognised
  std::uint64_t seen_events_let_go = 0;  // of today and yesterday, forgotten since the start
  std::optional<Instant> certificate_not_after;  // absent without TLS
  std::string disk_path;
  DiskRoom disk{};
};

// What /actuator/health tells.
HealthTree health_of(const CollectorCondition& condition);
// GET /metrics in the format that the client reads best.
// `more` is told, too.
HttpResponse metrics_answer(const CollectorCondition& condition, Instant now, Exposition format,
                            Families more = {});

}  // namespace candor
