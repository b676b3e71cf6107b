#include "agent/collect/collectors.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace candor {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr std::string_view kTop = "candor = 1\n[product]\nname = \"acme\"\ncontact = \"c\"\n";

// Two programs: /bin/a for channel one, /bin/b for channel two.
Contract two_programs() {
  return *parse_contract(
      std::string(kTop) +
          "[[collector]]\nkind = \"exec\"\ncommand = [\"/bin/a\"]\nunder = \"a\"\n"
          "[[collector]]\nkind = \"exec\"\ncommand = [\"/bin/b\"]\nunder = \"b\"\n"
          "[[channel]]\nname = \"one\"\nabout = \"x\"\nfields = [\n"
          "{ path = \"a.n\", type = \"integer\", about = \"x\" },\n"
          "{ path = \"ab.n\", type = \"integer\", about = \"x\" }]\n"
          "[[channel]]\nname = \"two\"\nabout = \"x\"\nfields = [\n"
          "{ path = \"b.n\", type = \"integer\", about = \"x\" }]\n",
      "acme.toml");
}

struct World {
  std::vector<std::string> ran;
  std::map<std::string, Result<ProcessOutput>> programs;
  ProcessRunner runner() {
    return [this](const ProcessOptions& options) -> Result<ProcessOutput> {
      ran.push_back(options.argv.front());
      const auto found = programs.find(options.argv.front());
      if (found == programs.end()) return Error{ErrorKind::kUnavailable, "cannot start it"};
      return found->second;
    };
  }
};

Result<Collection> collect_with(const Contract& contract, const ChannelSet& channels,
                                World& world) {
  const auto settings = *parse_settings("", "/candor.toml");
  const CollectRequest request{
      contract, settings, channels, std::nullopt, "salt", from_unix_millis(0), Path()};
  return collect(request, world.runner());
}

TEST(Collectors, AProgramThatFailsKeepsNothingElseHome) {
  World world;
  world.programs.emplace("/bin/b", ProcessOutput{0, R"({"n": 2})", ""});
  const auto contract = two_programs();
  const auto seen = collect_with(contract, {"one", "two"}, world);
  ASSERT_TRUE(seen.ok());
  EXPECT_EQ(to_line(seen->observation.document()), R"({"b":{"n":2}})");
  EXPECT_THAT(seen->notes, ElementsAre("acme.toml:5: a is left out: cannot start it."));
}

TEST(Collectors, WhenNothingAnswersThereIsNoReport) {
  World world;
  const auto contract = two_programs();
  const auto seen = collect_with(contract, {"one", "two"}, world);
  EXPECT_EQ(seen.error().kind, ErrorKind::kUnavailable);
  EXPECT_THAT(seen.error().message, HasSubstr("acme.toml:9"));
}

TEST(Collectors, AProgramWhoseChannelsAreOffIsNotRun) {
  World world;
  world.programs.emplace("/bin/b", ProcessOutput{0, R"({"n": 2})", ""});
  const auto contract = two_programs();
  ASSERT_TRUE(collect_with(contract, {"two"}, world).ok());
  EXPECT_THAT(world.ran, ElementsAre("/bin/b"));
}

TEST(Collectors, ObjectsOfOneNameBecomeOne) {
  Observation observation(Json::object());
  observation.merge(*parse_json(R"({"a": {"x": 1, "l": [1]}, "s": 1})"));
  observation.merge(*parse_json(R"({"a": {"y": 2, "l": [2]}, "s": {"t": 3}})"));
  EXPECT_EQ(to_line(observation.document()), R"({"a":{"x":1,"l":[2],"y":2},"s":{"t":3}})");
}

TEST(Collectors, SystemdIsAskedWithoutDcosToo) {
  const auto contract = *parse_contract(
      std::string(kTop) +
          "[[collector]]\nkind = \"units\"\n[[channel]]\nname = \"one\"\nabout = \"x\"\nfields = "
          "[{ path = \"units.services_running\", type = \"integer\", about = \"x\" }]\n",
      "acme.toml");
  World world;
  EXPECT_EQ(collect_with(contract, {"one"}, world).error().kind, ErrorKind::kUnavailable);
  world.programs.emplace(
      "systemctl",
      ProcessOutput{0, "Id=a.service\nLoadState=loaded\nActiveState=active\nSubState=running\n",
                    ""});
  const auto seen = collect_with(contract, {"one"}, world);
  ASSERT_TRUE(seen.ok());
  EXPECT_EQ(to_line(seen->observation.document()),
            R"({"units":{"services_active":1,"services_running":1}})");
  EXPECT_TRUE(collect_with(contract, {}, world).ok()) << "nothing wanted, nothing missing";
}

}  // namespace
}  // namespace candor
