// A process that is to crash, and what it leaves.
#pragma once

#include <sys/resource.h>
#include <sys/stat.h>

#include <csignal>

#include "fixture.h"

namespace candor::sdk {

class Crashes : public LibraryTest {
 protected:
  Crashes() { say(1); }

  std::filesystem::path crashes() const { return state_ / "crashes"; }

  // Whether crashes may be recorded.
  void say(std::uint8_t flag) {
    write_switch(
        "product\tacme\ncontract\tc0ffee\ncounter\tusage.exports\ncrashes\tprogram_crashes\n",
        {1, flag});
  }
  void set_flag(std::uint8_t to) {
    std::fstream file(folder() / "switch", std::ios::binary | std::ios::in | std::ios::out);
    file.seekp(sizeof(library::SwitchHeader) + 2);
    file << static_cast<char>(to);
  }

  candor_telemetry* record(candor_result expected = CANDOR_OK) const {
    const rlimit none{0, 0};
    setrlimit(RLIMIT_CORE, &none);
    auto* const telemetry = start();
    const candor_crash_options options{sizeof options, "acme \"serve\"", "1.2.3"};
    EXPECT_EQ(candor_record_crashes(telemetry, &options), expected);
    return telemetry;
  }
  // How a process of its own ends that does this.
  template <typename Body>
  static int after(const Body& body) {
    return status_of(begin_process([&] {
      // A sanitizer's own handlers would be called.
      for (const int signal : {SIGSEGV, SIGABRT, SIGBUS, SIGILL, SIGFPE})
        std::signal(signal, SIG_DFL);
      body();
    }));
  }
  static void expect_ended_by(int status, int signal) {
    EXPECT_TRUE(WIFSIGNALED(status)) << status;
    EXPECT_EQ(WTERMSIG(status), signal);
  }

  std::vector<std::filesystem::path> files() const {
    std::vector<std::filesystem::path> found;
    if (!std::filesystem::exists(crashes())) return found;
    for (const auto& entry : std::filesystem::directory_iterator(crashes()))
      found.push_back(entry.path());
    return found;
  }
  // The bytes of the only record.
  std::string only_record() const {
    const auto found = files();
    EXPECT_EQ(found.size(), 1u);
    if (found.size() != 1) return "";
    EXPECT_EQ(found[0].extension(), ".json");
    struct stat status {};
    EXPECT_EQ(stat(found[0].c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0777, 0600u);
    return bytes_of(found[0]);
  }
  static bool has(const std::string& text, const std::string& part) {
    return text.find(part) != text.npos;
  }
  static std::size_t frames_of(const std::string& record) {
    std::size_t count = 0;
    for (auto at = record.find("\"module\""); at != record.npos;
         at = record.find("\"module\"", at + 1))
      ++count;
    return count;
  }
};

inline volatile int* volatile nowhere = nullptr;
[[gnu::noinline]] inline void write_nowhere() { *nowhere = 1; }

}  // namespace candor::sdk
