#include <fcntl.h>
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sys/mman.h>

#include "agent/agent_fixture.h"
#include "library/declarations.h"
#include "library/switch_file.h"

namespace candor {
namespace {

constexpr std::string_view kContract = R"toml(candor = 1
[product]
name = "mesh"
contact = "c"
accepts = ["native"]
endpoint = "https://collector.example.com"
[[collector]]
kind = "host"
[[channel]]
name = "basic"
about = "x"
default = true
fields = [
  {{ path = "cpu.count", type = "integer", about = "x" }},
  {{ path = "usage.exports", type = "integer", kind = "counter", about = "x" }},
  {{ path = "took.export.*", type = "number", kind = "histogram", bounds = ["0.1", "1"], about = "x" }},
  {{ path = "usage.old", type = "integer", kind = "counter", expires = "2026-11-01", about = "x" }},
{}]
[[channel]]
name = "commands"
about = "x"
default = {}
[[channel.event]]
name = "command"
about = "x"
run = true
fields = [
  {{ path = "name", type = "string", max_length = 32, about = "x" }},
  {{ path = "kind", type = "string", values = ["a", "b"], about = "x" }},
  {{ path = "args", type = "string", class = "hashed", hash = "sha256", about = "x" }},
  {{ path = "secret", type = "string", class = "never", about = "x" }},
  {{ path = "tags[]", type = "string", about = "x" }},
  {{ path = "size", type = "number", min = 0, max = 1.5, about = "x" }},
]
)toml";

class Telling : public AgentTest {
 protected:
  Telling() { contract(fmt::format(kContract, "", true)); }

  std::string bytes() { return open().state().read("library/switch").value_or(""); }
  std::string text() {
    const auto all = bytes();
    const auto view = library::read_switch(all);
    return view ? std::string(view->text) : "none";
  }
  // Of each declaration '1' or '0'.
  std::string flags() {
    const auto all = bytes();
    const auto view = library::read_switch(all);
    if (!view) return "none";
    auto flags = all.substr(view->header.flags_at + 1, view->header.declarations);
    for (auto& flag : flags) flag = static_cast<char>(flag + '0');
    return flags;
  }
  void turn_on() {
    const auto on = open().turn_on({"", false, "candor on"});
    ASSERT_TRUE(on.ok()) << on.error().message;
  }
};

TEST_F(Telling, WhoWasNeverAskedHasNoSwitch) {
  ASSERT_TRUE(open().tell_programs().ok());
  EXPECT_EQ(text(), "none");
  ASSERT_TRUE(open().turn_off().ok());
  EXPECT_EQ(text(), "none");
}

TEST_F(Telling, AYesDeclaresWhatMayLeave) {
  turn_on();
  const auto hash = open().contract().hash;
  EXPECT_EQ(text(), fmt::format("product\tmesh\ncontract\t{}\n"
                                "counter\tusage.exports\n"
                                "histogram\ttook.export\t0.1\t1\n"
                                "counter\tusage.old\n"
                                "run\tcommand\n"
                                "field\tname\tstring\tclear\t\t\t32\n"
                                "field\tkind\tstring\tclear\t\t\t256\ta\tb\n"
                                "field\targs\tstring\tsha256\t\t\t256\n"
                                "field\tsize\tnumber\tclear\t0\t1.5\t\n",
                                hash));
  EXPECT_TRUE(library::read_declarations(text()));
  EXPECT_EQ(flags(), "11011111");
}

TEST_F(Telling, CrashRecordsAreDeclaredWhereTheContractHasThemAndTheirChannelIsOn) {
  constexpr std::string_view kCrashes = R"toml([[channel]]
name = "crash"
about = "x"
default = {}
fields = [{{ path = "program_crashes[].id", type = "string", about = "x" }}]
)toml";
  const auto says = [&](bool is_collected, bool is_on) {
    contract(fmt::format(kContract, "", true) + fmt::format(kCrashes, is_on) +
             (is_collected ? "[[collector]]\nkind = \"crashes\"\n" : ""));
    turn_on();
    EXPECT_TRUE(open().tell_programs().ok());
    EXPECT_TRUE(library::read_declarations(text()));
    return text().ends_with("\ncrashes\tprogram_crashes\n") ? flags().substr(8) : "undeclared";
  };
  EXPECT_EQ(says(false, true), "undeclared");
  EXPECT_EQ(says(true, false), "0");
  EXPECT_EQ(says(true, true), "1");
}

TEST_F(Telling, AnOffReachesWhoHasMappedIt) {
  turn_on();
  const FileDescriptor file(::open((paths_.state / "library/switch").c_str(), O_RDONLY));
  const auto size = bytes().size();
  auto* const mapped =
      static_cast<const char*>(mmap(nullptr, size, PROT_READ, MAP_SHARED, file.get(), 0));
  ASSERT_NE(mapped, MAP_FAILED);
  const auto flag = [&] { return mapped[sizeof(library::SwitchHeader) + 1]; };
  EXPECT_EQ(flag(), 1);
  ASSERT_TRUE(open().turn_off().ok());
  EXPECT_EQ(flag(), 0);
  EXPECT_EQ(flags(), "00000000");
  turn_on();
  EXPECT_EQ(flag(), 1);
  // Another contract: what is mapped is off for good, and the new file says what is declared now.
  contract(fmt::format(
      kContract,
      "  { path = \"usage.more\", type = \"integer\", kind = \"counter\", about = \"x\" },\n",
      true));
  ASSERT_TRUE(open().tell_programs().ok());
  EXPECT_EQ(flag(), 0);
  EXPECT_EQ(flags(), "110011111") << "what nobody agreed to stays home";
  turn_on();
  EXPECT_EQ(flags(), "110111111");
  EXPECT_EQ(flag(), 0);
  munmap(const_cast<char*>(mapped), size);
}

TEST_F(Telling, ChannelsPolicyAndLocalCount) {
  contract(fmt::format(kContract, "", false));
  turn_on();
  EXPECT_EQ(flags(), "11000000");
  configure("channel_commands = true");
  ASSERT_TRUE(open().note_leaving().ok());
  EXPECT_EQ(flags(), "11011111");
  const auto policy = paths_.state / "policy.toml";
  ASSERT_TRUE(write_file(policy, "telemetry = \"off\"\n").ok());
  ASSERT_TRUE(open({{"CANDOR_POLICY", policy.string()}}).note_leaving(Agent::Eyes::kAgent).ok());
  EXPECT_EQ(flags(), "00000000");
  ASSERT_TRUE(open().turn_local().ok());
  EXPECT_EQ(flags(), "11011111");
}

TEST_F(Telling, LocalBySomebodyElsesWordIsOff) {
  turn_on();
  const auto policy = paths_.state / "policy.toml";
  ASSERT_TRUE(write_file(policy, "telemetry = \"local\"\n").ok());
  ASSERT_TRUE(open({{"CANDOR_POLICY", policy.string()}}).tell_programs(Agent::Eyes::kAgent).ok());
  EXPECT_EQ(flags(), "00000000");
}

TEST_F(Telling, ADecisionThatCannotBeReadIsOff) {
  turn_on();
  ASSERT_TRUE(write_file(paths_.state / "consent.json", "{").ok());
  ASSERT_TRUE(open().tell_programs(Agent::Eyes::kAgent).ok());
  EXPECT_EQ(flags(), "00000000");
}

TEST_F(Telling, ASwitchThatCannotBeReadIsSwitchedOffAllTheSame) {
  turn_on();
  const auto file = paths_.state / "library/switch";
  auto damaged = bytes();
  damaged[8] = 9;  // another version
  ASSERT_TRUE(write_file(file, damaged).ok());
  ASSERT_TRUE(open().turn_off().ok());
  const auto after = bytes();
  EXPECT_EQ(after.size(), damaged.size());
  EXPECT_EQ(after.substr(sizeof(library::SwitchHeader)),
            std::string(after.size() - sizeof(library::SwitchHeader), '\0'));
}

TEST_F(Telling, AnEventThatBecameARunIsNotToldBeforeAYes) {
  auto before = fmt::format(kContract, "", true);
  before.replace(before.find("run = true\n"), 11, "");
  contract(before);
  turn_on();
  EXPECT_EQ(flags(), "11011111") << "an event";
  contract(fmt::format(kContract, "", true));
  ASSERT_TRUE(open().tell_programs().ok());
  EXPECT_EQ(flags()[3], '0');
  turn_on();
  EXPECT_EQ(flags()[3], '1');
}

TEST_F(Telling, AContractThatTakesNothingOfProgramsSwitchesThemOff) {
  turn_on();
  auto other = fmt::format(kContract, "", true);
  other.replace(other.find("\"native\""), 8, "\"segment\"");
  contract(other);
  ASSERT_TRUE(open().tell_programs().ok());
  EXPECT_EQ(flags().find('1'), std::string::npos);
}

}  // namespace
}  // namespace candor
