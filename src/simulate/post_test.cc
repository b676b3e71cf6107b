#include "simulate/post.h"

#include <gtest/gtest.h>

#include <atomic>
#include <map>
#include <set>

#include "base/digest.h"
#include "base/json.h"
#include "base/mutex.h"
#include "simulate/progress.h"

namespace candor {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr std::int64_t kUntil = 20'778;

ClientResponse answer(int status, std::string body) {
  ClientResponse response;
  response.status = status;
  response.body = std::move(body);
  return response;
}

ClientResponse accepted() {
  return answer(200, R"({"schema_version":1,"status":"accepted","dropped":[],"quarantined":[]})");
}

// A collector in memory: what it answers is decided by a function; what it was sent is kept.
class FakeCollector {
 public:
  using Decide = std::function<Result<ClientResponse>(const ClientRequest&, int request_number)>;
  explicit FakeCollector(Decide decide) : decide_(std::move(decide)) {}

  Result<ClientResponse> take(const ClientRequest& request) {
    MutexLock lock(mutex_);
    auto response = decide_(request, ++requests_);
    if (response.ok() && response->status == 200) ++stored_[sha256_hex(request.body)];
    last_ = request;
    return response;
  }
  std::unique_ptr<HttpClient> client() {
    class Client final : public HttpClient {
     public:
      explicit Client(FakeCollector& collector) : collector_(collector) {}
      Result<ClientResponse> send(const ClientRequest& request) override {
        return collector_.take(request);
      }

     private:
      FakeCollector& collector_;
    };
    return std::make_unique<Client>(*this);
  }
  std::map<std::string, int> stored() {
    MutexLock lock(mutex_);
    return stored_;
  }
  ClientRequest last() {
    MutexLock lock(mutex_);
    return last_;
  }

 private:
  Mutex mutex_;
  Decide decide_;
  int requests_ = 0;
  std::map<std::string, int> stored_;
  ClientRequest last_;
};

class Post : public testing::Test {
 protected:
  Post()
      : contract_(*read_contract(Path(CANDOR_TEST_SOURCE_DIR) / "contracts/mesh.toml")),
        fleet_(*Fleet::make(contract_, {7, 50, 4, kUntil})) {}

  // Posts with time that stands still but for the waits.
  PostSummary post(FakeCollector& collector) {
    PostOptions options;
    options.url = "http://127.0.0.1:1/p/mesh/";
    options.make_client = [&] { return collector.client(); };
    options.wait = [this](milliseconds time) { waited_ += time.count(); };
    options.now = [this] {
      return std::chrono::steady_clock::time_point(milliseconds(waited_.load()));
    };
    auto summary = post_reports(fleet_, options);
    EXPECT_TRUE(summary.ok());
    EXPECT_EQ(summary->reports, fleet_.count());
    EXPECT_EQ(summary->counts.answered() + summary->counts.undelivered, summary->reports);
    return *summary;
  }

  Contract contract_;
  Fleet fleet_;
  std::atomic<std::int64_t> waited_{0};
};

TEST_F(Post, EveryReportArrivesOnceWithItsKey) {
  FakeCollector collector([](const auto&, int) { return accepted(); });
  const auto summary = post(collector);
  EXPECT_EQ(summary.counts.accepted, summary.reports);
  EXPECT_FALSE(summary.failure.has_value());
  EXPECT_EQ(collector.stored().size(), summary.reports);
  for (const auto& [key, times] : collector.stored()) EXPECT_EQ(times, 1);
  const auto request = collector.last();
  EXPECT_EQ(request.method, "POST");
  EXPECT_EQ(request.url, "http://127.0.0.1:1/p/mesh/v1/reports");
  ASSERT_EQ(request.headers.size(), 2u);
  EXPECT_EQ(request.headers[1].value, sha256_hex(request.body));
}

TEST_F(Post, CollectorThatGoesAwayAndComesBackGetsEverything) {
  FakeCollector collector([](const auto&, int number) -> Result<ClientResponse> {
    // So few that the longest waits add up to less than the patience, even if one report meets them
    // all.
    if (number > 40 && number < 55) return Error{ErrorKind::kUnavailable, "connection refused"};
    if (number > 90 && number < 100) return answer(503, "");
    return accepted();
  });
  const auto summary = post(collector);
  EXPECT_EQ(summary.counts.accepted, summary.reports);
  EXPECT_EQ(collector.stored().size(), summary.reports);
  EXPECT_EQ(summary.counts.retries, 23u);
}

TEST_F(Post, AnswersAreCountedByTheirStatus) {
  FakeCollector collector([](const auto&, int number) {
    switch (number % 5) {
      case 0:
        return accepted();
      case 1:
        return answer(200, R"({"status":"duplicate"})");
      case 2:
        return answer(
            200,
            R"({"status":"partly_quarantined","dropped":[{"path":"a","count":3},{"path":"b","count":1}]})");
      case 3:
        return answer(200, R"({"status":"quarantined"})");
      default:
        return answer(409,
                      R"({"error":{"reason":"unknown_contract","message":"No such contract."}})");
    }
  });
  const auto summary = post(collector);
  const auto fifth = summary.reports / 5;
  for (const auto count :
       {summary.counts.accepted, summary.counts.duplicates, summary.counts.partly_quarantined,
        summary.counts.quarantined, summary.counts.refused}) {
    EXPECT_NEAR(static_cast<double>(count), static_cast<double>(fifth), 1.0);
  }
  EXPECT_EQ(summary.counts.dropped_values, 4 * summary.counts.partly_quarantined);
  EXPECT_EQ(summary.first_refusal, "409 No such contract.");
}

TEST_F(Post, PatienceEndsAndTheSummarySaysWhy) {
  FakeCollector collector([](const auto&, int number) -> Result<ClientResponse> {
    if (number > 20) return Error{ErrorKind::kUnavailable, "connection refused"};
    return accepted();
  });
  const auto summary = post(collector);
  ASSERT_TRUE(summary.failure.has_value());
  EXPECT_EQ(summary.failure->kind, ErrorKind::kUnavailable);
  EXPECT_NE(summary.failure->message.find("connection refused"), std::string::npos);
  EXPECT_EQ(summary.counts.accepted, 20u);
  EXPECT_EQ(summary.counts.undelivered, summary.reports - 20);
}

TEST_F(Post, AnswerOfSomethingElseThanACollectorIsARefusal) {
  FakeCollector collector([](const auto&, int) { return answer(200, "<html>welcome</html>"); });
  const auto summary = post(collector);
  EXPECT_EQ(summary.counts.refused, summary.reports);
  EXPECT_NE(summary.first_refusal.find("no collector"), std::string::npos);
}

TEST_F(Post, BadOptionsAreRefusedBeforeAnythingIsSent) {
  PostOptions options;
  options.url = "ftp://127.0.0.1";
  EXPECT_EQ(post_reports(fleet_, options).error().kind, ErrorKind::kUsage);
  options.url = "http://127.0.0.1:1";
  options.connections = 0;
  EXPECT_EQ(post_reports(fleet_, options).error().kind, ErrorKind::kUsage);
}

TEST_F(Post, ReportsCrossARealConnection) {
  std::atomic<int> requests{0};
  auto server = HttpServer::start({}, [&](const HttpRequest& request, const Respond& respond) {
    const bool good = request.path == "/v1/reports" &&
                      sha256_hex(request.body) == request.header("Idempotency-Key");
    HttpResponse response;
    response.status = good ? 200 : 400;
    if (++requests % 7 == 0) response.status = 503;
    response.body = R"({"status":"accepted"})";
    respond(response);
  });
  ASSERT_TRUE(server.ok()) << server.error().message;
  PostOptions options;
  options.url = "http://127.0.0.1:" + std::to_string((*server)->port());
  options.wait = [](milliseconds) {};
  const auto summary = post_reports(fleet_, options);
  ASSERT_TRUE(summary.ok());
  EXPECT_EQ(summary->counts.accepted, summary->reports);
  EXPECT_GT(summary->counts.retries, 0u);
}

TEST(PostDecision, OnlyWhatMayPassIsTriedAgain) {
  EXPECT_EQ(next_after(200), PostNext::kAnswered);
  for (const int status : {0, 408, 429, 500, 503})
    EXPECT_EQ(next_after(status), PostNext::kAgain) << status;
  for (const int status : {301, 400, 401, 404, 409, 413})
    EXPECT_EQ(next_after(status), PostNext::kRefused) << status;
}

TEST(PostDecision, WaitsGrowToABoundAndHonourRetryAfter) {
  EXPECT_EQ(wait_before(1, "", 99), milliseconds(100));
  EXPECT_LE(wait_before(50, "", 12'345'678), milliseconds(kLongestRetryWait));
  EXPECT_EQ(wait_before(1, "3", 5), seconds(3));
  EXPECT_EQ(wait_before(1, "86400", 5), kLongestRetryAfter);
  EXPECT_LE(wait_before(1, "Wed, 21 Oct 2026 07:28:00 GMT", 5), kFirstRetryWait);
}

TEST(Progress, SaysHowFarAndHowLong) {
  PostProgress progress{1000, {}, milliseconds(2000), ""};
  progress.counts.accepted = 500;
  EXPECT_EQ(progress_bar(progress, 100),
            "[############............]  500/1000  50%  250/s  3 s left");
  EXPECT_EQ(progress_sentence(progress), "500 of 1000 reports, 250/s, 3 s left");
  progress.trouble = "connection refused";
  EXPECT_EQ(progress_sentence(progress),
            "500 of 1000 reports, 250/s, trying again: connection refused");
  EXPECT_EQ(progress_bar(progress, 20).size(), 20u);
  EXPECT_EQ(progress_bar({0, {}, milliseconds(0), ""}, 100),
            "[........................]  0/0  0%  0/s  starting");
}

}  // namespace
}  // namespace candor
