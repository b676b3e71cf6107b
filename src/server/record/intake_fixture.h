// An intake over a journal in memory.
#pragma once

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <future>
#include <optional>

#include "base/digest.h"
#include "contract/deletion.h"
#include "journal/journal_fixture.h"
#include "server/record/intake.h"
#include "server/record/limits.h"

namespace candor {

inline constexpr std::int64_t kNow = 1'795'248'000'000;  // 2026-11-21

inline DocumentRecord report(std::string_view identity, std::string_view body = R"({"a":1})") {
  DocumentRecord record;
  record.product = "stone";
  record.protocol = "native";
  record.contract = std::string(64, 'c');
  record.key = make_record_key(std::vector<std::string_view>{identity});
  record.installation = "70b28f00-e38f-41b2-a723-aab344f535b9";
  record.reported = record.received = from_unix_millis(kNow);
  record.admitted.body = body;
  record.admitted.kept_values = 1;
  return record;
}

// What accept() answered, later or at once.
using Answer = std::future<Result<Outcome>>;

inline std::string text_of(Answer& answer) {
  const auto outcome = answer.get();
  return outcome.ok() ? std::string(name_of(*outcome)) : "error";
}

// Opens journal and intake as the collector does.
inline Status open_intake(JournalOnMemory& on_memory, const Path& seen_folder,
                          const Tombstones* tombstones, std::unique_ptr<Intake>& intake) {
  intake.reset();
  const auto now = on_memory.clock.now();
  CANDOR_ASSIGN(seen, Seen::open(seen_folder / "documents", seen_folder / "events", now));
  on_memory.options.on_found = [&seen, now](Position position, std::string_view record) {
    return seen.add(position, record, now);
  };
  CANDOR_TRY(on_memory.open());
  intake =
      std::make_unique<Intake>(*on_memory.journal, std::move(seen), on_memory.clock, tombstones);
  return Ok{};
}

class IntakeTest : public testing::Test {
 protected:
  IntakeTest() {
    on_memory_.clock.set(from_unix_millis(kNow));
    reopen();
  }

  void reopen() {
    intake_.reset();
    auto tombstones = Tombstones::open(forgotten_.path());
    ASSERT_TRUE(tombstones.ok());
    tombstones_ = *std::move(tombstones);
    const auto opened = open_intake(on_memory_, seen_.path(), tombstones_.get(), intake_);
    ASSERT_TRUE(opened.ok()) << opened.error().message;
  }

  Answer accept(DocumentRecord record) {
    auto promise = std::make_shared<std::promise<Result<Outcome>>>();
    intake_->accept(std::move(record),
                    [promise](Result<Outcome> outcome) { promise->set_value(std::move(outcome)); });
    return promise->get_future();
  }
  std::string accept_and_wait(DocumentRecord record) {
    auto answer = accept(std::move(record));
    return text_of(answer);
  }

  // The documents in the journal, and the sum of all counts in it: "refused bad_document",
  // "duplicate".
  std::map<std::string, std::uint64_t> journal_counts() {
    std::map<std::string, std::uint64_t> sums;
    for (const auto& [position, bytes] : read_all(*on_memory_.journal)) {
      const auto record = decode_record(bytes);
      EXPECT_TRUE(record.ok());
      if (const auto* document = std::get_if<DocumentRecord>(&*record)) {
        ++sums[std::string(name_of(document->admitted.outcome()))];
        continue;
      }
      if (const auto* events = std::get_if<EventsRecord>(&*record)) {
        for (const auto& event : events->events)
          ++sums[std::string(name_of(event.admitted.outcome()))];
        continue;
      }
      const auto& counts = std::get<CountsRecord>(*record);
      if (counts.duplicates > 0) sums["duplicate"] += counts.duplicates;
      for (const auto& [reason, count] : counts.refused) sums["refused " + reason] += count;
    }
    return sums;
  }

  // No sync succeeds until it is said that they do again.
  void fail_disk() {
    on_memory_.disk.set_fault([](MemoryDisk::Call call, std::uint64_t) {
      return call == MemoryDisk::Call::kSync ? Status(Error{ErrorKind::kTryAgain, "no space left"})
                                             : Status(Ok{});
    });
  }
  void mend_disk() { on_memory_.disk.set_fault(nullptr); }

  // Holds the journal's thread inside a sync until the gate opens.
  std::shared_ptr<std::promise<void>> hold_disk() {
    auto gate = std::make_shared<std::promise<void>>();
    auto opened = gate->get_future().share();
    on_memory_.disk.set_fault([opened](MemoryDisk::Call call, std::uint64_t) {
      if (call == MemoryDisk::Call::kSync) opened.wait();
      return Status(Ok{});
    });
    return gate;
  }

  TemporaryFolder seen_;
  TemporaryFolder forgotten_;
  std::unique_ptr<Tombstones> tombstones_;
  JournalOnMemory on_memory_{1 << 16};
  std::unique_ptr<Intake> intake_;
};

}  // namespace candor
