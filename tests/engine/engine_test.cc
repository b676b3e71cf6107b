// Promises of the engine's process and its HTTP interface, asked of the real program.
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <thread>

#include "base/process.h"
#include "engine_process.h"
#include "server/engine/limits.h"
#include "wire/http_server.h"

namespace candor {
namespace {

using Engine = EngineTest;

TEST_F(Engine, AnAcknowledgedInsertSurvivesKill9) {
  execute("CREATE TABLE t (v UInt64) ENGINE = MergeTree ORDER BY v");
  for (int i = 0; i < 20; ++i)
    insert({.into = "t", .format = "TabSeparated", .rows = std::to_string(i) + "\n", .token = {}});
  kill_engine();
  EXPECT_EQ(supervisor_->state().why, "was killed by signal 9 (Killed)");
  EXPECT_EQ(count("SELECT sum(v) FROM t"), 190u);
}

TEST_F(Engine, RowsWithZeroBytesArriveWhole) {
  execute("CREATE TABLE t (n UInt32, bytes String) ENGINE = MergeTree ORDER BY n");
  std::string rows;
  for (std::uint32_t n = 0; n < 3; ++n) {
    rows.append(reinterpret_cast<const char*>(&n), sizeof n);
    rows += '\x05';
    rows.append("\0a\0\n\0", 5);
  }
  insert({.into = "t (n, bytes)", .format = "RowBinary", .rows = rows, .token = "zero"});
  EXPECT_EQ(count("SELECT count() FROM t WHERE bytes = unhex('0061000A00')"), 3u);
}

TEST_F(Engine, AnErrorHasClickHousesCodeAndText) {
  const auto rows = client_now().query("SELECT count() FROM nowhere");
  ASSERT_FALSE(rows.ok());
  EXPECT_EQ(rows.error().kind, ErrorKind::kBadData);
  EXPECT_TRUE(rows.error().message.starts_with("Code: 60. DB::Exception: "))
      << rows.error().message;
}

TEST_F(Engine, TheErrorOfAnInsertDoesNotRepeatItsRows) {
  execute("CREATE TABLE t (v UInt64) ENGINE = MergeTree ORDER BY v");
  const auto status = client_now().insert(
      {.into = "t", .format = "JSONEachRow", .rows = "{\"v\":\"my-secret\"}", .token = {}});
  ASSERT_FALSE(status.ok());
  EXPECT_EQ(status.error().kind, ErrorKind::kBadData);
  EXPECT_EQ(status.error().message.find("secret"), std::string::npos) << status.error().message;
}

TEST_F(Engine, AnInsertThatIsRefusedStoresNothingAndTheNextOneWorks) {
  execute("CREATE TABLE t (v UInt64) ENGINE = MergeTree ORDER BY v");
  for (int i = 0; i < 2 * kEngineSessions; ++i) {
    EXPECT_FALSE(
        client_now()
            .insert({.into = "t", .format = "TabSeparated", .rows = "1\n2\nx\n", .token = {}})
            .ok());
  }
  EXPECT_EQ(count("SELECT count() FROM t"), 0u);
  insert({.into = "t", .format = "TabSeparated", .rows = "1\n2\n", .token = {}});
  EXPECT_EQ(count("SELECT count() FROM t"), 2u);
}

TEST_F(Engine, AStatementBeyondItsMemoryIsTriedAgainAndTheEngineLives) {
  const auto rows = client_now().query("SELECT groupArray(number) FROM numbers(100000000)");
  ASSERT_FALSE(rows.ok());
  EXPECT_EQ(rows.error().kind, ErrorKind::kTryAgain) << rows.error().message;
  EXPECT_EQ(count("SELECT 1"), 1u);
  EXPECT_EQ(supervisor_->state().restarts, 0u);
}

TEST_F(Engine, AQuestionIsAnsweredWhileAnotherRuns) {
  std::atomic<bool> slow_done{false};
  std::thread slow([&] {
    EXPECT_TRUE(client().query("SELECT sleep(2)").ok());
    slow_done = true;
  });
  EXPECT_EQ(count("SELECT 40 + 2"), 42u);
  EXPECT_FALSE(slow_done);
  slow.join();
}

TEST_F(Engine, WhatARequestSetsIsGoneBeforeTheNext) {
  const std::string_view sql = "SELECT toUInt64(getSetting('max_threads'))";
  const auto rows = client_now().query(sql, {{"max_threads", "1"}});
  ASSERT_TRUE(rows.ok()) << rows.error().message;
  EXPECT_EQ(rows->count(0, 0), 1u);
  execute("SET max_threads = 7");
  for (int i = 0; i < 2 * kEngineSessions; ++i) EXPECT_EQ(count(sql), 2u);
}

TEST_F(Engine, ValuesAreTypedAndQuotingHoldsAnyBytes) {
  const std::string nasty("a'b\\c\0d\n`\"; DROP TABLE t --", 27);
  const auto rows = client_now().query("SELECT " + sql_quote(nasty) +
                                       ", toUInt64(18446744073709551615), toInt64(-5), 0.5, NULL, "
                                       "toDateTime('2026-11-21 07:30:00') AS " +
                                       sql_name("a`b"));
  ASSERT_TRUE(rows.ok()) << rows.error().message;
  EXPECT_EQ(rows->text(0, 0), nasty);
  EXPECT_EQ(rows->count(0, 1), 18446744073709551615ull);
  EXPECT_EQ(rows->integer(0, 2), -5);
  EXPECT_EQ(rows->number(0, 3), 0.5);
  EXPECT_TRUE(rows->is_null(0, 4));
  EXPECT_EQ(rows->text(0, 5), "2026-11-21 07:30:00");
  EXPECT_EQ(rows->columns()[5].name, "a`b");
}

TEST_F(Engine, ManyThreadsInsertAndNothingIsLost) {
  execute("CREATE TABLE t (v UInt64) ENGINE = MergeTree ORDER BY v");
  std::vector<std::thread> threads;
  for (int thread = 0; thread < 8; ++thread) {
    threads.emplace_back([this, thread] {
      EngineClient mine = client();
      for (int i = 0; i < 10; ++i) {
        const std::string token = std::to_string(thread) + "-" + std::to_string(i);
        EXPECT_TRUE(
            mine.insert({.into = "t", .format = "TabSeparated", .rows = "1\n1\n", .token = token})
                .ok());
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(count("SELECT sum(v) FROM t"), 160u);
}

TEST_F(Engine, ASecondEngineOnTheFolderIsRefused) {
  ProcessOptions another;
  another.argv = {program_.string(), "engine",
                  "--data",          (folder_.path() / "data").string(),
                  "--socket",        (folder_.path() / "other").string()};
  another.timeout = kEngineLockWait + std::chrono::seconds(10);
  const auto second = run_process(another);
  ASSERT_TRUE(second.ok()) << second.error().message;
  EXPECT_NE(second->exit_status, 0);
  EXPECT_NE(second->err.find("another engine works on"), std::string::npos) << second->err;
  EXPECT_EQ(count("SELECT 1"), 1u);
}

TEST_F(Engine, EndsWhenItsParentIsKilled) {
  supervisor_->stop();
  const pid_t parent = fork();
  if (parent == 0) {
    auto supervisor = EngineSupervisor::start(options());
    if (!supervisor.ok() || !(*supervisor)->wait_ready(kStartLimit).ok()) _exit(1);
    kill(getpid(), SIGKILL);
  }
  int status = 0;
  ASSERT_EQ(waitpid(parent, &status, 0), parent);
  ASSERT_TRUE(WIFSIGNALED(status));
  // The lock is free when the engine has gone.
  const auto lock = FileLock::lock(folder_.path() / "data" / "engine.lock");
  EXPECT_TRUE(lock.ok());
  EXPECT_FALSE(client().ping().ok());
}

TEST_F(Engine, StoppingTakesTheSocketAwayAndSaysSo) {
  supervisor_->stop();
  EXPECT_EQ(supervisor_->state().phase, SupervisedPhase::kStopped);
  EXPECT_FALSE(std::filesystem::exists(socket()));
  const auto rows = client_now().query("SELECT 1");
  ASSERT_FALSE(rows.ok());
  EXPECT_EQ(rows.error().kind, ErrorKind::kUnavailable);
  EXPECT_EQ(rows.error().message.find("SELECT"), std::string::npos) << rows.error().message;
}

TEST_F(Engine, HasNoNetwork) {
  std::atomic<int> asked{0};
  HttpServerOptions options;
  auto server = HttpServer::start(options, [&asked](HttpRequest, Respond respond) {
    ++asked;
    HttpResponse answer;
    answer.body = "1\n";
    respond(answer);
  });
  ASSERT_TRUE(server.ok());
  const std::string url = "http://127.0.0.1:" + std::to_string((*server)->port()) + "/";
  const auto rows = client_now().query("SELECT v FROM url(" + sql_quote(url) + ", TSV, 'v UInt64')",
                                       {{"http_max_tries", "1"}});
  EXPECT_FALSE(rows.ok());
  EXPECT_EQ(asked, 0);
}

TEST_F(Engine, MemoryStaysWithinItsGoalUnderLoad) {
  execute(
      "CREATE TABLE t (at DateTime, product LowCardinality(String), installation String, "
      "path String, v UInt64) ENGINE = MergeTree PARTITION BY toYYYYMM(at) "
      "ORDER BY (product, path, at)");
  execute(
      "CREATE TABLE total (product LowCardinality(String), path String, day Date, "
      "s AggregateFunction(sum, UInt64)) ENGINE = AggregatingMergeTree ORDER BY (product, path, "
      "day)");
  execute(
      "CREATE MATERIALIZED VIEW to_total TO total AS SELECT product, path, toDate(at) AS day, "
      "sumState(v) AS s FROM t GROUP BY product, path, day");
  const std::uint64_t idle = process_figure("VmRSS");
  for (int block = 0; block < 30; ++block) {
    std::string rows;
    for (int i = 0; i < 50'000; ++i) {
      rows += "{\"at\":" + std::to_string(1'764'000'000 + block) +
              ",\"product\":\"stone\",\"installation\":\"" + std::to_string(i % 5000) +
              "\",\"path\":\"osd.count." + std::to_string(i % 50) +
              "\",\"v\":" + std::to_string(i) + "}\n";
    }
    insert({.into = "t (at, product, installation, path, v)",
            .format = "JSONEachRow",
            .rows = rows,
            .token = std::to_string(block)});
    EXPECT_EQ(count("SELECT count() FROM (SELECT path FROM total GROUP BY path)"), 50u);
  }
  const std::uint64_t peak = process_figure("VmHWM");
  RecordProperty("idle_kb", static_cast<int>(idle));
  RecordProperty("peak_kb", static_cast<int>(peak));
  std::printf("engine: resident %llu MB idle, %llu MB at most under load\n",
              static_cast<unsigned long long>(idle / 1024),
              static_cast<unsigned long long>(peak / 1024));
  EXPECT_LT(peak, 512u * 1024);
}

// As `candor engine --data data/engine` has it.
TEST_F(Engine, AFolderMayBeRelative) {
  supervisor_.reset();
  auto relative = options();
  relative.data = std::filesystem::relative(folder_.path() / "other");
  supervisor_ = *EngineSupervisor::start(relative);
  ASSERT_TRUE(supervisor_->wait_ready(kStartLimit).ok());
  execute("CREATE TABLE r (v UInt64) ENGINE = MergeTree ORDER BY v");
  insert({.into = "r (v)", .format = "TabSeparated", .rows = "7\n", .token = "one"});
  EXPECT_EQ(count("SELECT sum(v) FROM r"), 7u);
}

}  // namespace
}  // namespace candor
