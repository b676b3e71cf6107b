#include "server/load/merge_pause.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "server/load/limits.h"

namespace candor {
namespace {

using namespace std::chrono_literals;

// A store with so many deletions that wait, and so many parts in the fullest partition.
struct Store {
  int deletions = 0;
  std::uint64_t parts = 1;
  bool merges = true;
  bool loses_answers = false;
  int asked = 0;
};

class StoreHttp final : public HttpClient {
 public:
  explicit StoreHttp(Store& store) : store_(store) {}
  Result<ClientResponse> send(const ClientRequest& request) override {
    ++store_.asked;
    ClientResponse response;
    response.status = 200;
    if (request.body == "SYSTEM STOP MERGES candor.events") {
      store_.merges = false;
      if (store_.loses_answers) return Error{ErrorKind::kUnavailable, "no answer"};
    } else if (request.body == "SYSTEM START MERGES candor.events") {
      store_.merges = true;
    } else if (!request.body.starts_with("SYSTEM ")) {
      response.body = fmt::format(R"({{"meta":[{{"name":"a"}},{{"name":"b"}}],"data":[[{},{}]]}})",
                                  store_.deletions, store_.parts);
    }
    return response;
  }

 private:
  Store& store_;
};

class MergePauseTest : public testing::Test {
 protected:
  void look() {
    const auto looked = pause_.look(now_);
    ASSERT_TRUE(looked.ok()) << looked.error().message;
    EXPECT_EQ(pause_.waits(), !store_.merges);
  }

  Store store_;
  EngineClient engine_{*parse_engine_address("unix:/run/engine.sock"),
                       EngineClient::default_options({}), std::make_unique<StoreHttp>(store_)};
  MergePause pause_{engine_, true};
  MergePause::Time now_{1h};
};

TEST_F(MergePauseTest, WhatALoaderBeforeLeftIsEnded) {
  store_.merges = false;
  look();
  EXPECT_TRUE(store_.merges);
  const auto asked = store_.asked;
  look();
  EXPECT_EQ(store_.asked, asked) << "who is not behind asks nothing";
}

TEST_F(MergePauseTest, MergesWaitWhileTheLoaderIsBehindAndAMomentLonger) {
  pause_.behind(now_);
  look();
  EXPECT_FALSE(store_.merges);
  now_ += kMergeAfter;
  look();
  EXPECT_FALSE(store_.merges);
  now_ += 1ms;
  look();
  EXPECT_TRUE(store_.merges);
}

TEST_F(MergePauseTest, AnEngineThatWasStartedAnewIsTold) {
  pause_.behind(now_);
  look();
  store_.merges = true;
  look();
  EXPECT_FALSE(store_.merges);
}

TEST_F(MergePauseTest, WhatTheStoreDidWithoutAnAnswerIsEnded) {
  pause_.behind(now_);
  store_.loses_answers = true;
  EXPECT_FALSE(pause_.look(now_).ok());
  EXPECT_FALSE(store_.merges);
  now_ += kMergeAfter + 1ms;
  look();
  EXPECT_TRUE(store_.merges);
}

TEST_F(MergePauseTest, AStoreOfSomebodysOwnIsLeftAlone) {
  MergePause none(engine_, false);
  none.behind(now_);
  EXPECT_TRUE(none.look(now_).ok());
  EXPECT_FALSE(none.waits());
  EXPECT_EQ(store_.asked, 0);
}

TEST_F(MergePauseTest, WithManyPartsTheStoreMergesUntilThereAreFew) {
  pause_.behind(now_);
  store_.parts = kMostUnmergedParts - 1;
  look();
  EXPECT_FALSE(store_.merges);
  for (const auto parts : {kMostUnmergedParts, kFewUnmergedParts + 1}) {
    store_.parts = parts;
    look();
    EXPECT_TRUE(store_.merges) << parts;
  }
  store_.parts = kFewUnmergedParts;
  look();
  EXPECT_FALSE(store_.merges);
}

TEST_F(MergePauseTest, ADeletionDoesNotWait) {
  pause_.behind(now_);
  look();
  store_.deletions = 1;
  look();
  EXPECT_TRUE(store_.merges);
  store_.deletions = 0;
  look();
  EXPECT_FALSE(store_.merges);
}

}  // namespace
}  // namespace candor
