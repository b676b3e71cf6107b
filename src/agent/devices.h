// The device row of the agent: drives → scrubbed and sealed → file → receipt, apart from the
// installation's reports in everything: document, folder, key, address, connection, moment.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "agent/agent.h"
#include "agent/seal/seal_devices.h"

namespace candor {

// Drops what is pending, and the moment of the next one: for every change of the decision. `state`
// is the agent's folder.
Status drop_devices(const StateFolder& state);

class DeviceReports {
 public:
  // `agent` must outlive it.
  explicit DeviceReports(const Agent& agent);

  // Whether the product has device reports, and whether a channel of them is on.
  bool exist() const;
  bool are_on() const;

  // What would be sent with these channels; kept nowhere. Errors as collect_smart's; kNothing when
  // the product has no device reports.
  struct Preview {
    SealedDeviceReport report;
    std::size_t drives = 0;
    std::vector<LeftOut> left_out;
  };
  Result<Preview> preview(const ChannelSet& channels, Agent::Fields fields) const;

  // The oldest pending report's bytes; when none is pending, one is sealed and queued. kOff,
  // kNothing or as above.
  Result<Agent::Pending> pending_or_seal() const;
  // Sends what is pending.
  Result<SendSummary> send(SendRequest request) const;
  // One device report for a one-time consent.
  Result<SendSummary> send_once(const std::string& licence) const;
  // Drops pending ones with a value whose channel is off by now, or of another product.
  Status drop_unwanted() const;

  // The moment of the next sending; nothing when none was drawn.
  Result<std::optional<Instant>> moment() const;
  Status keep_moment(Instant at) const;
  // When a report of the installation was made or sent last.
  Result<std::optional<Instant>> last_report() const;

  const StateFolder& folder() const { return folder_; }

 private:
  Result<Preview> make(const ChannelSet& channels, const ConsentedFields& fields,
                       const DeviceIdentity& identity) const;
  Result<DeviceIdentity> identity_or_new() const;
  Status put(const SealedDeviceReport& report, const DeviceIdentity& identity) const;
  Result<SendSummary> send_by(std::function<bool()> keep_going, SendRequest request) const;
  Instant now() const { return agent_.world().clock->now(); }

  const Agent& agent_;
  StateFolder folder_;  // devices/ of the agent's
};

}  // namespace candor
