// The limits of the Stone/Ceph collector.
#pragma once

#include <chrono>
#include <cstddef>

namespace candor {

// One call that takes longer is stopped and the collection fails: a healthy cluster answers each of
// these questions in well under a second.
inline constexpr std::chrono::milliseconds kMaxCephCallTime{15'000};

// The same of the `rbd` program; the figures it would give are left out then.
inline constexpr std::chrono::milliseconds kMaxRbdCallTime{5'000};

// One call that prints more is stopped and the collection fails. `osd dump` prints about 1.5 kB for
// each OSD, so this is room for more than ten thousand.
inline constexpr std::size_t kMaxCephAnswerBytes = 64u << 20;

// What costs one call each is left out of the report above these counts.
inline constexpr std::size_t kMaxDaemonsAskedForOptions = 32;  // config.active_changed
inline constexpr std::size_t kMaxMdsAsked = 32;       // fs.filesystems[]: what the MDSs have cached
inline constexpr std::size_t kMaxRbdPoolsAsked = 16;  // rbd.num_images_by_pool, mirroring_by_pool

// Changed options named in a report; a longer list is cut at the end of the alphabet.
inline constexpr std::size_t kMaxChangedOptions = 2000;

// Crashes in a report: the newest ones, as many as there is room for.
inline constexpr std::size_t kMaxCrashes = 100;
inline constexpr std::size_t kMaxCrashesBytes = 2u << 20;  // of all of them together
inline constexpr std::size_t kMaxCrashFrames = 200;        // of one; the outermost are cut
inline constexpr std::size_t kMaxCrashTextBytes = 4096;    // of one text in a crash; its end is cut

}  // namespace candor
