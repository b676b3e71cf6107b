// The values of an event or a run, held to their declarations, as they stand in a ring
// (docs/formats/library.md). Pure; no memory is allocated.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "candor/candor.h"
#include "hashing.h"
#include "library/declarations.h"

namespace candor::sdk {

// What decides about values.
struct ValueTerms {
  const library::Declarations& declarations;
  const std::uint8_t* flags;  // by number of a declaration
  const Keyed* key;           // nullptr: there is none, and nothing that needs it is kept
  std::uint32_t event;        // number of the event's or run's declaration
};

// What is kept of some values.
struct KeptValues {
  std::uint64_t which = 0;  // bit I: the value I of the call
  std::uint32_t count = 0;
  std::size_t bytes = 0;  // in the ring, at most the `most` of the call
  bool all = true;        // false: one was not as it is declared, or found no room
};

// Those behind the first that finds no room are not kept.
KeptValues choose(const ValueTerms& terms, std::span<const candor_value> values, std::size_t most);
// Writes what choose() said: so many bytes, at an address that is a multiple of 8.
void write_values(const ValueTerms& terms, std::span<const candor_value> values,
                  const KeptValues& kept, std::uint8_t* into);

}  // namespace candor::sdk
