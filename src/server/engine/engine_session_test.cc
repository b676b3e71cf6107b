#include "server/engine/engine_session.h"

#include <gtest/gtest.h>

namespace candor {
namespace {

// What the storage was asked, over all its connections.
struct Storage {
  std::vector<std::string> asked;
  std::string refused;  // the statement that fails
  int opened = 0;
  int open = 0;
};

class FakeConnection final : public ChdbConnection {
 public:
  explicit FakeConnection(Storage& storage) : storage_(storage) {
    ++storage_.opened;
    ++storage_.open;
  }
  ~FakeConnection() override { --storage_.open; }

  Result<std::string> query(std::string_view sql, std::string_view format) override {
    storage_.asked.push_back(std::string(sql));
    if (sql == storage_.refused) return Error{ErrorKind::kBadData, "Code: 36. DB::Exception: no"};
    return "answer in " + std::string(format);
  }
  Result<std::uint64_t> insert(std::string_view statement, std::string_view format,
                               std::string_view rows) override {
    storage_.asked.push_back(std::string(statement) + "|" + std::string(format) + "|" +
                             std::string(rows));
    return 1;
  }

 private:
  Storage& storage_;
};

struct EngineSessionTest : testing::Test {
  EngineSession open() {
    return *EngineSession::open(
        [this]() -> Result<std::unique_ptr<ChdbConnection>> {
          return std::unique_ptr<ChdbConnection>(std::make_unique<FakeConnection>(storage));
        },
        {{"max_threads", "2"}});
  }
  static EngineRequest ask(std::string sql) {
    EngineRequest request;
    request.sql = std::move(sql);
    request.format = "TSV";
    request.database = "default";
    return request;
  }
  Storage storage;
};

TEST_F(EngineSessionTest, SettingsAreSetBeforeAndTakenBackAfter) {
  EngineSession session = open();
  EngineRequest request = ask("SELECT 1");
  request.settings = {{"max_threads", "7"}, {"insert_deduplication_token", "x"}};
  EXPECT_EQ(session.answer(request).body, "answer in TSV");
  EXPECT_EQ(storage.asked,
            (std::vector<std::string>{
                "SET max_threads = '7', insert_deduplication_token = 'x'", "SELECT 1",
                "SET max_threads = '2', insert_deduplication_token = DEFAULT"}));
  EXPECT_EQ(storage.opened, 1);
}

TEST_F(EngineSessionTest, TheDatabaseIsChangedOnlyWhenAnotherIsAskedFor) {
  EngineSession session = open();
  EngineRequest request = ask("SELECT 1");
  request.database = "candor";
  session.answer(request);
  session.answer(request);
  EXPECT_EQ(storage.asked, (std::vector<std::string>{"USE `candor`", "SELECT 1", "SELECT 1"}));
}

TEST_F(EngineSessionTest, ARefusedDatabaseIsNotTheCurrentOne) {
  EngineSession session = open();
  storage.refused = "USE `candor`";
  EngineRequest request = ask("SELECT 1");
  request.database = "candor";
  EXPECT_EQ(session.answer(request).status, 400);
  EXPECT_EQ(session.answer(ask("SELECT 2")).status, 200);
  EXPECT_EQ(storage.asked, (std::vector<std::string>{"USE `candor`", "SELECT 2"}));
}

TEST_F(EngineSessionTest, ASpoiledConnectionIsReplacedAndTheOldOneClosedLast) {
  EngineSession session = open();
  EngineRequest request = ask("SET a = 1");
  request.changes_session = true;
  EXPECT_EQ(session.answer(request).status, 200);
  EXPECT_EQ(storage.opened, 2);
  EXPECT_EQ(storage.open, 1);
}

TEST_F(EngineSessionTest, ARefusedSettingReplacesTheConnection) {
  EngineSession session = open();
  storage.refused = "SET nosuch = '1'";
  EngineRequest request = ask("SELECT 1");
  request.settings = {{"nosuch", "1"}};
  EXPECT_EQ(session.answer(request).status, 400);
  EXPECT_EQ(storage.opened, 2);
}

TEST_F(EngineSessionTest, RowsGoThroughTheStreamOfTheLibrary) {
  EngineSession session = open();
  EngineRequest request = ask("INSERT INTO t ");
  request.has_rows = true;
  request.rows = "1\n";
  EXPECT_EQ(session.answer(request).status, 200);
  EXPECT_EQ(storage.asked, (std::vector<std::string>{"INSERT INTO t |TSV|1\n"}));
}

}  // namespace
}  // namespace candor
