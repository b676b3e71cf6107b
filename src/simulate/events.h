// Simulated events: what programs of a product would send by Segment's tracking API, a message each
// (docs/formats/segment.md).
//
// A message follows from the contract, the seed, the options and its number, and from nothing else,
// so that anybody gets the same bytes. Nothing in an event says that it is simulated: they are
// printed, for tests and benchmarks, and never sent.
#pragma once

#include <cstdint>
#include <string>

#include "contract/contract.h"

namespace candor {

struct EventStreamOptions {
  std::uint64_t seed = 1;
  std::uint64_t events = 0;
  std::uint32_t installations = 100;  // each is a source
  std::int64_t days = 1;
  std::int64_t until = 0;   // the day (since 1970) before which the last event happens
  std::size_t bytes = 512;  // of a message; 0: as they come
};

// Immutable: safe from any thread.
class EventStream {
 public:
  // `contract` must outlive it. kUsage when an option is outside its limits (limits.h),
  // kConfiguration when the contract declares no event in a channel that is on by default.
  static Result<EventStream> make(const Contract& contract, const EventStreamOptions& options);

  // The message number `number`, from 0, as one line of JSON without a line's end. Its longest free
  // text is made longer, up to what the contract allows, so that it has `bytes`; one that is longer
  // than that stays as it is. Their times go evenly over the days, in their order.
  std::string message(std::uint64_t number) const;

 private:
  EventStream(const Contract& contract, const EventStreamOptions& options,
              std::vector<std::size_t> kinds)
      : contract_(&contract), options_(options), kinds_(std::move(kinds)) {}

  const Contract* contract_;
  EventStreamOptions options_;
  std::vector<std::size_t> kinds_;  // indexes into the contract's events
};

}  // namespace candor
