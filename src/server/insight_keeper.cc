#include "server/insight_keeper.h"

#include <fmt/ranges.h>

#include <algorithm>

#include "base/log.h"
#include "base/pause.h"
#include "server/limits.h"
#include "server/present/plugin_documents.h"

namespace candor {

InsightKeeper::InsightKeeper(Parts parts) : parts_(std::move(parts)) {
  thread_ = std::jthread([this](const std::stop_token& stop) {
    Questions questions(
        EngineClient(parts_.address, EngineClient::default_options(parts_.keep_going)));
    while (!stop.stop_requested()) {
      look(questions);
      pause(stop, failed_ ? std::min(parts_.every, kInsightsStoreRetry) : parts_.every);
    }
  });
}

void InsightKeeper::look(Questions& questions) {
  bool failed = false;
  const auto fixed = read_fixed();
  for (const auto& product : parts_.catalogue.products()) {
    auto looked = look_at(questions, *product.current, fixed);
    if (looked.ok()) looked = look_at_figures(questions, *product.current, fixed);
    if (looked.ok()) continue;
    failed = true;
    // A store that is away is told of by health and loader.
    if (!failed_ && looked.error().kind != ErrorKind::kUnavailable)
      log_warning("what is known of {} stays as it was: {}", product.name(),
                  looked.error().message);
  }
  failed_ = failed;
}

FixedCrashes InsightKeeper::read_fixed() {
  auto fixed = read_fixed_crashes(parts_.fixed);
  if (!fixed.ok() && !fixed_damaged_) log_warning("{}", fixed.error().message);
  fixed_damaged_ = !fixed.ok();
  return fixed.ok() ? *std::move(fixed) : FixedCrashes();
}

// Time alone makes other figures, too: runs that never end are lost in it, with nothing new in the
// store.
bool InsightKeeper::is_fresh(const LookedByProduct& looked, const std::string& product,
                             std::string_view state, Instant now) {
  const auto last = looked.find(product);
  return last != looked.end() && last->second.state == state &&
         now - last->second.at < kInsightsRenewed;
}

Status InsightKeeper::look_at(Questions& questions, const Contract& contract,
                              const FixedCrashes& fixed) {
  const auto now = parts_.clock.now();
  CANDOR_ASSIGN(state, questions.health_state(contract.product, now));
  for (const auto& [signature, version] : fixed) state += " " + signature + version;
  if (is_fresh(looked_, contract.product, state, now)) return Ok{};
  auto known = std::make_shared<KnownInsights>();
  CANDOR_ASSIGN(health, questions.health(contract, now));
  known->health = std::move(health);
  CANDOR_ASSIGN(mended, known_fixes(questions, contract.product, fixed));
  known->bundle = insights_text(bundle_of(contract, known->health, std::move(mended)), parts_.key);
  known->etag = insights_etag(known->bundle);
  looked_[contract.product] = {std::move(state), now};
  const MutexLock lock(mutex_);
  known_[contract.product] = std::move(known);
  return Ok{};
}

Status InsightKeeper::look_at_figures(Questions& questions, const Contract& contract,
                                      const FixedCrashes& fixed) {
  const auto now = parts_.clock.now();
  CANDOR_ASSIGN(accounting, questions.accounting(contract.product));
  auto state = fmt::format("{}", accounting.counts);
  if (is_fresh(figured_, contract.product, state, now)) return Ok{};
  CANDOR_ASSIGN(overview, questions.overview(contract, Simulated::kLeftOut, now));
  CANDOR_ASSIGN(reporting, questions.reporting(contract.product, Simulated::kLeftOut, now));
  CANDOR_ASSIGN(crashes, questions.crashes(contract.product, Simulated::kLeftOut));
  // What is mended is no news.
  std::erase_if(crashes.groups, [&](const auto& group) { return fixed.contains(group.signature); });
  auto figures = product_figures(overview, accounting, crashes, now);
  figures.reporting = reporting;
  figured_[contract.product] = {std::move(state), now};
  const MutexLock lock(mutex_);
  figures_[contract.product] = std::move(figures);
  return Ok{};
}

void InsightKeeper::add_metrics(Families& metrics) const {
  const MutexLock lock(mutex_);
  for (const auto& [product, figures] : figures_) add_product_metrics(metrics, product, figures);
  for (const auto& [product, known] : known_)
    add_plugin_metrics(metrics, product, failing_plugins(known->health));
}

std::shared_ptr<const KnownInsights> InsightKeeper::of(std::string_view product) const {
  const MutexLock lock(mutex_);
  const auto known = known_.find(product);
  return known == known_.end() ? nullptr : known->second;
}

}  // namespace candor
