// The values of an event or a run, held to their declarations, as they stand in a ring
// (docs/formats/library.md). Pure; no memory is allocated.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "candor/candor.h"
#include "hashing.h"
#include "rules.h"

namespace candor::sdk {

// What decides about values.
struct ValueTerms {
  const FieldRules& rules;
  const std::uint8_t* flags;  // by number of a declaration
  const Keyed* key;           // nullptr: there is none, and nothing that needs it is kept
  std::uint32_t event;        // number of the event's or run's declaration
};

// What was kept of some values.
struct KeptValues {
  std::size_t count = 0;
  std::size_t bytes = 0;  // in the ring, a multiple of 8
  bool all = true;        // false: one was not as it is declared, or found no room
  bool had_room = true;
};

// Writes those that are as declared to an address that is a multiple of 8, with room for `most`
// bytes. Those behind the first that finds no room are not kept.
KeptValues write_values(const ValueTerms& terms, std::span<const candor_value> values,
                        std::uint8_t* into, std::size_t most);
// At most so many bytes write_values() writes.
std::size_t bytes_of(const ValueTerms& terms, std::span<const candor_value> values);

}  // namespace candor::sdk
