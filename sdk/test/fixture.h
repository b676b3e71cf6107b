// A state folder with a switch, and programs that record into it.
#pragma once

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "candor/candor.h"
#include "library/ring_view.h"
#include "library/switch_file.h"

namespace candor::sdk {

inline constexpr const char* kText =
    "product\tacme\n"
    "contract\tc0ffee\n"
    "counter\tusage.exports\n"
    "histogram\ttimings.sync\t0.1\t1\t10\n"
    "event\texported\n"
    "field\tformat\tstring\tclear\t\t\t16\tcsv\tjson\n"
    "field\trows\tinteger\tclear\t0\t1000\t\n"
    "field\tshare\tnumber\tclear\t\t\t\n"
    "field\tagain\tboolean\tclear\t\t\t\n"
    "field\tnote\tstring\tclear\t\t\t64\n"
    "field\tplace\tstring\tmd5\t\t\t\n"
    "field\targument\tstring\tsha256\t\t\t\n"
    "field\tproject\tstring\tkeyed\t\t\t\n"
    "run\tcommand\n"
    "field\tname\tstring\tclear\t\t\t32\n"
    "field\targs\tstring\tmd5\t\t\t\n";
inline constexpr std::size_t kDeclarations = 14;

class LibraryTest : public testing::Test {
 protected:
  LibraryTest() {
    char name[] = "/tmp/candor-library-XXXXXX";
    state_ = mkdtemp(name);
    std::filesystem::create_directory(folder());
    write_switch(kText, std::vector<std::uint8_t>(kDeclarations, 1));
    std::ofstream(state_ / "key") << std::string(64, '5') << "\n";
  }
  ~LibraryTest() override { std::filesystem::remove_all(state_); }

  std::filesystem::path folder() const { return state_ / "library"; }
  void write_switch(std::string_view text, const std::vector<std::uint8_t>& flags) {
    std::ofstream(folder() / "switch", std::ios::binary) << library::make_switch(text, flags);
  }
  // As the agent does it: where they stand.
  void set_flags(std::uint8_t to) {
    std::fstream file(folder() / "switch", std::ios::binary | std::ios::in | std::ios::out);
    file.seekp(sizeof(library::SwitchHeader) + 1);
    file << std::string(kDeclarations, static_cast<char>(to));
  }

  candor_telemetry* start() const {
    const auto state = state_.string();
    const candor_options options{sizeof options, "acme", state.c_str()};
    return candor_start(&options);
  }

  // Runs it in a process of its own, which has started nothing before; its failures are the test's.
  static void in_process(const std::function<void()>& body) {
    EXPECT_EQ(status_of(begin_process(body)), 0);
  }
  static pid_t begin_process(const std::function<void()>& body) {
    std::fflush(nullptr);
    const auto child = fork();
    if (child == 0) {
      body();
      std::fflush(nullptr);
      _exit(testing::Test::HasFailure() ? 1 : 0);
    }
    return child;
  }
  static int status_of(pid_t process) {
    int status = -1;
    waitpid(process, &status, 0);
    return status;
  }

  std::vector<std::filesystem::path> rings() const {
    std::vector<std::filesystem::path> found;
    for (const auto& entry : std::filesystem::directory_iterator(folder())) {
      if (entry.path().filename() != "switch") found.push_back(entry.path());
    }
    return found;
  }
  static std::string bytes_of(const std::filesystem::path& file) {
    std::ifstream in(file, std::ios::binary);
    std::string bytes(std::filesystem::file_size(file), '\0');
    in.read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    return bytes;
  }
  // The bytes of the only ring.
  std::string ring() const {
    const auto found = rings();
    EXPECT_EQ(found.size(), 1u);
    return found.empty() ? "" : bytes_of(found.front());
  }
  // What a counter is by all rings.
  std::uint64_t counted(std::uint32_t declaration = 1) const {
    std::uint64_t sum = 0;
    for (const auto& file : rings()) {
      const auto bytes = bytes_of(file);
      const auto view = library::RingView::open(bytes);
      EXPECT_TRUE(view) << file;
      if (!view) continue;
      for (const auto& one : view->counts()) {
        if (one.declaration == declaration) sum += one.counts[0];
      }
    }
    return sum;
  }
  // An event's values by name, as text.
  static std::map<std::string, std::string> values_of(const library::RingView& view,
                                                      const std::vector<library::RingValue>& all) {
    std::map<std::string, std::string> values;
    for (const auto& one : all) {
      const auto text = [](const auto& value) -> std::string {
        if constexpr (std::is_same_v<std::decay_t<decltype(value)>, std::string_view>) {
          return std::string(value);
        } else {
          return std::to_string(value);
        }
      };
      values[std::string(view.declarations().find(one.field)->name)] = std::visit(text, one.value);
    }
    return values;
  }

  std::filesystem::path state_;
};

}  // namespace candor::sdk
