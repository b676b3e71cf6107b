// The real engine for a test: the program named by CANDOR_PROGRAM, on a folder of its own.
#pragma once

#include <gtest/gtest.h>

#include <csignal>
#include <cstdlib>
#include <fstream>
#include <memory>
#include <string>
#include <thread>

#include "base/files.h"
#include "server/engine/client.h"
#include "server/engine/supervisor.h"

namespace candor {

inline constexpr std::chrono::seconds kStartLimit{60};

// Skips its tests when there is no program to run.
class EngineTest : public testing::Test {
 protected:
  void SetUp() override {
    const char* program = std::getenv("CANDOR_PROGRAM");
    if (!program) GTEST_SKIP() << "CANDOR_PROGRAM does not name the program candor";
    program_ = std::filesystem::absolute(program);
    start();
  }

  void start() {
    auto supervisor = EngineSupervisor::start(options());
    ASSERT_TRUE(supervisor.ok()) << supervisor.error().message;
    supervisor_ = *std::move(supervisor);
    const auto ready = supervisor_->wait_ready(kStartLimit);
    ASSERT_TRUE(ready.ok()) << ready.error().message;
  }

  // SIGKILL, as a crash or the system's memory killer would; returns when the next one answers.
  void kill_engine() {
    const unsigned restarts = supervisor_->state().restarts;
    ASSERT_EQ(kill(supervisor_->state().pid, SIGKILL), 0);
    while (supervisor_->state().restarts == restarts) std::this_thread::yield();
    const auto ready = supervisor_->wait_ready(kStartLimit);
    ASSERT_TRUE(ready.ok()) << ready.error().message;
  }

  SupervisorOptions options() const {
    return {.program = program_, .data = folder_.path() / "data", .socket = socket()};
  }

  Path socket() const { return folder_.path() / "s"; }

  EngineClient client() const {
    return EngineClient(*parse_engine_address("unix:" + socket().string()));
  }

  void execute(std::string_view sql) {
    const auto status = client_now().execute(sql);
    EXPECT_TRUE(status.ok()) << sql << "\n" << status.error().message;
  }

  // The one number that a question answers.
  std::uint64_t count(std::string_view sql) {
    const auto rows = client_now().query(sql);
    EXPECT_TRUE(rows.ok()) << sql << "\n" << rows.error().message;
    return rows.ok() && rows->size() == 1 ? rows->count(0, 0) : ~0ull;
  }

  void insert(const EngineInsert& insert) {
    const auto status = client_now().insert(insert);
    EXPECT_TRUE(status.ok()) << status.error().message;
  }

  // Kilobytes; "VmRSS", "VmHWM", …
  std::uint64_t process_figure(std::string_view name) const {
    std::ifstream file("/proc/" + std::to_string(supervisor_->state().pid) + "/status");
    for (std::string line; std::getline(file, line);) {
      if (line.starts_with(name)) return std::strtoull(line.c_str() + name.size() + 1, nullptr, 10);
    }
    return 0;
  }

  EngineClient& client_now() {
    if (!client_) client_ = std::make_unique<EngineClient>(client());
    return *client_;
  }

  TemporaryFolder folder_;
  Path program_;
  std::unique_ptr<EngineSupervisor> supervisor_;
  std::unique_ptr<EngineClient> client_;
};

}  // namespace candor
