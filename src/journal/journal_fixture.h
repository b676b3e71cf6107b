// What the journal's tests share.
#pragma once

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/log.h"
#include "journal/journal.h"
#include "journal/memory_disk.h"

namespace candor {

// A journal with small segments on a disk in memory, at a time that stands still in 1970.
struct JournalOnMemory {
  MemoryDisk disk;
  ManualClock clock{from_unix_millis(0)};
  std::uint64_t salts = 0;
  JournalOptions options;
  std::unique_ptr<Journal> journal;

  explicit JournalOnMemory(std::uint64_t segment_bytes = 4096) {
    set_log_level(LogLevel::kError);  // damage and faults are what these tests are about
    options.folder = "/journal";
    options.segment_bytes = segment_bytes;
    options.max_bytes = 1 << 20;
    options.segment_retry_delay = std::chrono::milliseconds(0);
    options.disk = &disk;
    options.clock = &clock;
    options.salt = [this] { return ++salts; };
  }

  ~JournalOnMemory() { set_log_level(LogLevel::kInfo); }

  Status open() {
    journal.reset();
    CANDOR_ASSIGN(opened, Journal::open(options));
    journal = std::move(opened);
    return Ok{};
  }
  void must_open() {
    const auto opened = open();
    ASSERT_TRUE(opened.ok()) << opened.error().message;
  }
  Path only_segment() const {
    const auto files = disk.files();
    return files.empty() ? Path() : files.front();
  }
};

// Everything behind `after`, read in small steps.
inline std::map<Position, std::string> read_all(Journal& journal, Position after = {}) {
  std::map<Position, std::string> all;
  for (;;) {
    const auto records = journal.read(after, {.bytes = 1000, .records = 3});
    EXPECT_TRUE(records.ok()) << records.error().message;
    if (!records.ok() || records->empty()) return all;
    for (const auto& record : *records) {
      EXPECT_GT(record.position, after);
      after = record.position;
      all[record.position] = record.bytes;
    }
  }
}

// "record 7 ....", a different length for each number.
inline std::string numbered(int number) {
  return fmt::format("record {} ", number) +
         std::string(static_cast<std::size_t>(number * 13 % 90), '.');
}

}  // namespace candor
