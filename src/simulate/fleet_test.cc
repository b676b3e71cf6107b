#include "simulate/fleet.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>
#include <stdexcept>

#include "base/digest.h"
#include "contract/check.h"
#include "contract/limits.h"
#include "simulate/stone_release.h"

namespace candor {
namespace {

constexpr std::int64_t kUntil = 20'778;  // 2026-11-21

Contract contract_of(const std::string& product) {
  auto contract = read_contract(Path(CANDOR_TEST_SOURCE_DIR) / "contracts" / (product + ".toml"));
  EXPECT_TRUE(contract.ok()) << contract.error().message;
  return contract.ok() ? *std::move(contract) : Contract();
}

Fleet fleet_of(const Contract& contract, FleetOptions options) {
  auto fleet = Fleet::make(contract, options);
  if (!fleet.ok()) throw std::runtime_error(fleet.error().message);
  return *std::move(fleet);
}

std::vector<SimulatedReport> all_reports(const Fleet& fleet) {
  std::vector<SimulatedReport> reports;
  for (auto day = fleet.first_day(); day < fleet.options().until; ++day) {
    for (const auto& planned : fleet.plan(day)) reports.push_back(fleet.make_report(planned));
  }
  return reports;
}

std::string all_bytes(const Fleet& fleet) {
  std::string bytes;
  for (const auto& report : all_reports(fleet)) bytes += report.body;
  return bytes;
}

Scalar scalar_of(const Json& value) {
  if (value.is_boolean()) return value.get<bool>();
  if (value.is_number_unsigned()) return value.get<std::uint64_t>();
  if (value.is_number_integer()) return value.get<std::int64_t>();
  if (value.is_number_float()) return value.get<double>();
  if (value.is_string()) return std::string_view(value.get_ref<const std::string&>());
  return nullptr;
}

// Every value below the node against the contract: declared, in its bounds, hashed where it must
// be.
void check_value(const Contract& contract, const Schema::Node* node, const Json& value,
                 const std::string& path) {
  ASSERT_NE(node, nullptr) << path << " is not declared";
  if (value.is_object()) {
    ASSERT_TRUE(node->is_object()) << path;
    EXPECT_LE(value.size(), kMaxMapEntries) << path;
    for (const auto& [key, member] : value.items()) {
      EXPECT_LE(key.size(), kMaxKeyLength) << path;
      check_value(contract, node->member(key), member, path + "." + key);
    }
  } else if (value.is_array()) {
    ASSERT_TRUE(node->is_list()) << path;
    for (const auto& element : value)
      check_value(contract, node->element.get(), element, path + "[]");
  } else {
    ASSERT_TRUE(node->field.has_value()) << path;
    const auto& field = contract.fields[*node->field];
    const auto scalar = scalar_of(value);
    const auto problem = check(field, scalar);
    EXPECT_FALSE(problem.has_value())
        << path << ": " << (problem ? name_of(*problem) : "") << " " << value;
    EXPECT_FALSE(is_expired(field, kUntil)) << path;
    EXPECT_NE(field.privacy, PrivacyClass::kNever) << path;
  }
}

void check_report(const Contract& contract, const SimulatedReport& report) {
  const auto document = parse_json(report.body);
  ASSERT_TRUE(document.ok());
  EXPECT_EQ(report.sha256, sha256_hex(report.body));
  for (const auto& [key, value] : document->items()) {
    if (key != "candor") check_value(contract, contract.schema.root().member(key), value, key);
  }
}

TEST(Fleet, SameSeedAndUntilGiveTheSameBytes) {
  const auto contract = contract_of("stone");
  const FleetOptions options{7, 40, 5, kUntil};
  const auto bytes = all_bytes(fleet_of(contract, options));
  EXPECT_EQ(bytes, all_bytes(fleet_of(contract, options)));
  EXPECT_NE(bytes, all_bytes(fleet_of(contract, {8, 40, 5, kUntil})));
}

TEST(Fleet, OtherSpansAndSizesContainTheSameReports) {
  const auto contract = contract_of("stone");
  std::map<std::string, std::string> by_key;
  for (const auto& report : all_reports(fleet_of(contract, {7, 60, 12, kUntil + 3})))
    by_key[report.sha256] = report.body;
  const auto fewer = all_reports(fleet_of(contract, {7, 30, 4, kUntil}));
  EXPECT_GT(fewer.size(), 90u);
  for (const auto& report : fewer) EXPECT_TRUE(by_key.contains(report.sha256));
}

TEST(Fleet, EveryValueIsDeclaredAndWithinItsBounds) {
  for (const auto* product : {"stone", "mesh"}) {
    const auto contract = contract_of(product);
    // Days far apart, so that all releases and ages come up.
    for (const auto until : {kUntil, kUntil - 1500, kUntil + 1500}) {
      const auto reports = all_reports(fleet_of(contract, {11, 150, 1, until}));
      EXPECT_GT(reports.size(), 130u);
      for (const auto& report : reports) check_report(contract, report);
    }
  }
}

TEST(Fleet, NothingOfTheStoneModelIsUndeclared) {
  // keep_declared would hide it.
  const auto contract = contract_of("stone");
  const FleetKey key{3, key_of("stone")};
  const auto model = make_stone_model();
  for (std::uint32_t place = 0; place < 50; ++place) {
    const auto life = life_at(key, place, kUntil);
    if (!life) continue;
    auto observed = model->observe(key, *life, kUntil);
    const auto before = observed;
    EXPECT_THAT(keep_declared(contract, kUntil, observed), testing::ElementsAre("basic"));
    EXPECT_EQ(before, observed);
  }
}

TEST(Fleet, HeaderSaysSimulatedAndNamesInstallationAndContract) {
  const auto contract = contract_of("stone");
  const auto fleet = fleet_of(contract, {7, 5, 1, kUntil});
  const auto planned = fleet.plan(kUntil - 1);
  ASSERT_FALSE(planned.empty());
  const auto report = fleet.make_report(planned.front());
  const auto header = (*parse_json(report.body))["candor"];
  EXPECT_EQ(header["simulated"], true);
  EXPECT_EQ(header["automation"], false);
  EXPECT_EQ(header["format"], 1);
  EXPECT_EQ(header["product"], "stone");
  EXPECT_EQ(header["contract"], contract.hash);
  EXPECT_EQ(header["installation"], report.installation);
  EXPECT_TRUE(is_uuid(report.installation));
  EXPECT_EQ(header["licence"], "sharing-1-0");
  EXPECT_EQ(header["channels"], Json::array({"basic"}));
  EXPECT_EQ(header["deletion"].get<std::string>().size(), 64u);
  EXPECT_EQ(parse_rfc3339(header["sealed_at"].get<std::string>()), planned.front().at);
}

TEST(Fleet, PlanIsInTimeOrderAndWithinItsDay) {
  const auto contract = contract_of("stone");
  const auto fleet = fleet_of(contract, {7, 200, 3, kUntil});
  std::uint64_t count = 0;
  for (auto day = fleet.first_day(); day < kUntil; ++day) {
    const auto plan = fleet.plan(day);
    count += plan.size();
    EXPECT_TRUE(std::ranges::is_sorted(plan, {}, &PlannedReport::at));
    for (const auto& planned : plan) EXPECT_EQ(day_of(planned.at), day);
  }
  EXPECT_EQ(count, fleet.count());
  EXPECT_GT(count, 3 * 200 * 9 / 10);
}

TEST(Fleet, SizesAreSkewedAndVersionsMixed) {
  const auto contract = contract_of("stone");
  std::vector<std::int64_t> osds;
  std::set<std::string> versions;
  for (const auto& report : all_reports(fleet_of(contract, {7, 500, 1, kUntil}))) {
    const auto document = *parse_json(report.body);
    osds.push_back(document["osd"]["count"].get<std::int64_t>());
    for (const auto& [version, count] : document["metadata"]["mon"]["ceph_version"].items())
      versions.insert(version.substr(0, 15));
    EXPECT_LE(document["usage"]["total_used_bytes"], document["usage"]["total_bytes"]);
    EXPECT_LE(document["hosts"]["num_with_osd"], document["osd"]["count"]);
  }
  std::ranges::sort(osds);
  EXPECT_LT(osds[osds.size() / 2], 25);
  EXPECT_GT(osds.back(), 900);
  EXPECT_GE(versions.size(), 4u);
}

TEST(Fleet, ClustersUpgradeInWavesAndNeverGoBack) {
  const FleetKey key{7, key_of("stone")};
  int upgrades = 0;
  int rolling = 0;
  for (std::uint32_t place = 0; place < 300; ++place) {
    const StoneRelease* known = nullptr;
    for (auto day = kUntil - 60; day < kUntil; ++day) {
      const auto life = life_at(key, place, day);
      if (!life || day == life->first_day) known = nullptr;
      if (!life) continue;
      const auto running = stone_release_on(key, *life, day);
      if (running.osds_done_per_mille < 1000) ++rolling;
      EXPECT_EQ(running.osds_done_per_mille == 1000, running.from == running.to);
      if (known != nullptr && running.to != known) {
        ++upgrades;
        EXPECT_EQ(running.from, known);
        EXPECT_GT(day_of(*parse_day(running.to->published)), day_of(*parse_day(known->published)));
      }
      known = running.to;
    }
  }
  EXPECT_GT(upgrades, 10);
  EXPECT_GE(rolling, upgrades);
}

TEST(Fleet, InstallationsAppearAndDisappear) {
  const auto contract = contract_of("mesh");
  const auto of_day = [&](std::int64_t until) {
    std::set<std::string> installations;
    for (const auto& report : all_reports(fleet_of(contract, {7, 400, 7, until})))
      installations.insert(report.installation);
    return installations;
  };
  const auto before = of_day(kUntil - 30);
  const auto after = of_day(kUntil);
  std::vector<std::string> stayed;
  std::ranges::set_intersection(before, after, std::back_inserter(stayed));
  EXPECT_LT(stayed.size(), after.size());
  EXPECT_LT(stayed.size(), before.size());
  EXPECT_GT(stayed.size(), after.size() * 8 / 10);
}

TEST(Fleet, AnyContractHasAFleetWithinItsBounds) {
  const auto contract = parse_contract(R"(candor = 1
[product]
name = "plants"
contact = "someone@plants.example"
[[channel]]
name = "garden"
about = "What grows."
default = true
fields = [
  { path = "beds[].plants", type = "integer", min = 3, max = 40, about = "a" },
  { path = "beds[].names.*", type = "number", min = -5, max = -1, about = "a" },
  { path = "soil", type = "string", values = ["sand", "clay"], about = "a" },
  { path = "owner", type = "string", class = "keyed", about = "a" },
  { path = "tool", type = "string", class = "hashed", about = "a" },
  { path = "secret", type = "string", class = "never", about = "a" },
  { path = "old", type = "boolean", expires = "2020-01-01", about = "a" },
  { path = "code", type = "string", max_length = 3, about = "a" },
  { path = "since", type = "timestamp", about = "a" },
]
[[channel]]
name = "cellar"
about = "What is below."
fields = [{ path = "bottles", type = "integer", about = "a" }]
)",
                                       "plants.toml");
  ASSERT_TRUE(contract.ok()) << contract.error().message;
  const auto reports = all_reports(fleet_of(*contract, {7, 100, 2, kUntil}));
  EXPECT_GT(reports.size(), 150u);
  for (const auto& report : reports) {
    check_report(*contract, report);
    const auto document = *parse_json(report.body);
    EXPECT_FALSE(document.contains("secret"));
    EXPECT_FALSE(document.contains("old"));
    EXPECT_FALSE(document.contains("bottles"));
    EXPECT_EQ(document["candor"]["channels"], Json::array({"garden"}));
    EXPECT_FALSE(document["candor"].contains("licence"));
  }
}

TEST(Fleet, OptionsOutsideTheirLimitsAreRefused) {
  const auto contract = contract_of("mesh");
  for (const FleetOptions options :
       {FleetOptions{1, 0, 1, kUntil}, FleetOptions{1, 1, 0, kUntil}, FleetOptions{1, 1, 5, 4},
        FleetOptions{1, 2'000'000, 1, kUntil}}) {
    const auto fleet = Fleet::make(contract, options);
    ASSERT_FALSE(fleet.ok());
    EXPECT_EQ(fleet.error().kind, ErrorKind::kUsage);
  }
}

TEST(Dice, GivesTheDocumentedSequence) {
  // So that a change of the generator, which changes every fleet, is noticed.
  EXPECT_EQ(Dice({}).next(), 0xE220A8397B1DCDAFu);  // splitmix64 of state 0
  EXPECT_EQ(Dice({7, 1}).uuid(), Dice({7, 1}).uuid());
  EXPECT_TRUE(is_uuid(Dice({7, 1}).uuid()));
  EXPECT_EQ(Dice({7, 1}).uuid()[14], '4');
}

TEST(Dice, StaysWithinWhatWasAskedFor) {
  Dice dice({1});
  constexpr std::array<Quantile, 3> kDistribution = {{{0, 10}, {500'000, 20}, {1'000'000, 1000}}};
  int small = 0;
  for (int i = 0; i < 10'000; ++i) {
    const auto value = dice.pick(kDistribution);
    ASSERT_GE(value, 10);
    ASSERT_LE(value, 1000);
    small += value <= 20 ? 1 : 0;
    const auto between = dice.between(-3, 3);
    ASSERT_TRUE(between >= -3 && between <= 3);
  }
  EXPECT_NEAR(small, 5'000, 300);
}

}  // namespace
}  // namespace candor
