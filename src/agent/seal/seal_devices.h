// The only maker of device reports (docs/formats/device.md): scrubbed first, then what the
// contract, the channels and the operator allow, under random names.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "agent/seal/consent.h"
#include "agent/seal/device_identity.h"
#include "agent/seal/sealed_document.h"
#include "agent/seal/sieve.h"
#include "base/clock.h"
#include "base/json.h"
#include "contract/contract.h"

namespace candor {

// What smartctl printed of each drive, raw. It never leaves.
struct DriveObservation {
  std::vector<Json> drives;
  std::vector<std::string> hosts;  // the machine's names
};

struct DeviceSealTerms {
  const Contract& contract;
  const ConsentedFields& fields;
  const ChannelSet& channels;  // that are on
  const DeviceIdentity& identity;
  Instant now;
  std::string agent;  // "candor 0.1.0"
};

struct SealedDevices {
  SealedDeviceReport report;
  std::size_t drives = 0;
  std::vector<LeftOut> left_out;
};

// Pure but for the clock in `terms`. kNothing when no drive has anything that may leave; kBadData
// when the report would be larger than kMaxReportBytes.
Result<SealedDevices> seal_devices(const DriveObservation& observation,
                                   const DeviceSealTerms& terms);

// The channels of the fields under `devices`.
ChannelSet device_channels(const Contract& contract);

// Whether a device report that was sealed earlier may leave still: it is of that product, and every
// value in it is of a channel that is on. Pure.
bool devices_may_still_leave(std::string_view report, const Contract& contract,
                             const ChannelSet& channels);

}  // namespace candor
