#include "server/record/intake.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <future>
#include <optional>

#include "base/digest.h"
#include "contract/deletion.h"
#include "journal/journal_fixture.h"
#include "server/record/limits.h"

namespace candor {
namespace {

constexpr std::int64_t kNow = 1'795'248'000'000;  // 2026-11-21

DocumentRecord report(std::string_view identity, std::string_view body = R"({"a":1})") {
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

std::string text_of(Answer& answer) {
  const auto outcome = answer.get();
  return outcome.ok() ? std::string(name_of(*outcome)) : "error";
}

class IntakeTest : public testing::Test {
 protected:
  IntakeTest() {
    on_memory_.clock.set(from_unix_millis(kNow));
    reopen();
  }

  void reopen() {
    intake_.reset();
    on_memory_.must_open();
    auto tombstones = Tombstones::open(forgotten_.path());
    ASSERT_TRUE(tombstones.ok());
    tombstones_ = *std::move(tombstones);
    auto opened =
        Intake::open(*on_memory_.journal, {seen_.path() / "documents", seen_.path() / "events"},
                     on_memory_.clock, tombstones_.get());
    ASSERT_TRUE(opened.ok()) << opened.error().message;
    intake_ = *std::move(opened);
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

using Counts = std::map<std::string, std::uint64_t>;

TEST_F(IntakeTest, ADocumentIsInTheJournalWhenItIsAcknowledged) {
  EXPECT_EQ(accept_and_wait(report("1")), "accepted");
  const auto records = read_all(*on_memory_.journal);
  ASSERT_EQ(records.size(), 1u);
  EXPECT_EQ(records.begin()->second, encode(report("1")));
}

TEST_F(IntakeTest, TheSameDocumentIsADuplicateAndAnotherOneIsNot) {
  EXPECT_EQ(accept_and_wait(report("1")), "accepted");
  EXPECT_EQ(accept_and_wait(report("1")), "duplicate");
  EXPECT_EQ(accept_and_wait(report("2")), "accepted");
  intake_->flush_counts();
  reopen();
  EXPECT_EQ(journal_counts(), (Counts{{"accepted", 2}, {"duplicate", 1}}));
}

TEST_F(IntakeTest, OfTwoEqualDocumentsAtOnceOneIsAccepted) {
  const auto gate = hold_disk();
  auto first = accept(report("1"));
  auto second = accept(report("1"));
  auto third = accept(report("1"));
  gate->set_value();
  EXPECT_EQ(text_of(first), "accepted");
  EXPECT_EQ(text_of(second), "duplicate");
  EXPECT_EQ(text_of(third), "duplicate");
  reopen();
  EXPECT_EQ(journal_counts(), (Counts{{"accepted", 1}, {"duplicate", 2}}));
}

TEST_F(IntakeTest, ManyThreadsSendingTheSameDocumentsStoreEachOnce) {
  constexpr int kThreads = 4, kDocuments = 50;
  std::vector<std::future<int>> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.push_back(std::async(std::launch::async, [this] {
      int accepted = 0;
      for (int i = 0; i < kDocuments; ++i)
        accepted += accept_and_wait(report(std::to_string(i))) == "accepted" ? 1 : 0;
      return accepted;
    }));
  }
  int accepted = 0;
  for (auto& thread : threads) accepted += thread.get();
  EXPECT_EQ(accepted, kDocuments);
  reopen();
  EXPECT_EQ(journal_counts(),
            (Counts{{"accepted", kDocuments}, {"duplicate", kDocuments * (kThreads - 1)}}));
}

TEST_F(IntakeTest, WhenTheDiskFailsAllWhoWaitAreToldAndALaterTryIsAccepted) {
  auto gate = std::make_shared<std::promise<void>>();
  auto opened = gate->get_future().share();
  on_memory_.disk.set_fault([opened](MemoryDisk::Call call, std::uint64_t) {
    if (call != MemoryDisk::Call::kSync) return Status(Ok{});
    opened.wait();
    return Status(Error{ErrorKind::kTryAgain, "no space left"});
  });
  auto first = accept(report("1"));
  auto second = accept(report("1"));
  gate->set_value();
  EXPECT_EQ(text_of(first), "error");
  EXPECT_EQ(text_of(second), "error");
  mend_disk();
  EXPECT_EQ(accept_and_wait(report("1")), "accepted");
  EXPECT_EQ(accept_and_wait(report("1")), "duplicate");
}

TEST_F(IntakeTest, ARestartRemembersWhatTheJournalHolds) {
  EXPECT_EQ(accept_and_wait(report("1")), "accepted");
  reopen();
  EXPECT_EQ(accept_and_wait(report("1")), "duplicate");
  EXPECT_EQ(accept_and_wait(report("2")), "accepted");
}

TEST_F(IntakeTest, ARestartRemembersWhatTheJournalLetGo) {
  const std::string large(30'000, 'x');
  for (int i = 0; i < 8; ++i)
    EXPECT_EQ(accept_and_wait(report(std::to_string(i), R"({"a":")" + large + "\"}")), "accepted");
  const auto last = on_memory_.journal->state().last_durable;
  ASSERT_TRUE(intake_->release(last).ok());
  reopen();
  ASSERT_LT(read_all(*on_memory_.journal).size(), 8u);
  for (int i = 0; i < 8; ++i)
    EXPECT_EQ(accept_and_wait(report(std::to_string(i))), "duplicate") << i;
}

TEST_F(IntakeTest, APowerFailureForgetsNothingThatWasAcknowledged) {
  for (int i = 0; i < 5; ++i) EXPECT_EQ(accept_and_wait(report(std::to_string(i))), "accepted");
  on_memory_.disk.crash();
  reopen();
  for (int i = 0; i < 5; ++i)
    EXPECT_EQ(accept_and_wait(report(std::to_string(i))), "duplicate") << i;
}

TEST_F(IntakeTest, WhatCountsAsSeenIsForgottenInTheEnd) {
  EXPECT_EQ(accept_and_wait(report("1")), "accepted");
  on_memory_.clock.advance(kSeenDays + std::chrono::days(1));
  ASSERT_TRUE(intake_->release({}).ok());
  EXPECT_EQ(accept_and_wait(report("1")), "accepted");
}

TEST_F(IntakeTest, RefusalsAreCountedByProductAndReason) {
  intake_->refuse("stone", "ceph", "bad_document");
  intake_->refuse("stone", "ceph", "bad_document");
  intake_->refuse("stone", "native", "outside_time_window");
  intake_->refuse("", "native", "unknown_product");
  reopen();
  EXPECT_EQ(journal_counts(), (Counts{{"refused bad_document", 2},
                                      {"refused outside_time_window", 1},
                                      {"refused unknown_product", 1}}));
}

TEST_F(IntakeTest, ManyReasonsAreCountedTogether) {
  for (std::size_t i = 0; i < kMaxRefusalReasons + 20; ++i)
    intake_->refuse("stone", "ceph", "reason_" + std::to_string(i));
  reopen();
  const auto counts = journal_counts();
  EXPECT_LE(counts.size(), kMaxRefusalReasons + 1);
  std::uint64_t sum = 0;
  for (const auto& [reason, count] : counts) sum += count;
  EXPECT_EQ(sum, kMaxRefusalReasons + 20);
}

TEST_F(IntakeTest, CountsThatCannotBeWrittenAreWrittenLater) {
  fail_disk();
  intake_->refuse("stone", "ceph", "bad_document");
  intake_->flush_counts();
  EXPECT_EQ(accept_and_wait(report("1")), "error");  // behind the counts: they were tried
  intake_->refuse("stone", "ceph", "bad_document");
  mend_disk();
  EXPECT_EQ(accept_and_wait(report("1")), "accepted");
  intake_->flush_counts();
  reopen();
  const auto counts = journal_counts();
  EXPECT_EQ(counts.at("accepted"), 1u);
  EXPECT_EQ(counts.at("refused bad_document"), 2u);
}

TEST_F(IntakeTest, AllThatArrivedAddsUpOverARestart) {
  for (int i = 0; i < 20; ++i) {
    auto document = report(std::to_string(i % 7));
    if (i % 7 == 3) document.admitted.quarantined = {{"p", "integer", Problem::kTooLarge, "9"}};
    if (i % 7 == 4) {
      document.admitted.quarantined = {{"p", "integer", Problem::kTooLarge, "9"}};
      document.admitted.kept_values = 0;
    }
    accept_and_wait(document);
    if (i % 5 == 0) intake_->refuse("stone", "native", "bad_document");
    if (i == 9) reopen();
  }
  reopen();
  EXPECT_EQ(journal_counts(), (Counts{{"accepted", 5},
                                      {"partly_quarantined", 1},
                                      {"quarantined", 1},
                                      {"duplicate", 13},
                                      {"refused bad_document", 4}}));
}

TEST_F(IntakeTest, ArrivalsShowWhatHappenedAndNoValue) {
  auto document = report("1");
  document.admitted.dropped = {{"u", "string", Problem::kUndeclared, 2}};
  document.admitted.quarantined = {{"s", "string", Problem::kTooLong, "\"CANARY\""}};
  accept_and_wait(document);
  accept_and_wait(document);
  intake_->refuse("stone", "ceph", "bad_document");
  intake_->refuse("mesh", "native", "bad_document");
  const auto arrivals = intake_->arrivals_after(0, "stone", 10);
  ASSERT_EQ(arrivals.size(), 3u);
  EXPECT_EQ(arrivals[0].outcome, "partly_quarantined");
  EXPECT_EQ(arrivals[0].bytes, document.admitted.body.size());
  ASSERT_EQ(arrivals[0].quarantined.size(), 1u);
  EXPECT_EQ(arrivals[0].quarantined[0].value, "");
  EXPECT_EQ(arrivals[0].dropped.size(), 1u);
  EXPECT_EQ(arrivals[1].outcome, "duplicate");
  EXPECT_TRUE(arrivals[1].dropped.empty());
  EXPECT_EQ(arrivals[2].outcome, "refused");
  EXPECT_EQ(arrivals[2].reason, "bad_document");
  EXPECT_EQ(intake_->arrivals_after(arrivals[0].number, "stone", 1).front().outcome, "duplicate");
  EXPECT_TRUE(intake_->arrivals_after(arrivals[2].number, "stone", 10).empty());
}

TEST_F(IntakeTest, AJournalOfAnotherVersionStopsTheStart) {
  ASSERT_TRUE(on_memory_.journal->append_and_wait("{\"v\":2,\"kind\":\"report\"}\n{}").ok());
  intake_.reset();
  on_memory_.must_open();
  const auto opened = Intake::open(
      *on_memory_.journal, {seen_.path() / "documents", seen_.path() / "events"}, on_memory_.clock);
  ASSERT_FALSE(opened.ok());
  EXPECT_EQ(opened.error().kind, ErrorKind::kBadData);
}

DocumentRecord report_of(std::string_view secret, std::string_view identity) {
  auto record = report(identity);
  record.deletion = sha256_hex(secret);
  return record;
}

TEST_F(IntakeTest, OfWhomeverWasForgottenNothingIsTaken) {
  const auto record = report_of("secret", "1");
  ASSERT_TRUE(tombstones_
                  ->add(deletion_subject(record.product, record.installation, record.deletion),
                        on_memory_.clock.now())
                  .ok());
  auto refused = accept(record);
  const auto outcome = refused.get();
  ASSERT_FALSE(outcome.ok());
  EXPECT_EQ(outcome.error().kind, ErrorKind::kForbidden);
  EXPECT_TRUE(read_all(*on_memory_.journal).empty());
  // Under the same identity, but with another secret, or with none.
  EXPECT_EQ(accept_and_wait(report_of("another", "2")), "accepted");
  EXPECT_EQ(accept_and_wait(report("3")), "accepted");
}

TEST_F(IntakeTest, WhatWasOnItsWayWhenItWasForgottenHasLandedAndIsNotShown) {
  const auto record = report_of("secret", "1");
  const auto gate = hold_disk();
  auto answer = accept(record);
  ASSERT_TRUE(tombstones_
                  ->add(deletion_subject(record.product, record.installation, record.deletion),
                        on_memory_.clock.now())
                  .ok());
  auto forgetting = std::async(std::launch::async, [&] { intake_->forget_covered(); });
  EXPECT_EQ(forgetting.wait_for(std::chrono::milliseconds(0)), std::future_status::timeout);
  gate->set_value();
  forgetting.get();
  EXPECT_EQ(text_of(answer), "accepted");
  EXPECT_EQ(read_all(*on_memory_.journal).size(), 1u);
  EXPECT_TRUE(intake_->arrivals_after(0, "stone", 10).empty());
}

TEST_F(IntakeTest, WhatCameTwiceBeforeItWasForgottenIsNotShownEither) {
  const auto record = report_of("secret", "1");
  const auto gate = hold_disk();
  auto first = accept(record);
  auto again = accept(record);
  ASSERT_TRUE(tombstones_
                  ->add(deletion_subject(record.product, record.installation, record.deletion),
                        on_memory_.clock.now())
                  .ok());
  gate->set_value();
  EXPECT_EQ(text_of(first), "accepted");
  EXPECT_EQ(text_of(again), "duplicate");
  EXPECT_TRUE(intake_->arrivals_after(0, "stone", 10).empty());
}

class IntakeEventsTest : public IntakeTest {
 protected:
  static EventsRecord events(std::initializer_list<std::string_view> ids) {
    EventsRecord record;
    record.product = "dcos";
    record.protocol = "segment";
    record.received = from_unix_millis(kNow);
    for (const auto id : ids) {
      AdmittedEvent event;
      event.name = "page";
      event.at = record.received;
      event.admitted.body = "{}";
      if (!id.empty()) event.key = make_record_key(std::vector<std::string_view>{id});
      record.events.push_back(std::move(event));
    }
    return record;
  }
  using Answered = std::future<Result<EventOutcomes>>;
  Answered give(EventsRecord record) {
    auto promise = std::make_shared<std::promise<Result<EventOutcomes>>>();
    intake_->accept(std::move(record), [promise](Result<EventOutcomes> outcomes) {
      promise->set_value(std::move(outcomes));
    });
    return promise->get_future();
  }
  // "2 accepted, 1 duplicates".
  static std::string told(Answered answer) {
    const auto outcomes = answer.get();
    if (!outcomes.ok()) return "error";
    return fmt::format("{} accepted, {} duplicates", outcomes->accepted, outcomes->duplicates);
  }
};

TEST_F(IntakeEventsTest, WhatComesAgainIsADuplicateWhateverComesBesideIt) {
  EXPECT_EQ(told(give(events({"a", "b"}))), "2 accepted, 0 duplicates");
  EXPECT_EQ(told(give(events({"b", "c", "c"}))), "1 accepted, 2 duplicates");
  EXPECT_EQ(told(give(events({"a"}))), "0 accepted, 1 duplicates");
  EXPECT_EQ(told(give(events({"", ""}))), "2 accepted, 0 duplicates")
      << "without an id nobody knows";
  intake_->flush_counts();
  reopen();
  EXPECT_EQ(told(give(events({"a", "c", "d"}))), "1 accepted, 2 duplicates");
  intake_.reset();
  EXPECT_EQ(journal_counts()["accepted"], 6u);
  EXPECT_EQ(journal_counts()["duplicate"], 5u);
}

TEST_F(IntakeEventsTest, OneWhoseFirstIsOnItsWayIsAnsweredWithIt) {
  const auto gate = hold_disk();
  auto first = give(events({"a"}));
  auto again = give(events({"a"}));
  auto more = give(events({"a", "b"}));
  EXPECT_EQ(again.wait_for(std::chrono::milliseconds(20)), std::future_status::timeout);
  gate->set_value();
  EXPECT_EQ(told(std::move(first)), "1 accepted, 0 duplicates");
  EXPECT_EQ(told(std::move(again)), "0 accepted, 1 duplicates");
  EXPECT_EQ(told(std::move(more)), "1 accepted, 1 duplicates");
}

TEST_F(IntakeEventsTest, WhenTheDiskFailsAllWhoWaitAreToldAndALaterTryIsAccepted) {
  fail_disk();
  auto first = give(events({"a"}));
  EXPECT_EQ(told(give(events({"a"}))), "error");
  EXPECT_EQ(told(std::move(first)), "error");
  mend_disk();
  EXPECT_EQ(told(give(events({"a"}))), "1 accepted, 0 duplicates");
}

TEST_F(IntakeEventsTest, ArrivalsNameTheEventAndNoValue) {
  told(give(events({"a"})));
  const auto arrivals = intake_->arrivals_after(0, "dcos", 10);
  ASSERT_EQ(arrivals.size(), 1u);
  EXPECT_EQ(arrivals[0].event, "page");
  EXPECT_EQ(arrivals[0].outcome, "accepted");
}

}  // namespace
}  // namespace candor
