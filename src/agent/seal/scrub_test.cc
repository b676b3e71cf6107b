#include "agent/seal/scrub.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "agent/seal/spellings.h"
#include "base/digest.h"
#include "base/files.h"

namespace candor {
namespace {

Json fixture(const std::string& name) {
  const Path file = Path(CANDOR_TEST_SOURCE_DIR) / "src/agent/seal/testdata/smart" / name;
  return *parse_json(*read_file(file));
}

const std::vector<std::string> kHosts = {"canaryhost.example.net"};

// Letters and digits of the whole document, so that no way of writing hides anything.
std::string all_of(const Json& json) { return squeezed(to_line(json)); }

void expect_none(const Json& clean, const std::vector<std::string>& canaries) {
  EXPECT_EQ(to_line(clean).find("/dev/"), std::string::npos) << to_pretty(clean);
  for (const auto& canary : canaries) {
    EXPECT_EQ(all_of(clean).find(squeezed(canary)), std::string::npos) << canary << "\n"
                                                                       << to_pretty(clean);
  }
}

TEST(ScrubTest, NothingThatNamesAnAtaDriveIsLeft) {
  const auto clean = scrub(fixture("ata.json"), kHosts);
  expect_none(clean, {"ZC1ABK7Q", "CZA1KBQ7", "Q7KBA1CZ", to_hex("ZC1ABK7Q"), to_hex("CZA1KBQ7"),
                      "5000c500a1b2c3d4", "5000c500a1b2c3d5", "a1b2c3d4", "2712847316",
                      "5764824129047876564", "canaryhost", "asctime", "argv", "platform"});
  EXPECT_EQ(clean["serial_number"], kDeleted);
  EXPECT_FALSE(clean.contains("wwn"));
  EXPECT_FALSE(clean.contains("json_format_version"));
  EXPECT_EQ(clean["device"], Json({{"type", "sat"}, {"protocol", "ATA"}}));
  EXPECT_EQ(clean["local_time"], Json({{"time_t", 1795219200}}));
  EXPECT_EQ(clean["seagate_farm_log"]["page_1_drive_information"]["assembly_words"], kDeleted);
  EXPECT_EQ(clean["seagate_farm_log"]["page_1_drive_information"]["head"],
            Json({{"drive_deleted", 3}}));
  EXPECT_EQ(clean["vendor_dump"]["note"], "unit deleted at deleted");
}

TEST(ScrubTest, FiguresOfADriveStay) {
  const auto before = fixture("ata.json");
  const auto clean = scrub(before, kHosts);
  for (const auto* key :
       {"model_name", "user_capacity", "power_on_time", "temperature", "ata_smart_error_log",
        "ata_smart_self_test_log", "ata_device_statistics", "interface_speed"}) {
    EXPECT_EQ(clean[key], before[key]) << key;
  }
  for (std::size_t i = 0; i < 4; ++i) {
    EXPECT_EQ(clean["ata_smart_attributes"]["table"][i],
              before["ata_smart_attributes"]["table"][i]);
  }
  for (const auto* key : {"nvme_smart_health_information_log", "nvme_self_test_log"})
    EXPECT_EQ(scrub(fixture("nvme.json"), kHosts)[key], fixture("nvme.json")[key]) << key;
  for (const auto* key : {"scsi_error_counter_log", "scsi_start_stop_cycle_counter"})
    EXPECT_EQ(scrub(fixture("scsi.json"), kHosts)[key], fixture("scsi.json")[key]) << key;
}

TEST(ScrubTest, NothingThatNamesAnNvmeDriveIsLeft) {
  const auto clean = scrub(fixture("nvme.json"), kHosts);
  expect_none(clean, {"S4EWNX0R512347", "0025380a38415b20", "0a38415b20", "43893414688",
                      "36344630525123470025384100000001", "nqn.2014", "canaryhost"});
  EXPECT_EQ(clean["vendor_raw"], kDeleted);
  EXPECT_FALSE(clean["nvme_namespaces"][0].contains("eui64"));
  EXPECT_EQ(clean["nvme_namespaces"][0]["formatted_lba_size"], 512);
}

TEST(ScrubTest, NothingThatNamesAScsiDriveOrItsPortsIsLeft) {
  const auto clean = scrub(fixture("scsi.json"), kHosts);
  expect_none(clean, {"ZA1DKJT10000C8501FGX", "5000c500ae3f1c2b", "5000c500ae3f1c29",
                      "5000c500ae3f1c2a", "5003048001c1043f", "ae3f1c2"});
  EXPECT_FALSE(clean["scsi_sas_port_0"]["phy_0"].contains("sas_address"));
  EXPECT_EQ(clean["scsi_sas_port_0"]["phy_0"]["attached_phy_identifier"], 3);
  EXPECT_EQ(clean["scsi_vpd_numbers"], Json::array({"deleted", "deleted"}));
}

TEST(ScrubTest, OneDriveTellsNothingOfAnother) {
  Json drive = fixture("scsi.json");
  drive["note"] = "mirror of ZC1ABK7Q, wwn-0x5000c500a1b2c3d4";
  const auto clean = scrub(drive, kHosts, {names_of(fixture("ata.json"))});
  expect_none(clean, {"ZC1ABK7Q", "5000c500a1b2c3d4"});
}

TEST(ScrubTest, AShortSerialNumberDoesNotDeleteFigures) {
  const Json drive = {{"serial_number", "31"}, {"note", "unit 31, 3100 hours"}, {"hours", 31}};
  const auto clean = scrub(drive, {});
  EXPECT_EQ(clean["note"], "unit deleted, 3100 hours");
  EXPECT_EQ(clean["hours"], 31);
}

TEST(ScrubTest, WhatIsNoDocumentIsEmpty) {
  for (const auto* text : {"[]", "3", "null", "\"ZC1ABK7Q\""})
    EXPECT_EQ(scrub(*parse_json(text), {}), Json::object());
  EXPECT_EQ(scrub(Json{{"device", 3}, {"smartctl", "x"}, {"local_time", Json::array()}}, {}),
            Json({{"device", 3}, {"smartctl", "x"}}));
}

// Plants a serial number at random, in random spellings, and looks for it.
TEST(ScrubTest, NoSerialNumberSurvives) {
  std::mt19937_64 random(20261121);
  const auto pick = [&](std::size_t n) { return static_cast<std::size_t>(random() % n); };
  const std::string kAlphabet = "ABCDEFGHJKLMNPQRSTUVWXYZ0123456789";
  for (int round = 0; round < 400; ++round) {
    std::string serial;
    for (std::size_t i = 0, length = 6 + pick(15); i < length; ++i)
      serial += kAlphabet[pick(kAlphabet.size())];
    const auto swap = [](std::string text) {
      if (text.size() % 2 == 1) text += ' ';
      for (std::size_t i = 0; i + 1 < text.size(); i += 2) std::swap(text[i], text[i + 1]);
      return text;
    };
    const auto lower = [](std::string text) {
      for (auto& c : text) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
      return text;
    };
    std::string padded = serial + std::string(20 - std::min<std::size_t>(20, serial.size()), ' ');
    const std::vector<std::string> spellings = {
        serial,         lower(serial),        swap(serial),       swap(padded),
        to_hex(serial), to_hex(swap(padded)), "x" + serial + "y", serial + "-7"};
    const auto& spelling = spellings[pick(spellings.size())];
    Json drive = fixture(std::vector<std::string>{"ata.json", "nvme.json", "scsi.json"}[pick(3)]);
    drive["serial_number"] = pick(2) == 0 ? serial : "   " + serial;
    // Somewhere in the document: walk down at random.
    Json* at = &drive;
    while (at->is_structured() && !at->empty() && pick(4) != 0) {
      auto next = at->begin();
      std::advance(next, static_cast<std::ptrdiff_t>(pick(at->size())));
      at = &*next;
    }
    if (at->is_object()) {
      (*at)[spelling] = "a key";
    } else if (at->is_array()) {
      at->push_back(spelling);
    } else {
      *at = "see " + spelling;
    }
    const auto clean = all_of(scrub(drive, {}));
    for (const auto& form : spellings)
      ASSERT_EQ(clean.find(squeezed(form)), std::string::npos) << serial << " as " << form;
  }
}

}  // namespace
}  // namespace candor
