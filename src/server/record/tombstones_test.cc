#include "server/record/tombstones.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "base/digest.h"
#include "contract/deletion.h"

namespace candor {
namespace {

const std::string kInstallation = "70b28f00-e38f-41b2-a723-aab344f535b9";
const std::string kHash = sha256_hex("secret");
const std::string kSubject = deletion_subject("stone", kInstallation, kHash);
constexpr Instant kNow = from_unix_millis(1'795'248'000'000);  // 2026-11-21T08:00:00Z

class TombstonesTest : public testing::Test {
 protected:
  std::unique_ptr<Tombstones> open() {
    auto opened = Tombstones::open(folder_.path() / "forgotten");
    EXPECT_TRUE(opened.ok()) << opened.error().message;
    return *std::move(opened);
  }
  TemporaryFolder folder_;
};

TEST_F(TombstonesTest, CoverWhatCarriesTheSecretsHashAndNothingElse) {
  const auto tombstones = open();
  EXPECT_FALSE(tombstones->covers("stone", kInstallation, kHash));
  ASSERT_TRUE(tombstones->add(kSubject, kNow).ok());
  EXPECT_TRUE(tombstones->covers("stone", kInstallation, kHash));
  EXPECT_FALSE(tombstones->covers("stone", kInstallation, sha256_hex("another")));
  EXPECT_FALSE(tombstones->covers("stone", kInstallation, ""));
  EXPECT_FALSE(tombstones->covers("mesh", kInstallation, kHash));
  EXPECT_FALSE(tombstones->covers("stone", random_uuid(), kHash));
}

TEST_F(TombstonesTest, AreThereAfterARestartAndDoneOnlyWhenItWasSaid) {
  ASSERT_TRUE(open()->add(kSubject, kNow).ok());
  EXPECT_EQ(open()->deleting(), std::vector<std::string>{kSubject});
  ASSERT_TRUE(open()->finish(kSubject, kNow + Millis(5)).ok());
  const auto again = open();
  EXPECT_TRUE(again->covers("stone", kInstallation, kHash));
  EXPECT_TRUE(again->deleting().empty());
  EXPECT_TRUE(again->find(kSubject)->done);
  EXPECT_EQ(again->find(kSubject)->asked_at, kNow);
  EXPECT_EQ(again->find(kSubject)->deleted_at, kNow + Millis(5));
  ASSERT_TRUE(again->add(kSubject, kNow + Millis(9)).ok());
  EXPECT_EQ(again->find(kSubject)->asked_at, kNow) << "asked again, it is the one of then";
}

TEST_F(TombstonesTest, HoldNoInstallation) {
  ASSERT_TRUE(open()->add(kSubject, kNow).ok());
  ASSERT_TRUE(open()->finish(kSubject, kNow).ok());
  const auto file = folder_.path() / "forgotten" / (kSubject + ".json");
  EXPECT_EQ(*read_file(file),
            "{\"format\":1,\"state\":\"deleted\",\"asked_at\":\"2026-11-21T08:00:00Z\","
            "\"deleted_at\":\"2026-11-21T08:00:00Z\"}\n");
}

TEST_F(TombstonesTest, ADamagedOneStopsTheStart) {
  ASSERT_TRUE(open()->add(kSubject, kNow).ok());
  const auto folder = folder_.path() / "forgotten";
  ASSERT_TRUE(write_file(folder / "notes.txt", "not ours").ok());
  ASSERT_TRUE(write_file(folder / (kSubject + ".json"), "{").ok());
  const auto opened = Tombstones::open(folder);
  ASSERT_FALSE(opened.ok());
  EXPECT_EQ(opened.error().kind, ErrorKind::kBadData);
  EXPECT_NE(opened.error().message.find(kSubject), std::string::npos);
}

TEST_F(TombstonesTest, OfAnotherFormatStopsTheStart) {
  const auto folder = folder_.path() / "forgotten";
  ASSERT_TRUE(open()->add(kSubject, kNow).ok());
  for (const auto* format : {R"("format":2,)", R"("format":"1",)", ""}) {
    const auto text =
        fmt::format("{{{}\"state\":\"deleting\",\"asked_at\":\"2026-11-21T08:00:00Z\"}}", format);
    ASSERT_TRUE(write_file(folder / (kSubject + ".json"), text).ok());
    const auto opened = Tombstones::open(folder);
    ASSERT_FALSE(opened.ok()) << text;
    EXPECT_EQ(opened.error().kind, ErrorKind::kBadData);
  }
}

TEST_F(TombstonesTest, OfABackupAndOfTheFolderDeleteAgainAndKeepTheirTime) {
  const auto other = deletion_subject("stone", random_uuid(), kHash);
  ASSERT_TRUE(open()->add(kSubject, kNow).ok());
  ASSERT_TRUE(open()->finish(kSubject, kNow + Millis(5)).ok());
  const auto backup = folder_.path() / "backup";
  ASSERT_TRUE((*Tombstones::open(backup))->add(other, kNow).ok());
  const auto subjects = reopen_tombstones(backup, folder_.path() / "forgotten");
  ASSERT_TRUE(subjects.ok());
  EXPECT_EQ(subjects->size(), 2u);
  const auto all = open();
  EXPECT_EQ(all->deleting().size(), 2u);
  ASSERT_TRUE(all->finish(kSubject, kNow + Millis(99)).ok());
  EXPECT_EQ(all->find(kSubject)->deleted_at, kNow + Millis(5));
  EXPECT_TRUE(reopen_tombstones(folder_.path() / "none", folder_.path() / "new").ok());
}

}  // namespace
}  // namespace candor
