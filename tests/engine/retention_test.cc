// What is past its time, asked of the real engine.
#include "server/load/retention.h"

#include <fmt/format.h>

#include "contract/catalogue.h"
#include "engine_process.h"
#include "server/load/erase.h"
#include "server/load/limits.h"
#include "server/load/schema.h"

namespace candor {
namespace {

constexpr std::int64_t kToday = 20'000;
constexpr int kKept = 30;

class Retention : public EngineTest {
 protected:
  void SetUp() override {
    EngineTest::SetUp();
    if (IsSkipped()) return;
    const auto made = make_tables(client_now());
    ASSERT_TRUE(made.ok()) << made.error().message;
  }

  void row(std::string_view table, std::string_view product, std::int64_t day) {
    execute(fmt::format("INSERT INTO candor.{} (product, day) VALUES ('{}', '{}')", table, product,
                        format_day(day)));
  }

  // The days that are left of a product, oldest first.
  std::string days(std::string_view table, std::string_view product) {
    const auto rows = client_now().query(
        fmt::format("SELECT DISTINCT toUInt16(day) AS d FROM candor.{} WHERE product = '{}' ORDER "
                    "BY d",
                    table, product));
    if (!rows.ok()) return rows.error().message;
    std::string text;
    for (std::size_t i = 0; i < rows->size(); ++i) text += fmt::format("{} ", rows->count(i, 0));
    return text;
  }

  void drop() {
    auto contract = parse_contract(fmt::format(R"(candor = 1
[product]
name = "p"
contact = "c@example.com"
accepts = ["native"]
retention = "{}d"
[[channel]]
name = "basic"
about = "Basics."
owner = "o"
fields = [{{ path = "n", type = "integer", about = "N." }}]
)",
                                               kKept),
                                   "p.toml");
    ASSERT_TRUE(contract.ok()) << contract.error().message;
    const auto catalogue = Catalogue::open(
        {{std::make_shared<const Contract>(*std::move(contract)), {}, false}}, archive_.path());
    ASSERT_TRUE(catalogue.ok()) << catalogue.error().message;
    const auto now = from_unix_millis(kToday * Millis(std::chrono::days(1)).count());
    const auto dropped = drop_expired(client_now(), *catalogue, now);
    ASSERT_TRUE(dropped.ok()) << dropped.error().message;
    const auto waited = wait_for_mutations(client_now(), {});
    ASSERT_TRUE(waited.ok()) << waited.error().message;
  }

  TemporaryFolder archive_;
};

TEST_F(Retention, RowsGoByTheirDayAndThoseOfOtherProductsStay) {
  const auto last = kToday - kKept;
  for (const auto table : kTablesWithRetention) {
    row(table, "p", last - 1);
    row(table, "other", last - 1);
  }
  drop();
  for (const auto table : kTablesWithRetention) {
    EXPECT_EQ(days(table, "p"), "") << table;
    EXPECT_EQ(days(table, "other"), fmt::format("{} ", last - 1)) << table;
  }
  for (const auto table : kTablesWithRetention) row(table, "p", last);
  drop();
  for (const auto table : kTablesWithRetention)
    EXPECT_EQ(days(table, "p"), fmt::format("{} ", last)) << table;
}

TEST_F(Retention, InstallationsGoThatSentNothingSince) {
  const auto millis = Millis(std::chrono::days(1)).count();
  for (const auto day : {kToday - kKept - 1, kToday - kKept}) {
    execute(
        fmt::format("INSERT INTO candor.report_values SELECT 'p', 0, '', '{}', 'i{}', 0, {}, 1, 1, "
                    "''",
                    format_day(day), day, day * millis));
  }
  drop();
  EXPECT_EQ(count("SELECT count() FROM candor.installations"), 1u);
  EXPECT_EQ(count(fmt::format("SELECT count() FROM candor.installations WHERE installation = 'i{}'",
                              kToday - kKept)),
            1u);
}

TEST_F(Retention, QuarantineGoesByTheWeekAndCountsStay) {
  for (const auto day : {kToday - kQuarantineDays - 1, kToday - kQuarantineDays})
    row("quarantine", "p", day);
  // Rows of nothing would be summed away.
  for (const auto* table : {"drops", "accounting"})
    execute(fmt::format("INSERT INTO candor.{} (product, day, count) VALUES ('p', '{}', 1)", table,
                        format_day(1)));
  drop();
  EXPECT_EQ(days("quarantine", "p"), fmt::format("{} ", kToday - kQuarantineDays));
  for (const auto* table : {"drops", "accounting"}) EXPECT_EQ(days(table, "p"), "1 ") << table;
}

}  // namespace
}  // namespace candor
