// Whether a report was received as it was kept: the collector's receipt, checked without any
// network.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "agent/outbox/outbox.h"
#include "agent/seal/state_folder.h"
#include "base/result.h"
#include "contract/receipt.h"

namespace candor {

// What was checked and held.
struct Proof {
  std::string id;  // empty: checked from files, without a state folder
  std::string product;
  std::uint64_t bytes = 0;
  std::string sha256;
  Receipt receipt;
};

// Checks that the receipt's file is exactly as Candor writes it, that it is for these bytes, signed
// by `key` (base64, with or without one final newline), and for the contract that the report's
// header names. kGeneral with the first thing that is wrong. Pure.
enum class KeyFrom { kGiven, kPinned };  // for the error's sentence
Result<Proof> verify_report(std::string_view report, std::string_view receipt, std::string_view key,
                            KeyFrom from = KeyFrom::kGiven);

// The same for a report that was sent from here, with the pinned key; besides, that the audit log
// has its size, hash and time of sealing. kGeneral with what is wrong, kNotFound when there is no
// such report.
Result<Proof> verify_kept(const StateFolder& state, const std::string& id);

// Where reports are kept: those of this installation, and those of its devices, the relay's files
// of events, and those of metrics, each in a state folder of their own.
StateFolder devices_of(const StateFolder& state);
StateFolder relay_of(const StateFolder& state);
StateFolder metrics_of(const StateFolder& state);

// The report whose id begins with `prefix`, and the folder it is in. kNotFound with the nearest id,
// kUsage when several begin so.
struct KeptReport {
  StateFolder state;
  std::string id;
};
Result<KeptReport> find_kept(const StateFolder& state, const std::string& prefix);

}  // namespace candor
