#include "agent/readings.h"

#include <algorithm>

#include "agent/agent_fixture.h"

namespace candor {
namespace {

class ReadingsTest : public AgentTest {
 protected:
  // A service of the configuration where nobody listens.
  std::vector<ScrapeSetting> services() {
    configure("[[monitor.scrape]]\nname = \"api\"\nurl = \"http://127.0.0.1:1/metrics\"\n");
    return open().settings().scrapes();
  }
  static bool has(const std::vector<MetricFamily>& families, std::string_view name) {
    return std::ranges::find(families, name, &MetricFamily::name) != families.end();
  }
};

TEST_F(ReadingsTest, AreOfTheMachineTheAgentAndItsServices) {
  const auto readings = *Readings::of(open(), services());
  readings->note_pending(3);
  const auto families = readings->read(std::chrono::seconds(1));
  EXPECT_TRUE(has(families, "node_time_seconds"));
  EXPECT_TRUE(has(families, "candor_build_info"));
  const auto up = std::ranges::find(families, "up", &MetricFamily::name);
  ASSERT_NE(up, families.end());
  EXPECT_EQ(up->samples.at(0).value, 0);
  const auto pending =
      std::ranges::find(families, "candor_agent_pending_reports", &MetricFamily::name);
  ASSERT_NE(pending, families.end());
  EXPECT_EQ(pending->samples.at(0).value, 3);
  ASSERT_TRUE(readings->conditions());
  EXPECT_FALSE(readings->conditions()->at(0).is_up);
}

TEST_F(ReadingsTest, ALookMakesNothing) {
  ASSERT_TRUE(Readings::of(open(), services(), Readings::For::kALook).ok());
  EXPECT_FALSE(anything_written());
  ASSERT_TRUE(Readings::of(open(), services()).ok());
  EXPECT_TRUE(StateFolder(paths_.state).has("monitor.key"));
}

TEST_F(ReadingsTest, WithoutServicesThereIsNoKeyAndNoCondition) {
  const auto readings = *Readings::of(open(), {});
  EXPECT_FALSE(readings->conditions());
  EXPECT_FALSE(anything_written());
}

TEST_F(ReadingsTest, ReadingsOfManyAreEachWhole) {
  const auto readings = *Readings::of(open(), {});
  const auto whole = readings->read(std::chrono::seconds(1)).size();
  std::vector<std::jthread> readers;
  std::atomic<int> halves = 0;
  for (int i = 0; i < 8; ++i) {
    readers.emplace_back([&] {
      for (int turn = 0; turn < 20; ++turn)
        halves += readings->read(std::chrono::seconds(1)).size() == whole ? 0 : 1;
    });
  }
  readers.clear();
  EXPECT_EQ(halves, 0);
}

}  // namespace
}  // namespace candor
