#include "server/ops/pass_on.h"

#include <gmock/gmock.h>

#include <condition_variable>
#include <mutex>

#include "base/digest.h"
#include "metrics/exposition.h"
#include "server/admit/series_list.h"
#include "server/ops/limits.h"

namespace candor {
namespace {

using testing::HasSubstr;

std::string keyed(std::string_view text) { return Hmac("key").hex(text); }

const Instant kNow = *parse_rfc3339("2026-11-21T07:00:00Z");
const std::int64_t kAt = to_unix_millis(kNow);

std::string series(std::string_view metric, std::string_view labels, std::string_view installation,
                   std::vector<AdmittedSample> samples = {{kAt, 1.5, 0}}) {
  SeriesList list;
  list.add({1, metric, labels, installation}, samples);
  return list.bytes();
}

// What is written of it, beside what is expected.
class WriteSeries : public testing::Test {
 protected:
  std::string written(const std::string& bytes) {
    RemoteWriteMessage message;
    counts_ = write_series(bytes, "mesh", names_, keyed, kNow, message);
    return message.block();
  }
  static std::string message(std::string_view metric, std::vector<WrittenLabel> labels) {
    const WrittenSample one[] = {{kAt, 1.5}};
    RemoteWriteMessage expected;
    expected.add(metric, std::move(labels), one);
    return expected.block();
  }
  const InstallationNames names_{{{"id-1", "eu1"}}, keyed};
  PassedOn counts_;
};

TEST_F(WriteSeries, AnInstallationHasItsNameAndNotItsHash) {
  EXPECT_EQ(
      written(series("up", R"({"job":"api"})", keyed("id-1"))),
      message("up",
              {{"job", "api"}, {"installation", "eu1"}, {"instance", "eu1"}, {"product", "mesh"}}));
  EXPECT_EQ(counts_.written, 1u);
}

TEST_F(WriteSeries, OneWithoutANameHasTheBeginningOfItsHash) {
  const auto hash = keyed("id-2");
  const auto name = hash.substr(0, 12);
  const auto expected =
      message("up", {{"installation", name}, {"instance", name}, {"product", "mesh"}});
  EXPECT_EQ(written(series("up", "{}", hash)), expected);
  // A word in clear could be the name of another.
  EXPECT_EQ(written(series("up", "{}", "id-2")), expected);
}

TEST_F(WriteSeries, NobodySaysWhoseItIsButTheCollector) {
  EXPECT_EQ(written(series("up", R"({"installation":"eu9","instance":"n1","product":"x"})",
                           keyed("id-1"))),
            message("up", {{"exported_installation", "eu9"},
                           {"exported_product", "x"},
                           {"installation", "eu1"},
                           {"instance", "n1"},
                           {"product", "mesh"}}));
  written(series("up", R"({"product":"x","exported_product":"y"})", keyed("id-1")));
  EXPECT_EQ(counts_.left_out, 1u);
}

TEST_F(WriteSeries, WhatIsOfNobodyIsLeftOut) {
  written(series("up", "{}", ""));
  EXPECT_EQ(counts_.written, 0u);
  EXPECT_EQ(counts_.left_out, 1u);
}

TEST_F(WriteSeries, WhatPrometheusDoesNotTakeIsLeftOut) {
  written(series("http.server.duration", "{}", keyed("id-1")));
  EXPECT_EQ(counts_.left_out, 1u);
  written(series("up", R"({"a.b":"c"})", keyed("id-1")));
  EXPECT_EQ(counts_.left_out, 1u);
  const auto hours = [](int n) { return n * std::int64_t{3'600'000}; };
  // Too old, of a time to come, of a series that lost labels, twice at one time.
  written(series(
      "up", "{}", keyed("id-1"),
      {{kAt - hours(25), 1, 0}, {kAt + hours(1), 1, 0}, {kAt, 1, 7}, {kAt, 2, 0}, {kAt, 2, 0}}));
  EXPECT_EQ(counts_.written, 1u);
  EXPECT_EQ(counts_.left_out, 4u);
}

// Answers with these statuses, one after another, the last one for good; 0 is no answer.
class Receiver {
 public:
  explicit Receiver(std::vector<int> statuses) : statuses_(std::move(statuses)) {}

  std::unique_ptr<HttpClient> client() { return std::make_unique<Client>(*this); }
  // Waits until so many requests came; their bodies.
  std::vector<std::string> bodies(std::size_t count) {
    std::unique_lock lock(mutex_);
    came_.wait(lock, [&] { return bodies_.size() >= count; });
    return bodies_;
  }

 private:
  struct Client final : HttpClient {
    explicit Client(Receiver& receiver) : to(receiver) {}
    Result<ClientResponse> send(const ClientRequest& request) override {
      const std::lock_guard lock(to.mutex_);
      const auto turn = std::min(to.bodies_.size(), to.statuses_.size() - 1);
      to.bodies_.push_back(request.url + "\n" + request.body);
      to.came_.notify_all();
      if (to.statuses_[turn] == 0) return Error{ErrorKind::kUnavailable, "nobody is there"};
      return ClientResponse{to.statuses_[turn], {}, "because\n"};
    }
    Receiver& to;
  };
  const std::vector<int> statuses_;
  std::mutex mutex_;
  std::condition_variable came_;
  std::vector<std::string> bodies_;
};

class PassOnTest : public testing::Test {
 protected:
  PassOn::Parts parts(Receiver& receiver) const {
    return {keyed, [&receiver] { return receiver.client(); }, &clock_,
            [](std::chrono::milliseconds) { return std::chrono::milliseconds(0); }};
  }
  static std::string metrics(const PassOn& pass_on) {
    Families families;
    pass_on.add_metrics(families);
    return expose(std::move(families).take(), Exposition::kText);
  }
  // Counted behind the answer, on another thread.
  static void wait_for(const PassOn& pass_on, const std::string& line) {
    while (metrics(pass_on).find(line + "\n") == std::string::npos) std::this_thread::yield();
  }
  ManualClock clock_{kNow};
};

TEST_F(PassOnTest, WhatIsNotTakenNowIsTriedAgainWithTheSameBytes) {
  Receiver receiver({503, 0, 429, 204});
  PassOn pass_on(parts(receiver), {});
  pass_on.take("mesh", series("up", "{}", keyed("id-1")), 1);
  pass_on.begin("http://127.0.0.1:9090/api/v1/write");
  const auto bodies = receiver.bodies(4);
  EXPECT_EQ(std::count(bodies.begin(), bodies.end(), bodies[0]), 4);
  EXPECT_TRUE(bodies[0].starts_with("http://127.0.0.1:9090/api/v1/write\n"));
  wait_for(pass_on, "candor_ops_passed_on_samples_total{outcome=\"passed\"} 1");
}

TEST_F(PassOnTest, WhatIsRefusedIsCountedAndTheNextOneGoes) {
  Receiver receiver({400, 204});
  PassOn pass_on(parts(receiver), {});
  pass_on.begin("http://127.0.0.1:1");
  pass_on.take("mesh", series("up", "{}", keyed("id-1")), 1);
  pass_on.take("mesh", series("down", "{}", keyed("id-1")), 1);
  wait_for(pass_on, "candor_ops_passed_on_samples_total{outcome=\"passed\"} 1");
  wait_for(pass_on, "candor_ops_passed_on_samples_total{outcome=\"refused\"} 1");
}

// Prometheus answers 500 to a sample that is too old, and to the message that has one, for ever.
TEST_F(PassOnTest, WhatGrowsTooOldMeanwhileIsLeftOutOfTheNextTry) {
  Receiver receiver({503, 503, 204});
  auto parts_of_it = parts(receiver);
  parts_of_it.jitter = [this](std::chrono::milliseconds) {
    clock_.advance(std::chrono::hours(12) + std::chrono::minutes(1));
    return std::chrono::milliseconds(0);
  };
  PassOn pass_on(std::move(parts_of_it), {});
  const auto later = kAt + std::int64_t{1'000} * 86'400;
  pass_on.take("mesh", series("up", "{}", keyed("id-1")), 1);
  pass_on.take("mesh", series("up", "{}", keyed("id-2"), {{later, 1, 0}}), 1);
  pass_on.begin("http://127.0.0.1:1");
  wait_for(pass_on, "candor_ops_passed_on_samples_total{outcome=\"left_out\"} 1");
  wait_for(pass_on, "candor_ops_passed_on_samples_total{outcome=\"passed\"} 1");
  EXPECT_EQ(receiver.bodies(3).size(), 3u);
}

TEST_F(PassOnTest, WhatIsAnsweredByErrorsAloneIsGivenUpAndTheNextOneGoes) {
  std::vector<int> statuses(2, 503);
  statuses.insert(statuses.end(), kMaxPassOnErrors, 500);
  statuses.push_back(204);
  Receiver receiver(statuses);
  PassOn pass_on(parts(receiver), {});
  pass_on.begin("http://127.0.0.1:1");
  pass_on.take("mesh", series("up", "{}", keyed("id-1")), 1);
  pass_on.take("mesh", series("down", "{}", keyed("id-1")), 1);
  wait_for(pass_on, "candor_ops_passed_on_samples_total{outcome=\"passed\"} 1");
  wait_for(pass_on, "candor_ops_passed_on_samples_total{outcome=\"refused\"} 1");
}

TEST_F(PassOnTest, BeyondTheLimitTheOldestGo) {
  Receiver receiver({204});
  PassOn pass_on(parts(receiver), {});
  for (std::size_t i = 0; i < kMaxPassOnRequests + 5; ++i)
    pass_on.take("mesh", series("up", "{}", keyed("id-1")), 2);
  EXPECT_THAT(metrics(pass_on), HasSubstr("{outcome=\"dropped\"} 10\n"));
  EXPECT_THAT(metrics(pass_on), HasSubstr("candor_ops_pass_on_waiting 10000\n"));
  pass_on.take("mesh", std::string(kMaxPassOnBytes, 'x'), 1);
  EXPECT_THAT(metrics(pass_on), HasSubstr("candor_ops_pass_on_waiting 1\n"));
}

}  // namespace
}  // namespace candor
