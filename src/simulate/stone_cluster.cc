#include "simulate/stone_cluster.h"

#include <algorithm>
#include <array>
#include <bit>

namespace candor {
namespace {

constexpr std::uint64_t kAspectAge = 120;
constexpr std::uint64_t kAspectSize = 121;
constexpr std::uint64_t kAspectUse = 122;
constexpr std::uint64_t kAspectPools = 123;
constexpr std::uint64_t kAspectDaemons = 124;
constexpr std::uint64_t kAspectHosts = 125;

// Of a cluster that has finished growing.
constexpr std::array<Quantile, 11> kOsds = {{{0, 1},
                                             {60'000, 3},
                                             {220'000, 6},
                                             {400'000, 12},
                                             {560'000, 20},
                                             {700'000, 36},
                                             {800'000, 60},
                                             {900'000, 150},
                                             {960'000, 320},
                                             {992'000, 900},
                                             {1'000'000, 4200}}};
constexpr std::array<Quantile, 5> kOsdsPerHost = {
    {{0, 1}, {250'000, 3}, {550'000, 8}, {850'000, 14}, {1'000'000, 48}}};
constexpr std::array<Quantile, 6> kPools = {
    {{0, 1}, {150'000, 2}, {500'000, 5}, {800'000, 11}, {960'000, 24}, {1'000'000, 60}}};
constexpr std::array<Quantile, 4> kDaysBeforeFirstReport = {
    {{0, 0}, {600'000, 20}, {850'000, 300}, {1'000'000, 1400}}};

// What disks of those sizes really hold.
constexpr std::array<std::int64_t, 10> kHddBytes = {
    2'000'398'934'016,  4'000'787'030'016,  6'001'175'126'016,  8'001'563'222'016,
    10'000'831'348'736, 12'000'138'625'024, 14'000'519'643'136, 16'000'900'661'248,
    18'000'207'937'536, 20'000'588'955'648};
constexpr std::array<std::int64_t, 6> kFlashBytes = {480'103'981'056,   960'197'124'096,
                                                     1'920'383'410'176, 3'840'755'982'336,
                                                     7'681'501'126'656, 15'362'991'415'296};
constexpr std::int64_t kDayIn2017 =
    17'200;  // disks get larger by one step every 1.5 years from then
constexpr std::int64_t kDaysPerStep = 550;

template <std::size_t kSize>
std::int64_t disk_bytes(Dice& dice, const std::array<std::int64_t, kSize>& sizes,
                        std::int64_t created_day) {
  const auto typical = (created_day - kDayIn2017) / kDaysPerStep;
  const auto step = typical + dice.between(-2, 2);
  return sizes[static_cast<std::size_t>(std::clamp<std::int64_t>(step, 0, kSize - 1))];
}

// A cluster starts with 60 % of what it will have and grows for 700 days.
std::int64_t grown(std::int64_t final, std::int64_t age_days) {
  return std::max<std::int64_t>(
      1, final * (600 + 400 * std::min<std::int64_t>(age_days, 700) / 700) / 1000);
}

void add_disks(const FleetKey& fleet, const Life& life, std::int64_t day, StoneCluster& cluster) {
  auto dice = life.dice(fleet, kAspectSize);
  const auto created = day_of(cluster.created);
  const auto final_osds = dice.pick(kOsds);
  // Most are spread over three hosts or more; some are one machine.
  const auto dense = dice.chance(120) ? final_osds : std::max<std::int64_t>(1, final_osds / 3);
  const auto per_host = std::min(dice.pick(kOsdsPerHost), dense);
  cluster.osds = grown(final_osds, day - created);
  cluster.osd_hosts = (cluster.osds + per_host - 1) / per_host;

  const auto hdd = disk_bytes(dice, kHddBytes, created);
  const auto flash = disk_bytes(dice, kFlashBytes, created);
  constexpr std::array<unsigned, 4> kMixes = {52, 22, 10, 16};  // HDD; HDD and SSD; SSD; NVMe
  const auto mix = dice.weighted(kMixes);
  const auto fast = mix == 1 ? cluster.osds / 4 : 0;
  if (mix <= 1) cluster.disks.push_back({StoneMedium::kHdd, cluster.osds - fast, hdd});
  if (fast > 0) cluster.disks.push_back({StoneMedium::kSsd, fast, flash});
  if (mix == 2) cluster.disks.push_back({StoneMedium::kSsd, cluster.osds, flash});
  if (mix == 3) cluster.disks.push_back({StoneMedium::kNvme, cluster.osds, flash});
  for (const auto& disks : cluster.disks) cluster.total_bytes += disks.osds * disks.osd_bytes;
}

void add_use(const FleetKey& fleet, const Life& life, std::int64_t day, StoneCluster& cluster) {
  auto dice = life.dice(fleet, kAspectUse);
  const auto first = dice.between(20'000, 250'000);
  const auto last = dice.between(first, 820'000);
  const auto age = std::min<std::int64_t>(day - day_of(cluster.created), 1200);
  auto today = life.dice(fleet, kAspectUse, day);
  cluster.used_per_million = first + (last - first) * age / 1200 + today.between(-1500, 1500);
}

// Here and below, what is drawn does not depend on what grows: a cluster that gets another host
// stays the cluster that it is.
void add_daemons(const FleetKey& fleet, const Life& life, StoneCluster& cluster) {
  auto dice = life.dice(fleet, kAspectDaemons);
  const auto hosts = cluster.osd_hosts;
  cluster.mons = hosts < 3 ? 1 : hosts < 20 ? 3 : 5;
  cluster.mgrs = std::min(hosts, dice.between(2, 3));
  const auto active = dice.between(1, 4);
  const auto standby = dice.between(1, 2);
  if (dice.chance(450)) {
    cluster.file_systems = dice.chance(100) ? dice.between(2, 4) : 1;
    cluster.mds_active = cluster.file_systems * (cluster.osds > 100 ? active : 1);
    cluster.mds_standby = hosts < 2 ? 0 : standby;
    cluster.files = cluster.osds * dice.between(1'000, 400'000);
  }
  if (dice.chance(300))
    cluster.gateways = std::clamp<std::int64_t>(cluster.osds / 40, 1, 12) + dice.between(0, 1);
  // Large clusters have hosts without OSDs for the rest.
  cluster.hosts = hosts + (cluster.osds > 150 ? cluster.mons + cluster.gateways : 0);
}

StonePoolUse use_of(Dice& dice, const StoneCluster& cluster) {
  const std::array<unsigned, 3> weights = {50, cluster.file_systems > 0 ? 30u : 0u,
                                           cluster.gateways > 0 ? 40u : 0u};
  constexpr std::array<StonePoolUse, 3> kUses = {StonePoolUse::kBlock, StonePoolUse::kFiles,
                                                 StonePoolUse::kObjects};
  return kUses[dice.weighted(weights)];
}

void add_pools(const FleetKey& fleet, const Life& life, StoneCluster& cluster) {
  auto dice = life.dice(fleet, kAspectPools);
  const auto count = dice.pick(kPools);
  const bool codes = dice.chance(350) && cluster.osd_hosts >= 4;
  const auto groups =
      static_cast<std::uint64_t>(std::max<std::int64_t>(8, cluster.osds * 30 / count));
  constexpr std::array<std::pair<int, int>, 4> kCodes = {{{2, 2}, {4, 2}, {8, 3}, {2, 1}}};
  std::int64_t number = 0;
  for (std::int64_t i = 0; i < count; ++i) {
    StonePool pool;
    pool.number = number +=
        dice.chance(150) ? dice.between(2, 6) : 1;  // pools were removed between
    pool.use = use_of(dice, cluster);
    if (i == 0 && cluster.release.to->major >= 16)
      pool.use = StonePoolUse::kInternal;  // device health
    const auto [k, m] = dice.one_of(kCodes);
    const bool coded = dice.chance(400);
    const bool few_copies = dice.chance(70);
    const auto images = dice.between(0, 12) * dice.between(1, 40);
    if (coded && codes && pool.use != StonePoolUse::kInternal) {
      pool.data_chunks = k;
      pool.coding_chunks = m;
      pool.size = k + m;
      pool.min_size = k + 1;
    } else if (cluster.osds < 3 || few_copies) {
      pool.size = std::min<std::int64_t>(cluster.osds, 2);
      pool.min_size = 1;
    }
    pool.pg_num =
        pool.use == StonePoolUse::kInternal
            ? 1
            : static_cast<std::int64_t>(std::min<std::uint64_t>(std::bit_floor(groups), 8192));
    pool.autoscale = dice.chance(820) ? "on" : dice.chance(500) ? "warn" : "off";
    const bool mirrored = dice.chance(50);
    if (pool.use == StonePoolUse::kBlock) {
      pool.images = images;
      pool.mirrored = mirrored;
    }
    cluster.pools.push_back(pool);
  }
}

}  // namespace

StoneCluster stone_cluster_on(const FleetKey& fleet, const Life& life, std::int64_t day) {
  StoneCluster cluster;
  auto age = life.dice(fleet, kAspectAge);
  const auto created_day = life.first_day - age.pick(kDaysBeforeFirstReport);
  cluster.created = from_unix_millis(created_day * 86'400'000 + age.between(0, 86'399'999));
  cluster.release = stone_release_on(fleet, life, day);
  add_disks(fleet, life, day, cluster);
  add_use(fleet, life, day, cluster);
  add_daemons(fleet, life, cluster);
  add_pools(fleet, life, cluster);

  auto dice = life.dice(fleet, kAspectHosts);
  cluster.system = dice.below(64);
  cluster.processor = dice.below(64);
  cluster.two_networks = cluster.osd_hosts > 2 && dice.chance(450);
  cluster.ipv6 = dice.chance(80);
  cluster.balancer = dice.chance(900);
  return cluster;
}

}  // namespace candor
