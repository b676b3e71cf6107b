// What programs with libcandor may record, as their switch says it. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "agent/seal/consent.h"
#include "base/clock.h"
#include "contract/contract.h"

namespace candor {

struct ProgramDeclarations {
  std::string text;                 // docs/formats/library.md
  std::vector<std::uint8_t> flags;  // of each declaration: 1 while it may be recorded
};

// What of the contract programs can record at all, and what of it may leave: by the fields that the
// operator agreed to and the channels that are on. `fields` is nothing while telemetry is off.
ProgramDeclarations declare_to_programs(const Contract& contract, const ConsentedFields* fields,
                                        const ChannelSet& channels, Instant now);

}  // namespace candor
