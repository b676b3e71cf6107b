#include "server/record/intake_fixture.h"

namespace candor {
namespace {

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
  on_memory_.clock.advance(kSeenDays);
  for (std::size_t day = 0; day < kSeenDaysInAnyCase; ++day) {
    on_memory_.clock.advance(std::chrono::days(1));
    auto later = report("of day " + std::to_string(day));
    later.received = on_memory_.clock.now();
    EXPECT_EQ(accept_and_wait(std::move(later)), "accepted");
  }
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
  const auto opened = open_intake(on_memory_, seen_.path(), nullptr, intake_);
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

TEST_F(IntakeTest, RecordsThatFilesCoverAreNotReadAtTheStart) {
  const TemporaryFolder folder;
  const auto now = from_unix_millis(kNow);
  const auto first = report("first"), second = report("second");
  auto before = Seen::open(folder.path() / "documents", folder.path() / "events", now);
  ASSERT_TRUE(before.ok());
  ASSERT_TRUE(before->add(Position{8}, encode(first), now).ok());
  ASSERT_TRUE(before->documents.sync().ok());
  ASSERT_TRUE(SeenDocuments::cover(before->documents_folder, Position{8}).ok());
  ASSERT_TRUE(SeenDocuments::cover(before->events_folder, Position{16}).ok());
  auto seen = Seen::open(folder.path() / "documents", folder.path() / "events", now);
  ASSERT_TRUE(seen.ok());
  EXPECT_TRUE(seen->add(Position{8}, "no record", now).ok());
  EXPECT_TRUE(seen->documents.contains(first.key));
  ASSERT_TRUE(seen->add(Position{16}, encode(second), now).ok());
  EXPECT_TRUE(seen->documents.contains(second.key)) << "covered of events only";
  EXPECT_FALSE(seen->add(Position{24}, "no record", now).ok());
}

}  // namespace
}  // namespace candor
