#include <gtest/gtest.h>

#include "server/insight/questions.h"

namespace candor {
namespace {

// Answers every question with one row of the same texts, and keeps what was asked.
class OneRow final : public HttpClient {
 public:
  explicit OneRow(std::vector<ClientRequest>& asked) : asked_(asked) {}
  Result<ClientResponse> send(const ClientRequest& request) override {
    asked_.push_back(request);
    ClientResponse response;
    response.status = 200;
    Json columns = Json::array(), row = Json::array();
    for (int i = 0; i < 9; ++i) {
      columns.push_back({{"name", "c"}, {"type", "String"}});
      row.push_back(i == 0 || i >= 7 ? "kestrel" : "1");
    }
    response.body = to_line(Json{{"meta", columns}, {"data", Json::array({row})}, {"rows", 1}});
    return response;
  }

 private:
  std::vector<ClientRequest>& asked_;
};

TEST(QuestionsThatNameSomebody, StandInNoQueryLog) {
  std::vector<ClientRequest> asked;
  Questions questions(EngineClient(*parse_engine_address("unix:/run/engine.sock"),
                                   EngineClient::default_options({}),
                                   std::make_unique<OneRow>(asked)));
  EXPECT_TRUE(questions.look_up("p", "kestrel", Instant{}).ok());
  EXPECT_TRUE(questions.find_installation("p", "kestrel", Instant{}).ok());
  const auto of_look_up = asked.size();
  EXPECT_TRUE(questions.crashes("p", Simulated::kLeftOut).ok());
  std::size_t named = 0;
  for (const auto& request : asked) {
    if (request.body.find("kestrel") == std::string::npos) continue;
    ++named;
    EXPECT_NE(request.url.find("log_queries=0"), std::string::npos) << request.body;
  }
  EXPECT_EQ(named, of_look_up + 1) << "of crashes the last question names some";
}

}  // namespace
}  // namespace candor
