// What the collector is made of at the start: contracts, users, receipt key, engine address. Each
// refuses with a sentence what it cannot be safe with.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "base/clock.h"
#include "base/files.h"
#include "base/result.h"
#include "base/signature.h"
#include "config/server_config.h"
#include "contract/catalogue.h"
#include "server/engine/client.h"
#include "wire/web_config_file.h"

namespace candor {

// The data folder's files.
struct DataFolder {
  explicit DataFolder(Path root) : root(std::move(root)) {}
  Path lock() const { return root / "lock"; }
  Path journal() const { return root / "journal"; }
  Path seen() const { return root / "seen"; }
  Path seen_events() const { return root / "seen-events"; }
  Path forgotten() const { return root / "forgotten"; }
  Path contracts() const { return root / "contracts"; }
  Path checkpoint() const { return root / "loaded.json"; }
  Path tables() const { return root / "tables.json"; }
  Path pause() const { return root / "load.lock"; }
  Path engine() const { return root / "engine"; }
  // Where restore_store() puts a store that is damaged.
  Path engine_aside(Instant now) const {
    return root / ("engine-aside-" + std::to_string(to_unix_seconds(now)));
  }
  Path engine_socket() const { return root / "engine.sock"; }
  Path receipt_key() const { return root / "receipt.key"; }
  // What `candor symbols` and `candor crashes` write.
  Path symbols() const { return root / "symbols"; }
  Path fixed_crashes() const { return root / "fixed-crashes"; }
  // What the operations center has (server/ops).
  Path operations() const { return root / "ops"; }
  Path hash_key() const { return root / "hash.key"; }
  // What sessions of users are sealed with; without it they sign in again.
  Path session_key() const { return root / "session.key"; }
  // Each is there while such a restore runs.
  Path unfinished_restore() const { return root / "restore.unfinished"; }
  Path unfinished_store() const { return root / "restore-store.unfinished"; }
  Path root;
};

// kBadData with what to do when a restore into the folder, or of its store, was not finished.
Status check_restores_finished(const DataFolder& data);

// Reads the contracts of the configured products and keeps every version in the data folder.
Result<Catalogue> open_catalogue(const ServerConfig& config, const DataFolder& data);

// All made at the first start.
Result<SigningKey> open_receipt_key(const DataFolder& data);
// What admission hashes with: HashHere's key.
Result<std::string> open_hash_key(const DataFolder& data);
// Of Sessions.
Result<std::string> open_session_key(const DataFolder& data);

// The users and certificate of web_config_file, or none. Without users or without TLS a collector
// may only listen on loopback; `insecure` allows plain http elsewhere, nothing allows private pages
// without users. kConfiguration.
Result<std::shared_ptr<WebConfigFile>> open_web_config(const ServerConfig& config);

// The engine of our own, or the one at the configured URL.
bool is_embedded(const ServerConfig& config);
Result<EngineAddress> engine_address(const ServerConfig& config, const DataFolder& data);

}  // namespace candor
