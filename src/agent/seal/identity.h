// Who this installation is: an identity for life, and the secrets that go with it.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "agent/seal/state_folder.h"
#include "base/clock.h"
#include "base/result.h"

namespace candor {

struct Identity {
  std::string installation;  // UUID, lower case
  bool adopted = false;      // from the cluster's own telemetry module
  std::optional<Instant> created_at;
  std::string deletion_secret;  // 64 hex digits; never sent
  std::string agent;            // UUID of this agent among those of one cluster; never sent
  std::string key;              // 32 bytes for `keyed` fields; never sent

  std::string deletion_hash() const;  // SHA-256 of the secret, in hex: what reports carry
};

// For names that are hashed before they are sealed: made of the key, and tells nothing about it.
std::string salt_of(const Identity& identity);

// A new one; `adopted` is the identity that the installation already has elsewhere.
Identity make_identity(const std::optional<std::string>& adopted, Instant now);

// Nothing when there is none; kBadData when the file is damaged.
Result<std::optional<Identity>> read_identity(const StateFolder& state);
Status write_identity(const StateFolder& state, const Identity& identity);

// An identity that was forgotten at the collector is never adopted again, though the cluster still
// has it. state/forgotten keeps the SHA-256 of each, a line each.
Status note_forgotten(const StateFolder& state, std::string_view installation);
Result<bool> is_forgotten(const StateFolder& state, std::string_view installation);

}  // namespace candor
