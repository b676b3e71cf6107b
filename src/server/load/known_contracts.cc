#include "server/load/known_contracts.h"

#include <algorithm>

#include "base/digest.h"
#include "base/sip_hash.h"

namespace candor {

KnownEvent::KnownEvent(const Contract& contract, const DeclaredEvent& event, DailyRollup& rollup)
    : facts(contract, event.name),
      health(event.health ? std::make_unique<HealthFacts>(*event.health) : nullptr),
      is_part(!event.report.empty()),
      has_lookup(std::ranges::any_of(contract.fields, [&](const Field& field) {
        return field.lookup && field.event && contract.events[*field.event].name == event.name;
      })) {
  for (const auto& insight : contract.insights)
    figures.push_back(insight.event.empty() ? 0 : rollup.figure(contract.product, insight.name));
}

KnownEvent* KnownContract::event(std::string_view name) {
  const auto known = events.find(name);
  return known == events.end() ? nullptr : &known->second;
}

KnownContract& KnownContracts::of(std::string_view hash, std::string_view product) {
  auto found = known_.find(hash);
  if (found == known_.end()) found = known_.try_emplace(std::string(hash)).first;
  auto& known = found->second;
  if (known.product == product && !known.hash.empty()) return known;
  known.product = product;
  known.all_events = rollup_.figure(product, "");
  if (!known.hash.empty()) return known;
  known.hash = from_hex(hash).value_or("");
  known.hash.resize(kContractHashBytes);
  known.contract = catalogue_.contract(hash);
  if (!known.contract) return known;
  known.insights = std::make_unique<InsightReader>(*known.contract);
  for (const auto& event : known.contract->events)
    known.events.try_emplace(event.name, *known.contract, event, rollup_);
  return known;
}

void KnownContracts::roll_up(KnownContract& known, const EventView& event, std::int64_t day) {
  const auto hash = sip_hash(event.source);
  rollup_.add(known.all_events, day, event.name, event.automation ? kAutomationBucket : "", 1,
              hash);
  auto* declared = known.event(event.name);
  if (event.automation || declared == nullptr || declared->facts.empty()) return;
  const auto facts = declared->facts.read(event.body);
  if (!facts.ok()) return;
  for (const auto& fact : *facts) {
    rollup_.add(declared->figures[fact.insight], day, fact.value, fact.bucket, fact.number, hash);
  }
}

}  // namespace candor
