// Deleting an installation, asked of the real engine.
#include "server/load/erase.h"

#include <fmt/format.h>

#include "base/digest.h"
#include "contract/deletion.h"
#include "engine_process.h"
#include "server/load/schema.h"

namespace candor {
namespace {

class Erase : public EngineTest {
 protected:
  void SetUp() override {
    EngineTest::SetUp();
    if (IsSkipped()) return;
    const auto made = make_tables(client_now());
    ASSERT_TRUE(made.ok()) << made.error().message;
  }

  // One report with a value out of bounds; those of different days are seconds apart.
  void report(std::string_view installation, std::string_view deletion, int day) {
    const auto version = day * 10'000;
    execute(
        fmt::format("INSERT INTO candor.reports SELECT 'stone', '2026-11-{:02}', 0, '{}', {}, "
                    "{}, 'native', 'c', 0, '{}', '{{}}'",
                    day, installation, version, version, deletion));
    execute(
        fmt::format("INSERT INTO candor.report_values SELECT 'stone', 0, '', '2026-11-{:02}', "
                    "'{}', 0, {}, 1, 1, ''",
                    day, installation, version));
    execute(
        fmt::format("INSERT INTO candor.quarantine (product, day, received, record, protocol, "
                    "installation, path, type, reason, value) SELECT 'stone', '2026-11-{:02}', "
                    "{}, {}, 'native', '{}', 'p', 't', 'r', 'v'",
                    day, version, version, installation));
    execute(
        fmt::format("INSERT INTO candor.crashes (product, installation, deletion, crash, day, "
                    "version) SELECT 'stone', '{}', '{}', 'c{}', '2026-11-{:02}', {}",
                    installation, deletion, version, day, version));
    execute(
        fmt::format("INSERT INTO candor.lookups SELECT 'stone', 'key', '{}', '{}', "
                    "'2026-11-{:02}', {}",
                    installation, deletion, day, version));
  }

  // An event of it and a sample, which carry no hash.
  void event_and_sample(std::string_view installation) {
    execute(
        fmt::format("INSERT INTO candor.events SELECT 'stone', 'e', '2026-11-01', 1, 'id', '{}', "
                    "1, 'segment', 'c', 1, 0, 0, '{{}}'",
                    installation));
    execute(
        fmt::format("INSERT INTO candor.runs SELECT 'stone', 'e', 'tap', '1', '2026-11-01', 1, 1, "
                    "1, -1, 0, '{}', 1",
                    installation));
    execute(
        fmt::format("INSERT INTO candor.daily_blocks SELECT 'stone', '', '2026-11-01', 'e', '', 1, "
                    "1, [sipHash64('{}')], 1",
                    installation));
    execute(
        fmt::format("INSERT INTO candor.series SELECT 'stone', 'up', cityHash64('{0}'), "
                    "'2026-11-01', '{{}}', '{0}', 'otlp', 'c', 1",
                    installation));
    execute(
        fmt::format("INSERT INTO candor.samples SELECT 'stone', 'up', cityHash64('{}'), "
                    "'2026-11-01', 1, 0, 1, 1",
                    installation));
  }

  void erase(const std::vector<std::string>& subjects) {
    const auto erased = erase_records(client_now(), subjects, {},
                                      [](std::string_view text) { return hash_of(text); });
    EXPECT_TRUE(erased.ok()) << erased.error().message;
  }

  static std::string hash_of(std::string_view installation) {
    return Hmac("the collector's").hex(installation);
  }

  std::uint64_t rows(std::string_view table, std::string_view installation) {
    return count(fmt::format("SELECT count() FROM candor.{} WHERE installation = '{}'", table,
                             installation));
  }

  std::uint64_t events_of(std::string_view installation) {
    const auto of = [&](std::string_view table) {
      return count(
          fmt::format("SELECT count() FROM candor.{} WHERE source = '{}'", table, installation));
    };
    EXPECT_EQ(of("runs"), of("events"));
    return of("events");
  }

  const std::string a_ = "aaaaaaaa-e38f-41b2-a723-aab344f535b9";
  const std::string b_ = "bbbbbbbb-e38f-41b2-a723-aab344f535b9";
  const std::string mine_ = sha256_hex("mine"), other_ = sha256_hex("other");
};

TEST_F(Erase, SamplesThatHaveTheInstallationAsAHashGoWithIt) {
  report(a_, mine_, 1);
  report(b_, other_, 1);
  event_and_sample(hash_of(a_));
  event_and_sample(hash_of(b_));
  erase({deletion_subject("stone", a_, mine_)});
  EXPECT_EQ(rows("series", hash_of(a_)), 0u);
  EXPECT_EQ(rows("series", hash_of(b_)), 1u);
  EXPECT_EQ(count("SELECT count() FROM candor.samples"), 1u);
}

TEST_F(Erase, WhatASecretCoversGoesFromEveryTable) {
  report(a_, mine_, 1);
  report(a_, mine_, 2);
  report(b_, other_, 1);
  event_and_sample(a_);
  event_and_sample(b_);
  const auto subject = deletion_subject("stone", a_, mine_);
  EXPECT_TRUE(*holds_records_of(client_now(), subject));
  EXPECT_FALSE(*holds_records_of(client_now(), deletion_subject("stone", a_, other_)));
  EXPECT_FALSE(*holds_records_of(client_now(), deletion_subject("mesh", a_, mine_)));
  erase({subject, deletion_subject("stone", b_, mine_)});
  EXPECT_FALSE(*holds_records_of(client_now(), subject));
  for (const auto table : kTablesOfInstallations) {
    EXPECT_EQ(rows(table, a_), 0u) << table;
    EXPECT_EQ(rows(table, b_), 1u) << table;
  }
  EXPECT_EQ(events_of(a_), 0u);
  EXPECT_EQ(events_of(b_), 1u);
  EXPECT_EQ(count("SELECT toUInt64(sumMerge(count)) FROM candor.daily"), 2u) << "counts stay";
  erase({subject});
  EXPECT_EQ(rows("reports", b_), 1u);
}

TEST_F(Erase, BesideOthersUnderOneIdentityOnlyItsOwnGo) {
  report(a_, "", 1);
  report(a_, mine_, 2);
  report(a_, mine_, 3);
  report(a_, other_, 4);
  event_and_sample(a_);
  erase({deletion_subject("stone", a_, mine_)});
  for (const auto* table : {"reports", "report_values", "quarantine", "crashes", "lookups"})
    EXPECT_EQ(rows(table, a_), 2u) << table;
  EXPECT_EQ(events_of(a_), 1u) << "nobody can say whose it is";
  EXPECT_EQ(rows("series", a_), 1u);
  EXPECT_EQ(count("SELECT count() FROM candor.samples"), 1u);
  EXPECT_EQ(count("SELECT minMerge(first) * 100 + maxMerge(last) FROM candor.installations"),
            1'040'000u);
  erase({deletion_subject("stone", a_, other_)});
  EXPECT_EQ(count("SELECT minMerge(first) * 100 + maxMerge(last) FROM candor.installations"),
            1'010'000u);
}

TEST_F(Erase, OneThatEndedHalfwayGoesOn) {
  report(a_, mine_, 1);
  execute("ALTER TABLE candor.report_values DELETE WHERE installation = '" + a_ + "'");
  kill_engine();
  erase({deletion_subject("stone", a_, mine_)});
  for (const auto table : kTablesOfInstallations) EXPECT_EQ(rows(table, a_), 0u) << table;
}

TEST_F(Erase, StatementsThatTheStoreKeepsNameNobody) {
  report(a_, mine_, 1);
  report(a_, other_, 2);
  erase({deletion_subject("stone", a_, mine_)});
  EXPECT_GE(count("SELECT count() FROM system.mutations"), 4u);
  EXPECT_EQ(count("SELECT count() FROM system.mutations WHERE command LIKE '%aaaaaaaa%'"), 0u);
}

TEST_F(Erase, AStopEndsTheWaitForOldFiles) {
  report(a_, mine_, 1);
  erase({deletion_subject("stone", a_, mine_)});
  std::stop_source stop;
  stop.request_stop();
  const auto waited = wait_for_replaced_files(client_now(), stop.get_token());
  ASSERT_FALSE(waited.ok());
  EXPECT_EQ(waited.error().kind, ErrorKind::kTryAgain);
}

}  // namespace
}  // namespace candor
