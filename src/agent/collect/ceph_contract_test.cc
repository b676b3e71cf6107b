// What the collector reports and what the original modules report is declared in
// contracts/stone.toml.
#include <gtest/gtest.h>

#include <map>
#include <string>
#include <variant>
#include <vector>

#include "agent/collect/ceph.h"
#include "base/files.h"
#include "base/json.h"
#include "contract/check.h"
#include "contract/contract.h"
#include "contract/insight.h"
#include "contract/lint.h"

namespace candor {
namespace {

const std::string kSource = CANDOR_TEST_SOURCE_DIR;

Contract stone() {
  auto contract = read_contract(kSource + "/contracts/stone.toml");
  EXPECT_TRUE(contract.ok()) << (contract.ok() ? "" : contract.error().message);
  return contract.ok() ? *std::move(contract) : Contract();
}

Json recorded(const std::string& name) {
  auto text = read_file(kSource + "/src/agent/collect/testdata/ceph/" + name + ".json", 1 << 20);
  EXPECT_TRUE(text.ok()) << name;
  auto json = text.ok() ? parse_json(*text) : Result<Json>(Json());
  EXPECT_TRUE(json.ok()) << name;
  return json.ok() ? *json : Json();
}

Scalar scalar(const Json& json) {
  if (json.is_boolean()) return json.get<bool>();
  if (json.is_number_unsigned()) return json.get<std::uint64_t>();
  if (json.is_number_integer()) return json.get<std::int64_t>();
  if (json.is_number()) return json.get<double>();
  if (json.is_string()) return std::string_view(json.get_ref<const std::string&>());
  return nullptr;
}

// Every value that the contract would not let through, as "path: reason".
void refused(const Contract& contract, const Schema::Node* node, const Json& json,
             const std::string& path, std::vector<std::string>& into) {
  if (node == nullptr) {
    into.push_back(path + ": undeclared");
  } else if (json.is_object()) {
    for (const auto& [key, value] : json.items()) {
      refused(contract, node->member(key), value, path + "." + key, into);
    }
  } else if (json.is_array()) {
    for (const auto& value : json) {
      refused(contract, node->element.get(), value, path + "[]", into);
    }
  } else if (!node->field) {
    into.push_back(path + ": undeclared");
  } else if (const auto problem = check(contract.fields[*node->field], scalar(json))) {
    into.push_back(path + ": " + std::string(name_of(*problem)));
  }
}

std::vector<std::string> refused(const Contract& contract, const Json& report) {
  std::vector<std::string> result;
  refused(contract, &contract.schema.root(), report, "", result);
  return result;
}

TEST(StoneContract, HasNothingThatLintFindsButWhatSmartctlNames) {
  const auto contract = stone();
  std::vector<std::string> found;
  for (const auto& finding : lint(contract, 20'000))
    found.push_back(finding.message.substr(0, finding.message.find(' ')));
  // From tables of smartctl's own and the standards'; nobody types them.
  EXPECT_EQ(found, (std::vector<std::string>{
                       "devices.*.*.form_factor.name", "devices.*.*.scsi_transport_protocol.name",
                       "devices.*.*.ata_smart_attributes.table[].name",
                       "devices.*.*.ata_device_statistics.pages[].name",
                       "devices.*.*.ata_device_statistics.pages[].table[].name",
                       "devices.*.*.sata_phy_event_counters.table[].name"}));
}

TEST(StoneContract, ChannelsAreThoseOfTheModuleWithItsDefaults) {
  const auto contract = stone();
  ASSERT_EQ(contract.channels.size(), 4u);
  for (const auto name : {"basic", "crash", "device"}) {
    ASSERT_NE(contract.channel(name), nullptr) << name;
    EXPECT_TRUE(contract.channel(name)->on_by_default) << name;
  }
  ASSERT_NE(contract.channel("ident"), nullptr);
  EXPECT_FALSE(contract.channel("ident")->on_by_default);
}

TEST(StoneContract, DeclaresEveryValueOfTheCollectorsReport) {
  EXPECT_EQ(refused(stone(), recorded("golden_report")), std::vector<std::string>());
}

TEST(StoneContract, DeclaresEveryValueOfTheModulesReports) {
  const auto contract = stone();
  EXPECT_EQ(refused(contract, recorded("module_report")), std::vector<std::string>());
  EXPECT_EQ(refused(contract, recorded("module_report_18")), std::vector<std::string>());
}

TEST(StoneContract, OfOldReportsOnlyWhatTheCollectorSpellsAnewIsRefused) {
  EXPECT_EQ(refused(stone(), recorded("module_report_14")),
            (std::vector<std::string>{".pools[].type: wrong_type", ".usage.pg_num:: undeclared"}));
}

TEST(StoneContract, AHostsNameInACrashIsNeverKept) {
  const auto json = Json::parse(R"({"crashes":[{"utsname_hostname":"h","process_name":"ceph-osd"}],
      "rgw":{"summary":"h"},"metadata":{"osd":{"hostname":{"h":1}}}})");
  const std::vector<std::string> expected = {".crashes[].utsname_hostname: never",
                                             ".rgw.summary: never",
                                             ".metadata.osd.hostname: undeclared"};
  EXPECT_EQ(refused(stone(), json), expected);
}

TEST(StoneContract, ADeviceReportIsDeclaredUnderDevicesWithoutSerialNumbers) {
  const auto json = Json::parse(R"({"devices":{"ACME_X1_0a0b":{"20260102-030405":{
      "host_id":"0a0b0c0d","model_name":"X1","serial_number":"deleted","user_capacity":{"bytes":1},
      "ata_smart_attributes":{"table":[{"id":5,"value":100,"raw":{"value":0,"string":"0"}}]},
      "nvme_smart_health_information_log":{"percentage_used":3,"temperature_sensors":[30,31]}}}}})");
  EXPECT_EQ(refused(stone(), json),
            std::vector<std::string>{".devices.ACME_X1_0a0b.20260102-030405.serial_number: never"});
}

TEST(StoneContract, FiguresOfARecordedClusterAreItsOwn) {
  const auto contract = stone();
  const auto report = recorded("golden_report");
  auto values = InsightReader(contract).read(report.dump());
  ASSERT_TRUE(values.ok());
  std::map<std::string, InsightValue> by_name;
  for (std::size_t i = 0; i < values->size(); ++i) {
    EXPECT_TRUE((*values)[i].present) << contract.insights[i].name;
    by_name[contract.insights[i].name] = (*values)[i];
  }
  EXPECT_EQ(by_name["osd_count"].number, report["osd"]["count"].get<double>());
  EXPECT_EQ(by_name["capacity_bytes"].number, report["usage"]["total_bytes"].get<double>());
  EXPECT_EQ(by_name["used_bytes"].number, report["usage"]["total_used_bytes"].get<double>());
  EXPECT_EQ(by_name["mgr_count"].number, 2);
  EXPECT_EQ(by_name["version"].text, "16.2.15");
}

}  // namespace
}  // namespace candor
