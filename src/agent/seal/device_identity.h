// What stands for drives and machine in device reports: random to everybody else, the same from
// report to report, and of a key that has nothing to do with the installation's.
#pragma once

#include <string>

#include "agent/seal/state_folder.h"
#include "base/json.h"
#include "base/result.h"

namespace candor {

class DeviceIdentity {
 public:
  // `key`: 32 bytes.
  explicit DeviceIdentity(std::string key) : key_(std::move(key)) {}

  const std::string& key() const { return key_; }
  std::string host() const;
  // By the document as smartctl printed it.
  std::string drive(const Json& document) const;

 private:
  std::string key_;
};

// A new one, which is kept nowhere yet.
DeviceIdentity make_device_identity();
// The one in `devices` (the folder devices/ of the state folder); kNotFound when there is none yet,
// kBadData when its file is damaged.
Result<DeviceIdentity> read_device_identity(const StateFolder& devices);
Status write_device_identity(const StateFolder& devices, const DeviceIdentity& identity);

}  // namespace candor
