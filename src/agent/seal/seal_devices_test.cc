#include "agent/seal/seal_devices.h"

#include <gtest/gtest.h>

#include "agent/seal/identity.h"
#include "agent/seal/spellings.h"
#include "base/digest.h"
#include "base/files.h"

namespace candor {
namespace {

Json fixture(const std::string& name) {
  const Path file = Path(CANDOR_TEST_SOURCE_DIR) / "src/agent/seal/testdata/smart" / name;
  return *parse_json(*read_file(file));
}

class SealDevicesTest : public ::testing::Test {
 protected:
  SealDevicesTest()
      : contract_(*read_contract(Path(CANDOR_TEST_SOURCE_DIR) / "contracts/stone.toml")) {}

  Result<SealedDevices> make() {
    const auto fields = fields_.value_or(ConsentedFields::all_of(contract_));
    return seal_devices({drives_, {"canaryhost.example.net"}},
                        {contract_, fields, channels_, identity_, now_, "candor test"});
  }
  Json document() {
    auto sealed = make();
    EXPECT_TRUE(sealed.ok()) << sealed.error().message;
    return sealed.ok() ? *parse_json(sealed->report.bytes()) : Json::object();
  }
  // The sample of the drive whose name starts so.
  Json sample(const Json& document, std::string_view start) {
    for (const auto& [name, samples] : document["devices"].items()) {
      if (name.starts_with(start)) return *samples.begin();
    }
    ADD_FAILURE() << "no " << start << " in " << to_pretty(document);
    return Json::object();
  }

  Contract contract_;
  std::vector<Json> drives_ = {fixture("ata.json"), fixture("nvme.json"), fixture("scsi.json")};
  DeviceIdentity identity_ = make_device_identity();
  ChannelSet channels_ = {"device"};
  std::optional<ConsentedFields> fields_;
  Instant now_ = *parse_rfc3339("2026-11-21T11:04:05.678Z");
};

TEST_F(SealDevicesTest, TheHeaderNamesNoInstallationAndNoTime) {
  const auto json = document();
  EXPECT_EQ(json["candor"], Json({{"format", 1},
                                  {"kind", "device"},
                                  {"product", "stone"},
                                  {"contract", contract_.hash},
                                  {"licence", "sharing-1-0"},
                                  {"agent", "candor test"}}));
  EXPECT_EQ(json.size(), 2u);
  EXPECT_EQ(to_line(json).find("11:04"), std::string::npos);
  EXPECT_EQ(to_line(json).find("1104"), std::string::npos);
}

TEST_F(SealDevicesTest, DrivesHaveRandomNamesAndTheDayAsStamp) {
  const auto json = document();
  ASSERT_EQ(json["devices"].size(), 3u);
  std::vector<std::string> starts;
  for (const auto& [name, samples] : json["devices"].items()) {
    EXPECT_TRUE(is_uuid(name.substr(name.size() - 36))) << name;
    EXPECT_EQ(name[name.size() - 22], '4') << name;
    starts.push_back(name.substr(0, name.size() - 37));
    ASSERT_EQ(samples.size(), 1u);
    EXPECT_EQ(samples.begin().key(), "20261121-000000");
    EXPECT_EQ((*samples.begin())["host_id"], identity_.host());
  }
  EXPECT_EQ(starts, (std::vector<std::string>{"ST4000NM0035-1V4107", "Samsung_SSD_970_EVO_Plus_1TB",
                                              "SEAGATE_ST8000NM0075"}));
  EXPECT_EQ(document(), json) << "the same drives have the same names";
  identity_ = make_device_identity();
  EXPECT_NE(document()["devices"].begin().key(), json["devices"].begin().key());
}

TEST_F(SealDevicesTest, WhatAVendorNeedsIsThere) {
  const auto json = document();
  const auto ata = sample(json, "ST4000");
  EXPECT_EQ(ata["ata_smart_attributes"]["table"].size(), 6u);
  EXPECT_EQ(ata["ata_smart_attributes"]["table"][1]["name"], "Reallocated_Sector_Ct");
  EXPECT_EQ(ata["ata_smart_attributes"]["table"][1]["raw"]["value"], 3);
  EXPECT_EQ(ata["power_on_time"]["hours"], 33674);
  EXPECT_EQ(ata["ata_smart_error_log"]["extended"]["count"], 1);
  EXPECT_EQ(ata["ata_smart_self_test_log"]["extended"]["table"][0]["lifetime_hours"], 33501);
  EXPECT_EQ(ata["ata_device_statistics"]["pages"][0]["table"][1]["value"], 91283746551);
  const auto nvme = sample(json, "Samsung");
  EXPECT_EQ(nvme["nvme_smart_health_information_log"]["unsafe_shutdowns"], 41);
  EXPECT_EQ(nvme["nvme_smart_health_information_log"]["temperature_sensors"], Json({37, 44}));
  EXPECT_EQ(nvme["endurance_used"]["current_percent"], 4);
  EXPECT_EQ(nvme["nvme_error_information_log"]["unread"], 0);
  const auto scsi = sample(json, "SEAGATE");
  EXPECT_EQ(scsi["scsi_error_counter_log"]["read"]["total_errors_corrected"], 3421765214);
  EXPECT_EQ(scsi["scsi_start_stop_cycle_counter"]["accumulated_start_stop_cycles"], 42);
  EXPECT_EQ(scsi["temperature"]["drive_trip"], 60);
}

TEST_F(SealDevicesTest, NothingThatNamesADriveOrTheMachineIsThere) {
  const auto text = squeezed(make()->report.bytes());
  for (const auto* canary :
       {"ZC1ABK7Q", "CZA1KBQ7", "S4EWNX0R512347", "ZA1DKJT10000C8501FGX", "5000c500a1b2c3d4",
        "a1b2c3d4", "0025380a38415b20", "5000c500ae3f1c2b", "5003048001c1043f", "canaryhost",
        "serialnumber", "utilization", "argv", "attachedsas"}) {
    EXPECT_EQ(text.find(squeezed(canary)), std::string::npos) << canary;
  }
}

TEST_F(SealDevicesTest, NothingOfTheInstallationsKeyIsUsed) {
  const auto installation = make_identity(std::nullopt, now_);
  const Hmac keyed(installation.key);
  const auto text = make()->report.bytes();
  for (const auto* value : {"ZC1ABK7Q", "candor host 1", "canaryhost"})
    EXPECT_EQ(text.find(keyed.hex(value).substr(0, 8)), std::string::npos);
  EXPECT_EQ(text.find(installation.installation), std::string::npos);
}

TEST_F(SealDevicesTest, OnlyAgreedFieldsOfChannelsThatAreOnLeave) {
  channels_ = {"basic", "crash"};
  const auto off = make();
  ASSERT_FALSE(off.ok());
  EXPECT_EQ(off.error().kind, ErrorKind::kNothing);
}

TEST_F(SealDevicesTest, NoDrivesNoReport) {
  drives_ = {};
  EXPECT_EQ(make().error().kind, ErrorKind::kNothing);
  drives_ = {Json{{"unknown", 3}}};
  EXPECT_EQ(make().error().kind, ErrorKind::kNothing);
}

TEST_F(SealDevicesTest, AReportMayLeaveWhileItsChannelIsOn) {
  const auto bytes = make()->report.bytes();
  EXPECT_TRUE(devices_may_still_leave(bytes, contract_, {"device", "basic"}));
  EXPECT_FALSE(devices_may_still_leave(bytes, contract_, {"basic"}));
  auto other = *parse_json(bytes);
  other["candor"]["product"] = "mesh";
  EXPECT_FALSE(devices_may_still_leave(to_line(other), contract_, {"device"}));
  EXPECT_FALSE(devices_may_still_leave("{}", contract_, {"device"}));
}

TEST_F(SealDevicesTest, TheKeyIsAFileOfItsOwn) {
  const TemporaryFolder folder;
  const StateFolder devices(folder.path() / "devices");
  EXPECT_EQ(read_device_identity(devices).error().kind, ErrorKind::kNotFound);
  ASSERT_TRUE(write_device_identity(devices, identity_).ok());
  EXPECT_EQ(read_device_identity(devices)->key(), identity_.key());
  ASSERT_TRUE(devices.write("key", "short\n").ok());
  EXPECT_EQ(read_device_identity(devices).error().kind, ErrorKind::kBadData);
}

}  // namespace
}  // namespace candor
