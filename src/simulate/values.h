// Values by the contract alone: of the types and within the bounds that it states. Believable in
// shape, not in meaning.
#pragma once

#include <cstdint>
#include <string>

#include "base/json.h"
#include "contract/contract.h"
#include "simulate/random.h"

namespace candor {

// What the values of one document follow from.
struct ValueChance {
  Dice own;    // what they are
  Dice today;  // by how much numbers moved from that
  std::int64_t day = 0;
  // Clients that are not Candor's send in clear what the collector hashes.
  enum class Hashing { kByClient, kByCollector } hashing = Hashing::kByClient;
};

// What stands under a node of the contract's schema, as far as channels that are on by default
// declare it; null when nothing does. Pure.
Json values_of(const Contract& contract, const Schema::Node& node, ValueChance chance);

// A made-up word of two to four syllables.
std::string made_up_word(Dice& dice);

}  // namespace candor
