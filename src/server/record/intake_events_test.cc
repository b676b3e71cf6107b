// The ways of events and of samples.
#include "server/record/intake_fixture.h"

namespace candor {
namespace {

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

class IntakeSamplesTest : public IntakeTest {
 protected:
  // One request with two samples; without an identity it has no key.
  static SamplesRecord request(std::string_view identity) {
    SamplesRecord record;
    record.product = "mesh";
    record.protocol = "otlp";
    record.received = from_unix_millis(kNow);
    if (!identity.empty()) record.key = make_record_key(std::vector<std::string_view>{identity});
    const AdmittedSample samples[] = {{kNow, 1}, {kNow + 1, 0}};
    record.admitted.series.add({1, "up", "{}", ""}, samples);
    record.admitted.accepted = 2;
    return record;
  }
  std::future<Status> give(SamplesRecord record) {
    auto promise = std::make_shared<std::promise<Status>>();
    intake_->accept(std::move(record),
                    [promise](Status status) { promise->set_value(std::move(status)); });
    return promise->get_future();
  }
  // Samples in the journal, then duplicates.
  std::pair<std::uint64_t, std::uint64_t> journal_samples() {
    intake_->flush_counts();
    reopen();
    std::uint64_t samples = 0, duplicates = 0;
    for (const auto& [position, bytes] : read_all(*on_memory_.journal)) {
      const auto record = decode_record(bytes);
      if (const auto* of = std::get_if<SamplesRecord>(&*record)) samples += of->admitted.accepted;
      if (const auto* counts = std::get_if<CountsRecord>(&*record))
        duplicates += counts->duplicates;
    }
    return {samples, duplicates};
  }
};

TEST_F(IntakeSamplesTest, ARequestThatComesAgainIsADuplicateAlsoAfterARestart) {
  EXPECT_TRUE(give(request("a")).get().ok());
  EXPECT_TRUE(give(request("a")).get().ok());
  EXPECT_TRUE(give(request("b")).get().ok());
  EXPECT_EQ(journal_samples(), std::pair(std::uint64_t{4}, std::uint64_t{2}));
  EXPECT_TRUE(give(request("b")).get().ok());
  EXPECT_EQ(journal_samples(), std::pair(std::uint64_t{4}, std::uint64_t{4}));
}

TEST_F(IntakeSamplesTest, WithoutAKeyTheSameBytesAreNewSamples) {
  EXPECT_TRUE(give(request("")).get().ok());
  EXPECT_TRUE(give(request("")).get().ok());
  EXPECT_EQ(journal_samples(), std::pair(std::uint64_t{4}, std::uint64_t{0}));
}

TEST_F(IntakeSamplesTest, OneWhoseFirstIsOnItsWayIsAnsweredWithIt) {
  const auto gate = hold_disk();
  auto first = give(request("a")), again = give(request("a"));
  EXPECT_EQ(again.wait_for(std::chrono::milliseconds(20)), std::future_status::timeout);
  gate->set_value();
  EXPECT_TRUE(first.get().ok());
  EXPECT_TRUE(again.get().ok());
  EXPECT_EQ(journal_samples(), std::pair(std::uint64_t{2}, std::uint64_t{2}));
}

TEST_F(IntakeSamplesTest, WhenTheDiskFailsAllWhoWaitAreToldAndALaterTryIsAccepted) {
  fail_disk();
  auto first = give(request("a"));
  EXPECT_FALSE(give(request("a")).get().ok());
  EXPECT_FALSE(first.get().ok());
  mend_disk();
  EXPECT_TRUE(give(request("a")).get().ok());
}

}  // namespace
}  // namespace candor
