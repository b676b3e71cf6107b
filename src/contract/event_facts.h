// What an event adds to the figures of the dashboard. Pure.
#pragma once

#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "contract/contract.h"

namespace candor {

// What one event adds to one insight.
struct EventFact {
  std::size_t insight;        // which of the contract's
  std::string_view value{};   // of kPopular the text that is counted, else that of `by`
  std::string_view bucket{};  // of kRating the rating, "1" to "5"
  double number = 0;          // of kSum and kRating
};

// Reads the insights over one event of a contract. Not thread-safe.
class EventFacts {
 public:
  EventFacts(const Contract& contract, std::string_view event);  // the contract outlives it
  ~EventFacts();
  EventFacts(const EventFacts&) = delete;
  EventFacts& operator=(const EventFacts&) = delete;

  // No insight is over it: whatever it says, there are no facts.
  bool empty() const;

  // Of `body`, an admitted event; in the order of the insights, and valid until the next call.
  // kBadData for what is no JSON, as far as it was looked at.
  Result<std::span<const EventFact>> read(std::string_view body);

 private:
  struct Compiled;
  std::unique_ptr<Compiled> compiled_;
};

}  // namespace candor
