// What contracts say of the records under them, compiled once: records come by the million.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "contract/catalogue.h"
#include "contract/event_facts.h"
#include "contract/health_facts.h"
#include "contract/insight.h"
#include "server/load/daily_rollup.h"
#include "server/record/record.h"

namespace candor {

inline constexpr std::size_t kContractHashBytes = 32;

// One declared event.
struct KnownEvent {
  KnownEvent(const Contract& contract, const DeclaredEvent& event, DailyRollup& rollup);

  EventFacts facts;
  std::vector<DailyRollup::Figure> figures;  // of the contract's insights
  std::unique_ptr<HealthFacts> health;       // nullptr: it tells none
  bool is_part = false;                      // stands for a member of a report
  bool has_lookup = false;                   // support finds an installation by a field of it
};

struct KnownContract {
  std::string hash;      // 32 bytes
  ContractPtr contract;  // nullptr: it is gone from the catalogue
  std::unique_ptr<InsightReader> insights;
  std::string product;
  DailyRollup::Figure all_events = 0;
  std::map<std::string, KnownEvent, std::less<>> events;

  KnownEvent* event(std::string_view name);
};

// Not thread-safe.
class KnownContracts {
 public:
  // Both outlive it; the figures are those of the rollup.
  KnownContracts(const Catalogue& catalogue, DailyRollup& rollup)
      : catalogue_(catalogue), rollup_(rollup) {}

  // `hash` is 64 hex digits.
  KnownContract& of(std::string_view hash, std::string_view product);

  // Adds one event to the rollup: itself, and what it adds to figures. Those of automation are
  // counted by name, apart, and add to no figure. `known` is of its contract; of the event its
  // name, source, body and automation are read.
  void roll_up(KnownContract& known, const EventView& event, std::int64_t day);

 private:
  const Catalogue& catalogue_;
  DailyRollup& rollup_;
  std::map<std::string, KnownContract, std::less<>> known_;
};

}  // namespace candor
