// The rings of programs with libcandor, as files in library/ of the state folder
// (docs/formats/library.md).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "agent/programs/recorded.h"
#include "agent/seal/state_folder.h"
#include "base/clock.h"
#include "base/files.h"
#include "base/result.h"

namespace candor {

// Where programs record: `library` in the state folder, a folder with an outbox of its own.
StateFolder programs_of(const StateFolder& state);

// Whoever reads rings holds it; waits for the others.
Result<FileLock> lock_rings(const StateFolder& programs);

// Their names, at most kMaxRings.
Result<std::vector<std::string>> ring_names(const StateFolder& programs);
// Removes what programs left that were killed while they began one; what stays is tried again.
void remove_unfinished_rings(const StateFolder& programs, Instant now);

// What a look at the rings finds, which reads little of each.
struct RingsLook {
  std::size_t programs = 0;   // that run
  bool is_due = false;        // one has ended, or has a block that is half full
  bool has_events = false;    // that were not taken
  std::uint64_t dropped = 0;  // events that found no room
};

class OpenRing {
 public:
  // Nothing when it is gone, or no file that could be a ring.
  static std::optional<OpenRing> open(const StateFolder& programs, const std::string& name);

  // Once it is kEnded nobody will write into it any more, and nobody else finds that while this is
  // open.
  ProgramState program() const { return program_; }
  void look(RingsLook& look) const;
  // All of it, as it is now; nothing when it is no ring that can be read. A view into this, until
  // the next call.
  const library::RingView* read();
  // Each block was taken up to there. Requires that it was read.
  Status took(const std::vector<std::uint64_t>& taken) const;

 private:
  OpenRing(FileDescriptor fd, Path path, ProgramState program)
      : fd_(std::move(fd)), path_(std::move(path)), program_(program) {}

  FileDescriptor fd_;
  Path path_;
  ProgramState program_;
  std::string bytes_;
  std::optional<library::RingView> view_;
};

RingsLook look_at_rings(const StateFolder& programs, const std::vector<std::string>& names);

}  // namespace candor
