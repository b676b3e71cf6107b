// Where Candor keeps things.
#pragma once

#include "base/environment.h"
#include "base/files.h"
#include "base/result.h"

namespace candor {

struct Paths {
  Path config_file;  // candor.toml
  Path drop_ins;     // candor.d beside it
  Path state;        // identity, consent, outbox, audit trail
  Path run;          // sockets
};

enum class RunsAs { kRoot, kUser };

// CANDOR_DIR, else systemd's STATE_DIRECTORY, else /etc, /var/lib and /run for root, else XDG's
// folders. `config_option` (--config) replaces the configuration file. Makes nothing.
// kConfiguration when no folder can be told (no HOME).
Result<Paths> find_paths(const Environment& environment, RunsAs who,
                         const Path& config_option = {});

}  // namespace candor
