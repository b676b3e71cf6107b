#include "server/engine/client.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace candor {
namespace {

// Answers with what stands in `answers`, in order, and keeps the requests.
struct Wire {
  std::vector<ClientRequest> requests;
  std::vector<std::string> bodies;
  std::vector<Result<ClientResponse>> answers;
};

class FakeHttp final : public HttpClient {
 public:
  explicit FakeHttp(Wire& wire) : wire_(wire) {}
  Result<ClientResponse> send(const ClientRequest& request) override {
    wire_.requests.push_back(request);
    wire_.bodies.emplace_back(request.large_body);
    while (request.next_piece) {
      const auto piece = request.next_piece();
      if (!piece.ok()) return Error{ErrorKind::kUnavailable, "cut off"};
      if (piece->empty()) break;
      wire_.bodies.back() += *piece;
    }
    auto answer = std::move(wire_.answers.front());
    wire_.answers.erase(wire_.answers.begin());
    return answer;
  }

 private:
  Wire& wire_;
};

struct EngineClientTest : testing::Test {
  EngineClient client(std::string_view address = "unix:/run/engine.sock") {
    return EngineClient(*parse_engine_address(address), EngineClient::default_options({}),
                        std::make_unique<FakeHttp>(wire));
  }
  void will_answer(int status, std::string body) {
    ClientResponse response;
    response.status = status;
    response.body = std::move(body);
    wire.answers.emplace_back(std::move(response));
  }
  Wire wire;
};

TEST(EngineAddress, ASocketHasAnAbsolutePath) {
  const auto address = parse_engine_address("unix:/run/candor/engine.sock");
  ASSERT_TRUE(address.ok());
  EXPECT_EQ(address->unix_socket, "/run/candor/engine.sock");
  EXPECT_FALSE(parse_engine_address("unix:engine.sock").ok());
}

TEST(EngineAddress, AServerHasUserAndDatabase) {
  const auto address = parse_engine_address("https://me:pa%20ss@ch.example:8443/?database=candor");
  ASSERT_TRUE(address.ok());
  EXPECT_EQ(address->url, "https://ch.example:8443/");
  EXPECT_EQ(address->user, "me");
  EXPECT_EQ(address->password, "pa ss");
  EXPECT_EQ(address->database, "candor");
  EXPECT_EQ(parse_engine_address("http://ch:8123")->url, "http://ch:8123/");
}

TEST(EngineAddress, AnythingElseIsRefusedWithoutRepeatingIt) {
  for (const char* text : {"", "ch:9000", "ftp://u:secret@h/", "http://u:secret@h/?databse=x"}) {
    const auto address = parse_engine_address(text);
    ASSERT_FALSE(address.ok()) << text;
    EXPECT_EQ(address.error().kind, ErrorKind::kConfiguration);
    EXPECT_EQ(address.error().message.find("secret"), std::string::npos);
  }
}

TEST_F(EngineClientTest, LoginGoesInHeadersNotInTheUrl) {
  will_answer(200, "");
  ASSERT_TRUE(client("http://me:secret@ch:8123/").execute("SELECT 1").ok());
  const ClientRequest& request = wire.requests.at(0);
  EXPECT_EQ(request.url.find("secret"), std::string::npos);
  const auto has = [&](std::string_view name, std::string_view value) {
    return std::ranges::any_of(request.headers, [&](const HttpHeader& header) {
      return header.name == name && header.value == value;
    });
  };
  EXPECT_TRUE(has("X-ClickHouse-User", "me"));
  EXPECT_TRUE(has("X-ClickHouse-Key", "secret"));
}

TEST_F(EngineClientTest, AnOldServerIsNotSentAToken) {
  will_answer(200, "18.16.1\n");
  will_answer(200, "");
  EngineClient old = client();
  ASSERT_TRUE(old.insert({.into = "t", .format = "TSV", .rows = "1\n", .token = "a"}).ok());
  EXPECT_EQ(wire.requests.at(1).url.find("insert_deduplication_token"), std::string::npos);
  EXPECT_EQ(wire.requests.at(1).url.find("async_insert"), std::string::npos);

  wire.requests.clear();
  will_answer(200, "26.7.3.1\n");
  will_answer(200, "");
  EngineClient now = client();
  ASSERT_TRUE(now.insert({.into = "t", .format = "TSV", .rows = "1\n", .token = "a b"}).ok());
  EXPECT_NE(wire.requests.at(1).url.find("insert_deduplication_token=a%20b"), std::string::npos);
  EXPECT_NE(wire.requests.at(1).url.find("async_insert=0"), std::string::npos);
  EXPECT_EQ(wire.bodies.at(1), "1\n");
}

TEST_F(EngineClientTest, RowsMayBeMadeWhileTheyAreSent) {
  will_answer(200, "26.7.3.1\n");
  will_answer(200, "");
  int left = 3;
  const auto next = [&]() -> Result<std::string_view> {
    return std::string_view(left-- > 1 ? "1\n" : "");
  };
  EngineClient now = client();
  EXPECT_TRUE(
      now.insert({.into = "t", .format = "TSV", .rows = {}, .next_rows = next, .token = "a"}).ok());
  EXPECT_EQ(wire.bodies.at(1), "1\n1\n");

  const auto fails = []() -> Result<std::string_view> {
    return Error{ErrorKind::kBadData, "record 7 of the journal: 'secret'"};
  };
  const auto status =
      now.insert({.into = "t", .format = "TSV", .rows = {}, .next_rows = fails, .token = "a"});
  EXPECT_EQ(status.error().kind, ErrorKind::kBadData);
  EXPECT_EQ(status.error().message, "record 7 of the journal: 'secret'");
}

TEST_F(EngineClientTest, ErrorsOfOldAndNewServersAreUnderstood) {
  will_answer(500, "Code: 252, e.displayText() = DB::Exception: Too many parts (300)");
  EXPECT_EQ(client().execute("X").error().kind, ErrorKind::kTryAgain);
  will_answer(404, "Code: 60. DB::Exception: Table t does not exist");
  const auto status = client().execute("X");
  EXPECT_EQ(status.error().kind, ErrorKind::kBadData);
  EXPECT_EQ(status.error().message, "Code: 60. DB::Exception: Table t does not exist");
}

TEST_F(EngineClientTest, AnotherProgramsErrorIsNoVerdictOnTheStatement) {
  will_answer(502, "<html>Bad gateway</html>");
  EXPECT_EQ(client().execute("X").error().kind, ErrorKind::kUnavailable);
}

TEST_F(EngineClientTest, NoAnswerIsUnavailableAndDoesNotRepeatTheStatement) {
  wire.answers.emplace_back(Error{
      ErrorKind::kUnavailable, "http://engine/?query=INSERT%20secret cannot be reached: refused"});
  const auto status = client().execute("INSERT secret");
  EXPECT_EQ(status.error().kind, ErrorKind::kUnavailable);
  EXPECT_EQ(status.error().message, "http://engine/ cannot be reached: refused");
}

TEST_F(EngineClientTest, TheErrorOfAnInsertEndsWhereRowsMayBegin) {
  will_answer(200, "26.7.3.1\n");
  will_answer(400, "Code: 27. DB::Exception: Cannot parse input: expected '\"' before: 'secret");
  const auto status =
      client().insert({.into = "t", .format = "TSV", .rows = "secret", .token = {}});
  EXPECT_EQ(status.error().message, "Code: 27. DB::Exception: Cannot parse input: expected …");
}

}  // namespace
}  // namespace candor
