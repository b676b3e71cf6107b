// What an event says about how well something works. Pure.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "contract/contract.h"

namespace candor {

// How far a run is, or how it ended; the order is that of kRunStates, and the store keeps it.
enum class HealthState : std::uint8_t { kStarted, kCompleted, kFailed, kAborted, kLost };

// What one event says of one thing that it is about.
struct HealthFact {
  std::string_view name;
  std::string_view version;  // empty: it does not say
  std::string_view run;      // empty: the event is a run of its own
  HealthState state = HealthState::kCompleted;
  std::optional<std::uint64_t> duration_ms;
};

// Reads what one declared event's `health` names. Not thread-safe.
class HealthFacts {
 public:
  explicit HealthFacts(const DeclaredHealth& health);  // nothing of it is kept
  ~HealthFacts();
  HealthFacts(const HealthFacts&) = delete;
  HealthFacts& operator=(const HealthFacts&) = delete;

  // Of `body`, an admitted event: one for each name in it, kMaxHealthNames at most; none where its
  // state is missing or is none of them. Valid until the next call. kBadData for what is no JSON.
  Result<std::span<const HealthFact>> read(std::string_view body);

 private:
  struct Compiled;
  std::unique_ptr<Compiled> compiled_;
};

}  // namespace candor
