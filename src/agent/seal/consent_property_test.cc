// Emitted ⊆ consented: contracts and observations at random. What is in a report is resolved again
// here, by the generator's own lists, not by the code under test.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <random>

#include "agent/seal/seal.h"

namespace candor {
namespace {

constexpr int kPairs = 3'000;

struct Spec {
  std::vector<std::string> steps;  // keys, "*", "[]"
  std::string channel;
  std::string type;
  std::string privacy;  // with the hash
  std::string purpose;

  auto what() const { return std::tie(channel, type, privacy, purpose, steps); }
};
using Specs = std::vector<Spec>;

const std::vector<std::vector<std::string>> kPaths = {
    {"a"},           {"b", "c"},        {"b", "d"},         {"b", "e", "f"},
    {"l", "[]"},     {"o", "[]", "x"},  {"o", "[]", "y"},   {"o", "[]", "z", "[]"},
    {"m", "*"},      {"m", "named"},    {"m", "apart"},     {"w", "*", "*"},
    {"w", "k", "v"}, {"w", "*", "own"}, {"p", "*", "[]"},   {"p", "q", "[]"},
    {"odd.key"},     {"s", "*", "t"},   {"s", "named", "u"}};

std::string text_of(const std::vector<std::string>& steps) {
  std::string text;
  for (const auto& step : steps) {
    if (step != "[]" && !text.empty()) text += '.';
    text += step.find('.') == std::string::npos ? step : fmt::format("\\\"{}\\\"", step);
  }
  return text;
}

class Chance {
 public:
  explicit Chance(unsigned seed) : random_(seed) {}
  bool percent(unsigned share) { return random_() % 100 < share; }
  std::size_t below(std::size_t end) { return random_() % end; }
  std::string one_of(const std::vector<std::string>& all) { return all[below(all.size())]; }

 private:
  std::mt19937 random_;
};

Spec random_spec(Chance& chance, std::vector<std::string> steps) {
  Spec spec{std::move(steps), chance.one_of({"one", "two"}), "", "clear",
            chance.one_of({"improvement", "improvement", "improvement", "support"})};
  spec.type = chance.one_of({"string", "string", "integer", "boolean", "number"});
  if (spec.type == "string")
    spec.privacy = chance.one_of({"clear", "clear", "hashed md5", "hashed sha256", "keyed"});
  if (chance.percent(10)) spec.privacy = "never";
  return spec;
}

Specs random_specs(Chance& chance) {
  Specs specs;
  for (const auto& path : kPaths) {
    if (chance.percent(70)) specs.push_back(random_spec(chance, path));
  }
  return specs;
}

// The other side of an upgrade: mostly the same, some of it gone, new or another.
Specs upgraded(const Specs& older, Chance& chance) {
  Specs specs;
  for (const auto& path : kPaths) {
    const auto was = std::find_if(older.begin(), older.end(),
                                  [&](const Spec& spec) { return spec.steps == path; });
    if (was != older.end() && chance.percent(60)) {
      specs.push_back(*was);
    } else if (chance.percent(60)) {
      specs.push_back(random_spec(chance, path));
    }
  }
  return specs;
}

Contract contract_of(const Specs& specs) {
  std::string text = "candor = 1\n[product]\nname = \"p\"\ncontact = \"c\"\n";
  for (const char* channel : {"one", "two"}) {
    text += fmt::format("[[channel]]\nname = \"{}\"\nabout = \"x\"\n", channel);
    for (const auto& spec : specs) {
      if (spec.channel != channel) continue;
      const auto space = spec.privacy.find(' ');
      text += fmt::format(
          "[[channel.fields]]\npath = \"{}\"\ntype = \"{}\"\nclass = \"{}\"\npurpose = "
          "\"{}\"\nabout = \"x\"\n{}",
          text_of(spec.steps), spec.type, spec.privacy.substr(0, space), spec.purpose,
          space == std::string::npos
              ? ""
              : fmt::format("hash = \"{}\"\n", spec.privacy.substr(space + 1)));
    }
  }
  auto contract = parse_contract(text, "p.toml");
  if (!contract.ok()) throw std::runtime_error(contract.error().message + "\n" + text);
  return std::move(*contract);
}

Json random_value(Chance& chance) {
  switch (chance.below(6)) {
    case 0:
      return static_cast<int>(chance.below(1000));
    case 1:
      return chance.percent(50);
    case 2:
      return 0.5;
    case 3:
      return nullptr;
    default:
      return fmt::format("text {}", chance.below(1000));
  }
}

void put(Json& at, const std::vector<std::string>& steps, std::size_t i, Chance& chance) {
  if (i == steps.size()) {
    at = random_value(chance);
    return;
  }
  if (steps[i] == "[]") {
    if (!at.is_array()) at = Json::array();
    for (std::size_t n = chance.below(3); n > 0; --n) {
      at.push_back(nullptr);
      put(at.back(), steps, i + 1, chance);
    }
    return;
  }
  const std::vector<std::string> keys = {"named", "apart", "k", "v", "own", "q", "any", "t", "u"};
  put(at[steps[i] == "*" ? chance.one_of(keys) : steps[i]], steps, i + 1, chance);
}

Json random_observation(Chance& chance) {
  auto document = Json::object();
  for (const auto& path : kPaths) {
    for (int n = 0; n < 2; ++n) {
      if (chance.percent(70)) put(document, path, 0, chance);
    }
  }
  if (chance.percent(50)) put(document, {"undeclared", "x"}, 0, chance);
  return document;
}

// Whose value stands at a place; nullptr when nobody's. A key that is named goes before "*".
const Spec* owner_of(const Specs& specs, const std::vector<std::string>& place) {
  std::vector<const Spec*> left;
  for (const auto& spec : specs) left.push_back(&spec);
  for (std::size_t i = 0; i < place.size(); ++i) {
    const auto takes = [&](const Spec* spec, const std::string& step) {
      return i < spec->steps.size() && spec->steps[i] == step;
    };
    const bool named = std::any_of(left.begin(), left.end(),
                                   [&](const Spec* spec) { return takes(spec, place[i]); });
    std::erase_if(left, [&](const Spec* spec) { return !takes(spec, named ? place[i] : "*"); });
  }
  for (const auto* spec : left) {
    if (spec->steps.size() == place.size()) return spec;
  }
  return nullptr;
}

template <typename Visit>
void each_leaf(const Json& json, std::vector<std::string>& place, const Visit& visit) {
  if (!json.is_structured()) return visit(place);
  for (const auto& [key, value] : json.items()) {
    place.push_back(json.is_array() ? "[]" : key);
    each_leaf(value, place, visit);
    place.pop_back();
  }
}

TEST(ConsentProperty, EveryValueOfAReportWasAgreedToAsItIsDeclaredNow) {
  Chance chance(20261121);
  std::size_t leaves = 0;
  std::size_t held_back = 0;
  const auto identity = make_identity(std::nullopt, Instant{});
  for (int pair = 0; pair < kPairs && !::testing::Test::HasFailure(); ++pair) {
    const auto agreed_to = random_specs(chance);
    const auto now = upgraded(agreed_to, chance);
    const auto agreed = contract_of(agreed_to);
    const auto contract = contract_of(now);
    const auto fields = ConsentedFields::all_of(agreed);
    ChannelSet channels;
    for (const char* channel : {"one", "two"}) {
      if (chance.percent(80)) channels.insert(channel);
    }
    const auto sealed =
        seal(Observation(random_observation(chance)),
             {contract, fields, channels, identity, Instant{}, Attendance::kPerson, "t"});
    ASSERT_TRUE(sealed.ok());
    for (const auto& left_out : sealed->left_out)
      held_back += left_out.reason == LeftOut::Reason::kNotAgreed;
    auto report = *parse_json(sealed->report.bytes());
    report.erase("candor");
    std::vector<std::string> place;
    each_leaf(report, place, [&](const std::vector<std::string>& at) {
      ++leaves;
      const auto* was = owner_of(agreed_to, at);
      const auto* is = owner_of(now, at);
      ASSERT_TRUE(was != nullptr && is != nullptr) << text_of(at) << "\n"
                                                   << agreed.text << "\n"
                                                   << contract.text;
      EXPECT_EQ(was->what(), is->what()) << text_of(at);
      EXPECT_NE(is->privacy, "never") << text_of(at);
      EXPECT_TRUE(channels.contains(is->channel)) << text_of(at);
    });
  }
  // The generator tries what it is there to try.
  EXPECT_GT(leaves, 5'000u);
  EXPECT_GT(held_back, 5'000u);
}

}  // namespace
}  // namespace candor
