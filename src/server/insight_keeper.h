// Has the health of plugins computed in the background, and keeps the newest in memory: an answer
// costs the store nothing, and everybody is given the same.
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "base/mutex.h"
#include "base/signature.h"
#include "contract/catalogue.h"
#include "server/crashes/fixed_crashes.h"
#include "server/engine/client.h"
#include "server/insight/questions.h"
#include "server/ops/product_figures.h"

namespace candor {

// What is known of one product; never changed once it is there.
struct KnownInsights {
  PluginHealth health;
  std::string bundle;  // docs/formats/insights.md
  std::string etag;    // of the bundle
};

class InsightKeeper {
 public:
  struct Parts {
    const Catalogue& catalogue;
    const SigningKey& key;
    const Clock& clock;
    EngineAddress address;
    std::chrono::seconds every{};
    std::function<bool()> keep_going{};  // as EngineClientOptions has it
    Path fixed{};  // where the vendor's marks of fixed crashes are (server/crashes)
  };
  explicit InsightKeeper(Parts parts);  // what it is made of outlives it

  // nullptr: nothing was computed since the start. Any thread.
  std::shared_ptr<const KnownInsights> of(std::string_view product) const;
  // The figures of every product, as they were found last. Any thread.
  void add_metrics(Families& metrics) const;

 private:
  void look(Questions& questions);
  // A file that is damaged counts as none, and is told of once.
  FixedCrashes read_fixed();
  Status look_at_figures(Questions& questions, const Contract& contract, const FixedCrashes& fixed);
  Status look_at(Questions& questions, const Contract& contract, const FixedCrashes& fixed);

  const Parts parts_;
  // By product, of what was computed last: when, and of which state of the store.
  struct Looked {
    std::string state;
    Instant at{};
  };
  using LookedByProduct = std::map<std::string, Looked, std::less<>>;
  // Whether it need not be computed again.
  static bool is_fresh(const LookedByProduct& looked, const std::string& product,
                       std::string_view state, Instant now);
  LookedByProduct looked_;      // at plugins; of the thread
  LookedByProduct figured_;     // the same, the figures that rules are about
  bool failed_ = false;         // the last look; of the thread
  bool fixed_damaged_ = false;  // the same
  mutable Mutex mutex_;
  std::map<std::string, std::shared_ptr<const KnownInsights>, std::less<>> known_
      CANDOR_GUARDED_BY(mutex_);
  std::map<std::string, ProductFigures, std::less<>> figures_ CANDOR_GUARDED_BY(mutex_);
  std::jthread thread_;
};

}  // namespace candor
