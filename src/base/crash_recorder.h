// Leaves a small file when this process ends by a fatal signal: which program, which signal, where
// in the code (docs/formats/crash.md). Then the signal does what it does anyway: core dump, exit
// status.
#pragma once

#include <string_view>

#include "base/files.h"
#include "base/result.h"

namespace candor {

// From now on SIGSEGV, SIGABRT, SIGBUS, SIGILL and SIGFPE of this process leave a record in
// `folder`, which is made then, its parent not. Longer texts are cut. Call it once, before other
// threads begin, and after the libraries are loaded that should be named; frames of a library that
// is loaded later have an empty module. kUsage when the folder's path is too long.
//
// What runs at the signal only makes calls that are safe there, touches no memory it did not
// prepare and takes no lock. A thread other than the calling one that overflows its stack leaves no
// record.
Status record_crashes(const Path& folder, std::string_view program, std::string_view version);

// Whether a crash leaves a record; true after record_crashes. Any thread.
void keep_crash_records(bool keep);

}  // namespace candor
