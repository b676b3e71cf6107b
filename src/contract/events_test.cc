#include <fmt/format.h>
#include <gtest/gtest.h>

#include "contract/check.h"
#include "contract/contract.h"
#include "contract/docs.h"
#include "contract/event_facts.h"

namespace candor {
namespace {

constexpr std::string_view kEvents = R"toml(candor = 1
[product]
name = "acme"
contact = "c@example.com"
accepts = ["segment"]

[[channel]]
name = "usage"
about = "Usage."
owner = "team"
class = "keyed"
expires = "2030-01-01"
fields = [{ path = "name", type = "string", about = "Of reports." }]

[[channel.event]]
name = "signup"
about = "Somebody signed up."
installation = "properties.team"
class = "clear"
fields = [
  { path = "properties.team", type = "string", about = "Team." },
  { path = "properties.tags[]", type = "string", about = "Tags." },
  { path = "properties.price", type = "number", about = "Price." },
]

[[channel.event]]
name = "rating"
about = "A rating."
fields = [
  { path = "stars", type = "integer", class = "clear", about = "Stars." },
  { path = "activity", type = "string", class = "clear", about = "Of what." },
  { path = "who", type = "string", about = "Who." },
]

[[insight]]
name = "tags"
about = "Which tags."
event = "signup"
path = "properties.tags[]"
aggregate = "popular"

[[insight]]
name = "revenue"
about = "The sum of it."
event = "signup"
path = "properties.price"
by = "properties.team"

[[insight]]
name = "ratings"
about = "How good it is."
event = "rating"
path = "stars"
by = "activity"
aggregate = "rating"
)toml";

std::string with(std::string_view old, std::string_view now) {
  std::string text(kEvents);
  text.replace(text.find(old), old.size(), now);
  return text;
}

std::string problem_of(const std::string& text) {
  const auto contract = parse_contract(text, "c.toml");
  return contract.ok() ? "fine" : contract.error().message;
}

TEST(ContractEvents, AreDeclaredInAChannelWithFieldsOfTheirOwn) {
  const auto contract = *parse_contract(kEvents, "c.toml");
  ASSERT_EQ(contract.events.size(), 2u);
  const auto* signup = contract.event("signup");
  ASSERT_NE(signup, nullptr);
  EXPECT_EQ(contract.channels[signup->channel].name, "usage");
  EXPECT_EQ(signup->installation, "properties.team");
  const auto* node = signup->schema.root().member("properties")->member("team");
  const auto& team = contract.fields[*node->field];
  EXPECT_EQ(team.path, "signup: properties.team");
  EXPECT_EQ(contract.events[*team.event].name, "signup");
  EXPECT_EQ(team.privacy, PrivacyClass::kClear) << "the event's, before the channel's";
  EXPECT_EQ(team.owner, "team");
  EXPECT_TRUE(team.expires);
  EXPECT_EQ(contract.fields.back().privacy, PrivacyClass::kKeyed);
  EXPECT_EQ(contract.schema.root().member("properties"), nullptr) << "not a report's";
  EXPECT_EQ(contract.event("signoff"), nullptr);
}

TEST(ContractEvents, MistakesAreToldWithTheirPlace) {
  const std::pair<std::pair<std::string, std::string>, std::string> cases[] = {
      {{"name = \"rating\"\nabout", "name = \"signup\"\nabout"}, "declared twice"},
      {{"installation = \"properties.team\"", "installation = \"properties.x\""}, "no field"},
      {{"installation = \"properties.team\"", "installation = \"properties.team\"\nreport = \"x\""},
       "no field of reports"},
      {{"installation = \"properties.team\"", "report = \"name\""}, "has an installation"},
      {{"event = \"rating\"", "event = \"ratings\""}, "no event"},
      {{"path = \"stars\"\nby", "path = \"properties.price\"\nby"}, "no field"},
      {{"by = \"activity\"", "by = \"nothing\""}, "no field"},
      {{"aggregate = \"popular\"", "aggregate = \"majority\""}, "not computed of events"},
      {{"event = \"rating\"\npath = \"stars\"", "path = \"name\""}, "not computed of reports"},
      {{"name = \"rating\"\nabout", fmt::format("name = \"{}\"\nabout", std::string(121, 'x'))},
       "at most 120 bytes"},
  };
  EXPECT_EQ(problem_of(std::string(kEvents)), "fine");
  for (const auto& [change, wanted] : cases) {
    const auto problem = problem_of(with(change.first, change.second));
    EXPECT_NE(problem.find(wanted), std::string::npos) << change.second << ": " << problem;
    EXPECT_TRUE(problem.starts_with("c.toml:")) << problem;
  }
}

TEST(ContractEvents, StandForAPartOfAReportThatALaterChannelDeclares) {
  const auto text = with("installation = \"properties.team\"",
                         "installation = \"properties.team\"\nreport = \"later\"");
  EXPECT_NE(problem_of(text).find("no field of reports"), std::string::npos);
  EXPECT_EQ(
      problem_of(text + "[[channel]]\nname = \"more\"\nabout = \"M.\"\nowner = \"o\"\n"
                        "fields = [{ path = \"later.x\", type = \"string\", about = \"X.\" }]\n"),
      "fine");
}

TEST(ContractEvents, ArePartOfWhatIsAgreedTo) {
  const auto usual = parse_contract(kEvents, "c.toml")->consent_hash;
  const auto hash_with = [](std::string_view old, std::string_view now) {
    return parse_contract(with(old, now), "c.toml")->consent_hash;
  };
  EXPECT_EQ(hash_with("A rating.", "Another text."), usual);
  EXPECT_NE(hash_with("{ path = \"properties.team\", type = \"string\"",
                      "{ path = \"properties.team\", type = \"string\", class = \"hashed\""),
            usual);
  EXPECT_NE(parse_contract(std::string(kEvents) +
                               "[[channel]]\nname = \"more\"\nabout = \"More.\"\n"
                               "[[channel.event]]\nname = \"ping\"\nabout = \"A ping.\"\n",
                           "c.toml")
                ->consent_hash,
            usual)
      << "an event without fields tells that it happened";
}

TEST(ContractEvents, StandInTheDocumentation) {
  const auto page = to_markdown(*parse_contract(kEvents, "c.toml"));
  EXPECT_NE(page.find("### Event signup"), std::string::npos);
  EXPECT_NE(page.find("| `properties.team` |"), std::string::npos);
  EXPECT_NE(page.find("rating: `stars`, by `activity`"), std::string::npos);
}

// "tags=a; revenue[t1]=3".
std::string facts_of(std::string_view event, std::string_view body) {
  const auto contract = *parse_contract(kEvents, "c.toml");
  EventFacts reader(contract, event);
  const auto facts = reader.read(body);
  if (!facts.ok()) return "error";
  std::string text;
  for (const auto& fact : *facts) {
    if (!text.empty()) text += "; ";
    text += fmt::format("{} {} {} {}", contract.insights[fact.insight].name, fact.value,
                        fact.bucket, fact.number);
  }
  return text;
}

TEST(EventFacts, AreWhatTheInsightsOverThatEventAskFor) {
  EXPECT_EQ(facts_of("signup", R"({"properties":{"tags":["b","a","b"],"price":2.5,"team":"t"}})"),
            "tags a  0; tags b  0; revenue t  2.5");
  EXPECT_EQ(facts_of("signup", R"({"properties":{"price":1}})"), "revenue   1");
  EXPECT_EQ(facts_of("rating", R"({"stars":4,"activity":"project"})"), "ratings project 4 4");
  EXPECT_EQ(facts_of("rating", R"({"stars":6,"activity":"project"})"), "");
  EXPECT_EQ(facts_of("rating", R"({"activity":"project"})"), "");
  EXPECT_EQ(facts_of("other", R"({"stars":4})"), "");
  EXPECT_EQ(facts_of("rating", "no JSON"), "error");
  EXPECT_EQ(facts_of("rating", R"({"stars":4)"), "error");
  EXPECT_EQ(facts_of("rating", R"({"stars":"4","activity":7})"), "");
}

TEST(EventFacts, ArePathsThatShareAPartReadEachByItself) {
  Contract contract;
  const auto add = [&](std::string name, std::vector<std::string> paths, Aggregate aggregate,
                       std::string by = "") {
    Insight insight;
    insight.name = std::move(name);
    insight.event = "e";
    insight.paths = std::move(paths);
    insight.aggregate = aggregate;
    insight.by = std::move(by);
    contract.insights.push_back(insight);
  };
  add("one", {"a.b"}, Aggregate::kPopular);
  add("any", {"a.*"}, Aggregate::kPopular);
  add("other", {"a.c"}, Aggregate::kPopular);
  add("list", {"l[].n"}, Aggregate::kSum, "a.b");
  add("first of", {"missing", "n", "l[].n"}, Aggregate::kSum);
  add("whole", {"a"}, Aggregate::kPopular);
  EventFacts reader(contract, "e");
  for (int i = 0; i < 2; ++i) {
    const auto facts =
        reader.read(R"({"n":2.5,"a":{"c":"z","b":"\u0078","d":"z"},"l":[{"n":1},{"n":2},3,"n"]})");
    ASSERT_TRUE(facts.ok());
    std::string text;
    for (const auto& fact : *facts) {
      text +=
          fmt::format("{}={}/{} ", contract.insights[fact.insight].name, fact.value, fact.number);
    }
    EXPECT_EQ(text, "one=x/0 any=x/0 any=z/0 other=z/0 list=x/3 first of=/2.5 ");
  }
  EXPECT_FALSE(reader.empty());
  EXPECT_TRUE(EventFacts(contract, "another").empty());
}

}  // namespace
}  // namespace candor
