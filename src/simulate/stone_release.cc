#include "simulate/stone_release.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <vector>

namespace candor {
namespace {

constexpr std::array<StoneRelease, 26> kReleases = {{
    {"14.2.9", 14, "nautilus", "2020-04-13"},  {"14.2.16", 14, "nautilus", "2020-12-16"},
    {"14.2.22", 14, "nautilus", "2021-06-30"}, {"15.2.0", 15, "octopus", "2020-03-23"},
    {"15.2.8", 15, "octopus", "2020-12-16"},   {"15.2.13", 15, "octopus", "2021-05-26"},
    {"15.2.17", 15, "octopus", "2022-08-09"},  {"16.2.0", 16, "pacific", "2021-03-31"},
    {"16.2.7", 16, "pacific", "2021-12-07"},   {"16.2.10", 16, "pacific", "2022-07-21"},
    {"16.2.13", 16, "pacific", "2023-05-08"},  {"16.2.15", 16, "pacific", "2024-03-04"},
    {"17.2.0", 17, "quincy", "2022-04-19"},    {"17.2.5", 17, "quincy", "2022-10-19"},
    {"17.2.6", 17, "quincy", "2023-04-10"},    {"17.2.7", 17, "quincy", "2023-10-26"},
    {"17.2.8", 17, "quincy", "2024-11-20"},    {"18.2.0", 18, "reef", "2023-08-07"},
    {"18.2.2", 18, "reef", "2024-03-11"},      {"18.2.4", 18, "reef", "2024-07-24"},
    {"18.2.7", 18, "reef", "2025-05-08"},      {"19.2.0", 19, "squid", "2024-09-26"},
    {"19.2.1", 19, "squid", "2025-02-06"},     {"19.2.2", 19, "squid", "2025-04-10"},
    {"19.2.3", 19, "squid", "2025-07-28"},     {"20.2.0", 20, "tentacle", "2025-11-18"},
}};
constexpr int kOldestMajor = 14;

// Days that clusters wait after the first release of a series, and after a minor one.
constexpr std::array<Quantile, 8> kMajorWait = {{{0, 90},
                                                 {80'000, 368},
                                                 {280'000, 786},
                                                 {580'000, 1202},
                                                 {750'000, 1677},
                                                 {910'000, 2061},
                                                 {970'000, 2434},
                                                 {1'000'000, 4000}}};
constexpr std::array<Quantile, 5> kMinorWait = {
    {{0, 3}, {300'000, 60}, {600'000, 250}, {850'000, 700}, {1'000'000, 1500}}};

constexpr std::int64_t kWaveDays = 14;
constexpr unsigned kInWavePerMille = 800;
constexpr std::uint64_t kAspectPatience = 110;

struct Patience {
  std::int64_t major_days = 0;
  std::int64_t minor_days = 0;
  std::int64_t wave_offset =
      0;  // days after a wave's first day; the cluster's own weekday, so to say
  bool in_waves = true;
  std::int64_t rollout_days = 1;  // days on which two releases run side by side
};

// When the cluster moves to a release that it stops waiting for on `day`.
std::int64_t upgrade_day(const Patience& patience, std::int64_t day) {
  if (!patience.in_waves) return day;
  return (day + kWaveDays - 1) / kWaveDays * kWaveDays + patience.wave_offset;
}

std::int64_t first_day_of(int major, const std::vector<std::int64_t>& published) {
  for (std::size_t i = 0; i < kReleases.size(); ++i) {
    if (kReleases[i].major == major) return published[i];
  }
  return 0;
}

const std::vector<std::int64_t>& publication_days() {
  static const std::vector<std::int64_t> days = [] {
    std::vector<std::int64_t> result;
    result.reserve(kReleases.size());
    for (const auto& release : kReleases) result.push_back(day_of(*parse_day(release.published)));
    return result;
  }();
  return days;
}

// The release that the cluster runs at the end of a day, and when it moved there: the newest minor
// release, old enough for this cluster, of the newest series that is.
struct Settled {
  const StoneRelease* release = nullptr;
  std::int64_t since = 0;
};

Settled settled_on(const Patience& patience, std::int64_t day) {
  const auto& published = publication_days();
  int major = kOldestMajor;
  std::int64_t series_since = 0;
  for (const auto& release : kReleases) {
    const auto moved =
        upgrade_day(patience, first_day_of(release.major, published) + patience.major_days);
    if (release.major > major && moved <= day) {
      major = release.major;
      series_since = moved;
    }
  }
  Settled settled;
  for (std::size_t i = 0; i < kReleases.size(); ++i) {
    if (kReleases[i].major != major) continue;
    if (settled.release == nullptr) {  // the least that a cluster of this series runs
      settled = {&kReleases[i], series_since};
      continue;
    }
    const auto moved = upgrade_day(patience, published[i] + patience.minor_days);
    if (moved <= day) settled = {&kReleases[i], std::max(moved, series_since)};
  }
  return settled;
}

}  // namespace

std::string StoneRelease::full_version() const {
  return fmt::format("ceph version {} ({}) {} (stable)", version, Dice({key_of(version)}).hex(20),
                     name);
}

StoneRunning stone_release_on(const FleetKey& fleet, const Life& life, std::int64_t day) {
  auto dice = life.dice(fleet, kAspectPatience);
  Patience patience;
  patience.major_days = dice.pick(kMajorWait);
  patience.minor_days = dice.pick(kMinorWait);
  patience.in_waves = dice.chance(kInWavePerMille);
  patience.wave_offset = dice.between(0, 2);
  patience.rollout_days = dice.chance(300) ? dice.between(2, 3) : 1;

  const auto now = settled_on(patience, day);
  const auto done = day - now.since;
  if (done < 0 || done >= patience.rollout_days) return {now.release, now.release, 1000};
  const auto before = settled_on(patience, now.since - 1);
  return {before.release, now.release,
          static_cast<int>(1000 * (done + 1) / (patience.rollout_days + 1))};
}

}  // namespace candor
