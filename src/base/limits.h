// The limits of base.
#pragma once

#include <chrono>
#include <cstddef>

namespace candor {

// Members of one object in JSON that a client which is not Candor's sent; it is then no JSON.
inline constexpr std::size_t kMaxForeignMembers = 2'000;

// A crash record (docs/formats/crash.md).
inline constexpr std::size_t kMaxCrashRecordBytes = 32u << 10;
inline constexpr std::size_t kMaxCrashRecordFrames = 64;
inline constexpr std::size_t kMaxCrashFolderEntries = 200;  // beside so many none is written
inline constexpr std::size_t kMaxCrashWordBytes = 64;       // a name, a version, a build-id
inline constexpr std::size_t kMaxCrashPathBytes = 1024;     // of the folder
inline constexpr std::size_t kMaxCrashModules = 128;        // libraries that are named in a record
inline constexpr std::size_t kCrashStackBytes = 64u << 10;  // what the recorder may use of a stack

// The supervisor.
inline constexpr std::chrono::milliseconds kPingEvery{20};  // while the program starts
inline constexpr std::chrono::milliseconds kFirstRestartDelay{200};
inline constexpr std::chrono::milliseconds kLastRestartDelay{30'000};
inline constexpr std::chrono::seconds kSteadyAfter{60};    // up so long: the delay starts over
inline constexpr std::chrono::seconds kTerminateGrace{2};  // SIGTERM, then SIGKILL
inline constexpr std::size_t kMaxProgramLineBytes = 4096;  // of a line the program writes

}  // namespace candor
