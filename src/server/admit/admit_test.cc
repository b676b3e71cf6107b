#include "server/admit/admit.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>

#include "base/digest.h"
#include "base/json.h"
#include "contract/limits.h"
#include "server/admit/limits.h"

namespace candor {
namespace {

constexpr std::string_view kContract = R"(
candor = 1
[product]
name = "p"
contact = "c@example.com"
accepts = ["native"]
[[channel]]
name = "basic"
about = "Basics."
owner = "o"
fields = [
  { path = "a", type = "integer", min = 0, max = 10, about = "A number." },
  { path = "big", type = "integer", about = "Any whole number." },
  { path = "x", type = "number", about = "Any number." },
  { path = "s", type = "string", max_length = 8, about = "A text." },
  { path = "long", type = "string", max_length = 100000, about = "A long text." },
  { path = "kind", type = "string", values = ["hdd", "ssd"], about = "A choice." },
  { path = "on", type = "boolean", about = "A switch." },
  { path = "at", type = "timestamp", about = "A time." },
  { path = "who", type = "string", class = "keyed", about = "Hashed." },
  { path = "host", type = "string", class = "never", about = "Never." },
  { path = "old", type = "integer", expires = "2026-01-01", about = "Expired." },
  { path = "pools[].size", type = "integer", max = 100, about = "A size." },
  { path = "pools[].host", type = "string", class = "never", about = "Never." },
  { path = "tags[]", type = "string", max_length = 8, about = "Tags." },
  { path = "seen.*.*", type = "integer", max = 100, about = "Counts." },
  { path = "devices.*.serial", type = "string", class = "never", about = "Never." },
  { path = "devices.*.hours", type = "integer", about = "Hours." },
  { path = "fs.count", type = "integer", about = "Count." },
]
)";

constexpr std::string_view kCanary = "CANARY7";

const Contract& contract() {
  static const auto parsed = parse_contract(kContract, "p.toml");
  return *parsed;
}

std::int64_t today() { return day_of(*parse_day("2026-11-21")); }

Result<Admitted> try_admit(std::string_view document) {
  return admit(document, contract(), {"candor"}, today());
}

Admitted admitted(std::string_view document) {
  auto result = try_admit(document);
  EXPECT_TRUE(result.ok()) << result.error().message << " " << document;
  return result.ok() ? *result : Admitted{};
}

// "path type reason count", each row.
std::vector<std::string> drops(const Admitted& admitted) {
  std::vector<std::string> rows;
  for (const auto& row : admitted.dropped)
    rows.push_back(fmt::format("{} {} {} {}", row.path, row.type, name_of(row.problem), row.count));
  return rows;
}

// "path type reason value", each row.
std::vector<std::string> quarantine(const Admitted& admitted) {
  std::vector<std::string> rows;
  for (const auto& row : admitted.quarantined)
    rows.push_back(fmt::format("{} {} {} {}", row.path, row.type, name_of(row.problem), row.value));
  return rows;
}

// Everything that admission hands on, as one text.
std::string everything(const Admitted& admitted) {
  return fmt::format("{}\n{}\n{}", admitted.body, fmt::join(drops(admitted), "\n"),
                     fmt::join(quarantine(admitted), "\n"));
}

using Rows = std::vector<std::string>;

TEST(Admit, DeclaredFieldsAreKeptInTheirOrder) {
  const auto result = admitted(
      R"({ "s":"t", "a" : 3, "candor":{"format":1}, "on":true, "pools":[{"size":2},{"size":3}] })");
  EXPECT_EQ(result.body, R"({"s":"t","a":3,"on":true,"pools":[{"size":2},{"size":3}]})");
  EXPECT_EQ(result.kept_values, 5u);
  EXPECT_TRUE(result.dropped.empty());
  EXPECT_TRUE(result.quarantined.empty());
  EXPECT_EQ(result.outcome(), Outcome::kAccepted);
}

TEST(Admit, UndeclaredFieldsAreDroppedWithPathTypeReasonAndCount) {
  const auto result = admitted(
      R"({"a":1,"pools":[{"size":1,"name":"x"},{"name":"y"},{"name":7}],"extra":{"deep":[1]},"fs":{"more":null}})");
  EXPECT_EQ(result.body, R"({"a":1,"pools":[{"size":1},{},{}],"fs":{}})");
  EXPECT_EQ(drops(result),
            (Rows{"pools[].name string undeclared 2", "pools[].name integer undeclared 1",
                  "extra object undeclared 1", "fs.more null undeclared 1"}));
  EXPECT_EQ(result.outcome(), Outcome::kAccepted);
}

TEST(Admit, ForbiddenAndExpiredFieldsAreDropped) {
  const auto result = admitted(R"({"host":"h","old":1,"pools":[{"host":null}],"a":1})");
  EXPECT_EQ(result.body, R"({"pools":[{}],"a":1})");
  EXPECT_EQ(drops(result),
            (Rows{"host string never 1", "old integer expired 1", "pools[].host null never 1"}));
  EXPECT_EQ(admit(R"({"old":1})", contract(), {}, day_of(*parse_day("2025-12-31")))->body,
            R"({"old":1})");
}

TEST(Admit, TheSecondOfTwoMembersWithOneNameIsDropped) {
  const auto result = admitted(R"({"a":1,"a":2,"a":"CANARY7"})");
  EXPECT_EQ(result.body, R"({"a":1})");
  EXPECT_EQ(drops(result), (Rows{"a integer duplicate_key 1", "a string duplicate_key 1"}));
}

TEST(Admit, OutOfBoundsIsQuarantinedWithItsValue) {
  const auto result = admitted(
      R"({"a":11,"s":"123456789","kind":"tape","on":"yes","at":"noon","x":"1","pools":[{"size":101},{"size":1}]})");
  EXPECT_EQ(result.body, R"({"pools":[{},{"size":1}]})");
  EXPECT_EQ(quarantine(result),
            (Rows{"a integer too_large 11", "s string too_long \"123456789\"",
                  "kind string not_allowed \"tape\"", "on string wrong_type \"yes\"",
                  "at string wrong_type \"noon\"", "x string wrong_type \"1\"",
                  "pools[].size integer too_large 101"}));
  EXPECT_TRUE(result.dropped.empty());
  EXPECT_EQ(result.outcome(), Outcome::kPartlyQuarantined);
  EXPECT_EQ(admitted(R"({"a":-1})").outcome(), Outcome::kQuarantined);
}

TEST(Admit, WhatIsNotHashedIsDroppedNotQuarantined) {
  const auto result = admitted(R"({"who":"CANARY7","a":1})");
  EXPECT_EQ(drops(result), (Rows{"who string not_hashed 1"}));
  EXPECT_TRUE(result.quarantined.empty());
  EXPECT_EQ(result.outcome(), Outcome::kAccepted);
}

TEST(Admit, AContainerInPlaceOfAValueIsDroppedUnread) {
  const auto result = admitted(
      R"({"a":{"CANARY7":1},"s":["CANARY7"],"pools":{"CANARY7":1},"fs":["CANARY7"],"host":["CANARY7"]})");
  EXPECT_EQ(result.body, "{}");
  EXPECT_EQ(drops(result),
            (Rows{"a object wrong_type 1", "s list wrong_type 1", "pools object wrong_type 1",
                  "fs list wrong_type 1", "host list never 1"}));
  EXPECT_EQ(everything(result).find(kCanary), std::string::npos);
}

TEST(Admit, AValueInPlaceOfAContainerIsDroppedAndNullSaysThereIsNone) {
  const auto result = admitted(R"({"fs":3,"pools":null,"seen":"CANARY7"})");
  EXPECT_EQ(result.body, R"({"pools":null})");
  EXPECT_EQ(drops(result), (Rows{"fs integer wrong_type 1", "seen string wrong_type 1"}));
}

TEST(Admit, NoValueOfAnUndeclaredForbiddenOrHashedFieldIsLeft) {
  for (const auto* path :
       {R"({"u":%})", R"({"pools":[{"u":%}]})", R"({"fs":{"u":{"v":[%]}}})", R"({"host":%})",
        R"({"pools":[{"host":%}]})", R"({"devices":{"d":{"serial":%}}})", R"({"who":%})",
        R"({"old":%})", R"({"tags":[[%]]})", R"({"tags":[{"k":%}]})", R"({"a":[%]})"}) {
    for (const auto* value : {R"("CANARY7")", R"({"k":"CANARY7"})", R"(["CANARY7",{"CANARY7":1}])",
                              R"({"CANARY7":null})"}) {
      std::string document = path;
      document.replace(document.find('%'), 1, value);
      const auto result = admitted(document);
      EXPECT_EQ(everything(result).find(kCanary), std::string::npos) << document << "\n"
                                                                     << everything(result);
      EXPECT_EQ(result.kept_values, 0u) << document;
    }
  }
}

TEST(Admit, KeysOfOpenMapsAreKeptButStandInNoDropRow) {
  const auto result = admitted(
      R"({"seen":{"os":{"Debian 12":3}},"devices":{"CANARY7":{"serial":"1","hours":2,"u":1}}})");
  EXPECT_EQ(result.body, R"({"seen":{"os":{"Debian 12":3}},"devices":{"CANARY7":{"hours":2}}})");
  EXPECT_EQ(drops(result),
            (Rows{"devices.*.serial string never 1", "devices.*.u integer undeclared 1"}));
  EXPECT_EQ(quarantine(admitted(R"({"seen":{"os":{"Debian 12":300}}})")),
            (Rows{"seen.os.Debian 12 integer too_large 300"}));
}

TEST(Admit, KeysOfOpenMapsAndTheirNumberAreBounded) {
  const auto result =
      admitted(fmt::format(R"({{"seen":{{"k":{{"{}":1,"{}":2}}}}}})",
                           std::string(kMaxKeyLength, 'k'), std::string(kMaxKeyLength + 1, 'k')));
  EXPECT_EQ(result.kept_values, 1u);
  EXPECT_EQ(drops(result), (Rows{"seen.*.* integer too_long 1"}));

  std::string many = R"({"seen":{"k":{)";
  for (std::size_t i = 0; i < kMaxMapEntries + 5; ++i)
    many += fmt::format("{}\"{}\":1", i == 0 ? "" : ",", i);
  const auto bounded = admitted(many + "}}}");
  EXPECT_EQ(bounded.kept_values, kMaxMapEntries);
  EXPECT_EQ(drops(bounded), (Rows{"seen.*.* integer too_long 5"}));
}

TEST(Admit, TheEntriesOfAListAreBounded) {
  std::string many = R"({"tags":["t")";
  for (std::size_t i = 0; i < kMaxListEntries + 4; ++i) many += R"(,"t")";
  const auto result = admitted(many + "]}");
  EXPECT_EQ(result.kept_values, kMaxListEntries);
  EXPECT_EQ(drops(result), (Rows{"tags[] string too_long 5"}));
}

TEST(Admit, EmptyContainersAreKept) {
  EXPECT_EQ(admitted("{}").body, "{}");
  EXPECT_EQ(admitted(R"({"pools":[],"fs":{},"seen":{"k":{}},"tags":[]})").body,
            R"({"pools":[],"fs":{},"seen":{"k":{}},"tags":[]})");
}

TEST(Admit, NumbersComeOutAsTheyWentIn) {
  EXPECT_EQ(admitted(R"({"big":18446744073709551615})").body, R"({"big":18446744073709551615})");
  EXPECT_EQ(admitted(R"({"big":-9223372036854775808})").body, R"({"big":-9223372036854775808})");
  EXPECT_EQ(admitted(R"({"big":3.0})").body, R"({"big":3.0})");
  for (const auto* number : {"0.1", "-0.0", "1e300", "5e-324", "1.7976931348623157e308",
                             "123456789.123456789", "2.5E-3"}) {
    const auto result = admitted(fmt::format(R"({{"x":{}}})", number));
    const auto json = parse_json(result.body);
    ASSERT_TRUE(json.ok()) << result.body;
    EXPECT_EQ((*json)["x"].get<double>(), std::strtod(number, nullptr)) << result.body;
  }
}

TEST(Admit, NumbersBeyond64BitsAreRefusedWithASentence) {
  for (const auto* number : {"18446744073709551616", "1e999", "-99999999999999999999"}) {
    const auto result = try_admit(fmt::format(R"({{"x":{}}})", number));
    ASSERT_FALSE(result.ok()) << number;
    EXPECT_NE(result.error().message.find("64 bits"), std::string::npos) << result.error().message;
  }
}

TEST(Admit, TextKeepsItsCharacters) {
  const auto result =
      admitted(R"({"long":"q\" b\\ s\/ \b\f\n\r\t \u0001 \u0000 é \u00e9 \ud83d\ude00"})");
  EXPECT_EQ(result.body, "{\"long\":\"q\\\" b\\\\ s/ \\b\\f\\n\\r\\t \\u0001 \\u0000 é é 😀\"}");
  EXPECT_EQ(admitted(result.body).body, result.body);
}

TEST(Admit, EscapedKeysAreTheKeysTheyMean) {
  EXPECT_EQ(admitted(R"({"\u0061":1})").body, R"({"a":1})");
  EXPECT_EQ(admitted(R"({"seen":{"k":{"q\"\n":1}}})").body, R"({"seen":{"k":{"q\"\n":1}}})");
}

TEST(Admit, WhatIsNoUtf8IsRefused) {
  for (const auto* text :
       {"{\"long\":\"\xff\"}", "{\"long\":\"\xc3\"}", "{\"long\":\"\xed\xa0\x80\"}",
        "{\"\xc0\x80\":1}", R"({"long":"\ud800"})", R"({"long":"\udc00"})",
        R"({"long":"\udfff x"})", R"({"\udc00":1})", R"({"seen":{"\udc00":{}}})"}) {
    const auto result = try_admit(text);
    EXPECT_FALSE(result.ok()) << text << " became " << result->body;
  }
}

TEST(Admit, WhatIsNoJsonObjectIsRefused) {
  for (const auto* text : {"", " ", "nothing", "[]", "3", "null", "{", "{\"a\":1", "{\"a\":1}x",
                           "{\"a\":1}{}", "{'a':1}", "{\"a\":01}", "\xef\xbb\xbf"}) {
    const auto result = try_admit(text);
    ASSERT_FALSE(result.ok()) << text;
    EXPECT_EQ(result.error().kind, ErrorKind::kBadData);
  }
}

TEST(Admit, ADeepNestIsRefused) {
  const auto nested = [](std::size_t levels) {
    return R"({"u":)" + std::string(levels - 1, '[') + std::string(levels - 1, ']') + "}";
  };
  const auto deep = try_admit(nested(300));
  ASSERT_FALSE(deep.ok());
  EXPECT_NE(deep.error().message.find("deeper than 64 levels"), std::string::npos)
      << deep.error().message;
  EXPECT_TRUE(try_admit(nested(kMaxDocumentDepth)).ok());
  EXPECT_FALSE(try_admit(nested(kMaxDocumentDepth + 1)).ok());
  EXPECT_EQ(admitted(R"({"a":1})").body, R"({"a":1})");  // and the next document is none the worse
}

TEST(Admit, MegabytesOfUndeclaredKeysStayQuickAndBounded) {
  std::string document = "{\"a\":1";
  for (int i = 0; document.size() < (8u << 20); ++i)
    document += fmt::format(",\"undeclared{}\":\"CANARY7\"", i);
  document += "}";
  const auto start = std::chrono::steady_clock::now();
  const auto result = admitted(document);
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(10));
  EXPECT_EQ(result.body, R"({"a":1})");
  EXPECT_EQ(result.dropped.size(), kMaxDropRows);
  std::uint64_t count = 0;
  for (const auto& row : result.dropped) count += row.count;
  EXPECT_EQ(count, static_cast<std::uint64_t>(std::ranges::count(document, ':')) - 1);
  EXPECT_EQ(everything(result).find(kCanary), std::string::npos);
}

TEST(Admit, QuarantineIsBounded) {
  std::string document = R"({"a":1,"pools":[)";
  for (std::size_t i = 0; i < kMaxQuarantineRows + 7; ++i)
    document += fmt::format("{}{{\"size\":1000}}", i == 0 ? "" : ",");
  const auto many = admitted(document + "]}");
  EXPECT_EQ(many.quarantined.size(), kMaxQuarantineRows);
  EXPECT_EQ(drops(many), (Rows{"pools[].size integer too_large 7"}));
  const auto large =
      admitted(fmt::format(R"({{"s":"{}"}})", std::string(kMaxQuarantineValueBytes, 'x')));
  EXPECT_EQ(quarantine(large), (Rows{"s string too_long "}));
}

TEST(Admit, LongPathsAreCutBetweenCharacters) {
  for (const std::size_t lead : {0, 1, 2}) {
    std::string key(lead, 'k');
    while (key.size() < 2 * kMaxPathBytes) key += "€";
    const auto result = admitted(fmt::format(R"({{"{}":1}})", key));
    ASSERT_EQ(result.dropped.size(), 1u);
    const auto& path = result.dropped[0].path;
    EXPECT_LE(path.size(), kMaxPathBytes);
    EXPECT_GT(path.size(), kMaxPathBytes - 4);
    EXPECT_EQ((path.size() - lead) % 3, 0u);
  }
}

TEST(Admit, WhatWasAdmittedIsAdmittedAgainWhole) {
  for (
      const auto* document :
      {R"({"s":"t","a":3,"u":[1,{"v":2}],"pools":[{"size":2,"host":"h"},{"size":300},null,3],"fs":null})",
       R"({"seen":{"k":{"a":1,"b":"c","":3},"":{}},"tags":["a",1,null,"way too long",[]]})",
       R"({"x":1e300,"big":3.0,"long":"\u0000\n\"","at":"2026-11-21T05:00:12.251606","who":null})"}) {
    const auto once = admitted(document);
    const auto twice = admitted(once.body);
    EXPECT_EQ(twice.body, once.body);
    EXPECT_TRUE(twice.dropped.empty());
    EXPECT_TRUE(twice.quarantined.empty());
    EXPECT_EQ(twice.kept_values, once.kept_values);
  }
}

TEST(Outcome, HasTheNamesOfTheAccounting) {
  EXPECT_EQ(name_of(Outcome::kAccepted), "accepted");
  EXPECT_EQ(name_of(Outcome::kPartlyQuarantined), "partly_quarantined");
  EXPECT_EQ(name_of(Outcome::kQuarantined), "quarantined");
  EXPECT_EQ(name_of(Outcome::kRefused), "refused");
  EXPECT_EQ(name_of(Outcome::kDuplicate), "duplicate");
}

TEST(CheckReportTime, TakesTheLast35DaysAndAnHourAhead) {
  const auto now = *parse_rfc3339("2026-11-21T07:00:00Z");
  using std::chrono::days;
  using std::chrono::hours;
  EXPECT_TRUE(check_report_time(now, now).ok());
  EXPECT_TRUE(check_report_time(now - days(35), now).ok());
  EXPECT_TRUE(check_report_time(now + hours(1), now).ok());
  const auto old = check_report_time(now - days(40), now);
  ASSERT_FALSE(old.ok());
  EXPECT_EQ(old.error().kind, ErrorKind::kBadData);
  EXPECT_EQ(old.error().message,
            "The report is dated 2026-10-12T07:00:00Z, more than 35 days ago. Check the clock of "
            "the sender.");
  EXPECT_FALSE(check_report_time(now - days(35) - Millis(1), now).ok());
  const auto ahead = check_report_time(now + hours(1) + Millis(1), now);
  ASSERT_FALSE(ahead.ok());
  EXPECT_NE(ahead.error().message.find("in the future"), std::string::npos);
}

Contract contract_of_events() {
  return *parse_contract(R"(
candor = 1
[product]
name = "p"
contact = "c@example.com"
[[channel]]
name = "usage"
about = "Usage."
owner = "o"
[[channel.event]]
name = "signup"
about = "A signup."
automation = "ci"
fields = [
  { path = "ci", type = "boolean", about = "Continuous integration." },
  { path = "plan", type = "string", values = ["free", "paid"], about = "Plan." },
  { path = "mail", type = "string", class = "keyed", about = "Mail." },
  { path = "args", type = "string", class = "hashed", about = "Arguments." },
  { path = "path", type = "string", class = "hashed", hash = "sha256", about = "Path." },
  { path = "sizes[]", type = "integer", max = 9, about = "Sizes." },
  { path = "a/b.*", type = "integer", max = 9, about = "Odd." },
]
)",
                         "p.toml");
}

Admitted admit_signup(std::string_view document, std::string_view name = "signup") {
  const auto admitted =
      admit_event(document, contract_of_events(), name, today(), HashHere("the key"));
  EXPECT_TRUE(admitted.ok()) << admitted.error().message;
  return *admitted;
}

TEST(AdmitEvent, HashesInPlaceOfTheClientWhatTheContractWantsHashed) {
  const auto admitted = admit_signup(R"({"mail":"jane@CANARY7","args":"a","path":"b"})");
  const HashHere hash("the key");
  EXPECT_EQ(admitted.body,
            fmt::format(R"({{"mail":"{}","args":"0cc175b9c0f1b6a831c399e269772661","path":"{}"}})",
                        hash.keyed("jane@CANARY7"), sha256_hex("b")));
  ASSERT_EQ(admitted.dropped.size(), 3u);
  EXPECT_EQ(admitted.dropped[0].problem, Problem::kHashedHere);
  EXPECT_EQ(admitted.outcome(), Outcome::kAccepted);
  // What is a hash already stays as it is.
  EXPECT_EQ(admit_signup(fmt::format(R"({{"path":"{}"}})", sha256_hex("b"))).body,
            fmt::format(R"({{"path":"{}"}})", sha256_hex("b")));
}

TEST(AdmitEvent, SaysWhetherItIsOfAutomationWhereItsContractNamesThat) {
  EXPECT_TRUE(admit_signup(R"({"ci":true})").automation);
  for (const auto* other : {R"({"ci":false})", R"({"ci":"true"})", R"({"plan":"free"})", "{}"})
    EXPECT_FALSE(admit_signup(other).automation) << other;
}

TEST(AdmitEvent, AnUndeclaredOneGoesToQuarantineWithoutItsValues) {
  const auto admitted = admit_signup(R"({"plan":"CANARY7"})", "signoff");
  EXPECT_EQ(admitted.outcome(), Outcome::kQuarantined);
  EXPECT_EQ(admitted.body, "{}");
  ASSERT_EQ(admitted.quarantined.size(), 1u);
  EXPECT_EQ(admitted.quarantined[0].problem, Problem::kUndeclared);
  EXPECT_EQ(admitted.quarantined[0].value, "");
}

TEST(AdmitEvent, WithoutFieldsItIsAcceptedAllTheSame) {
  EXPECT_EQ(admit_signup("{}").outcome(), Outcome::kAccepted);
  EXPECT_EQ(admit_signup(R"({"other":1})").outcome(), Outcome::kAccepted);
}

TEST(Admit, SaysWhereAValueInQuarantineBelongs) {
  const auto admitted =
      admit_signup(R"({"sizes":[1,"dropped? no",99,{"x":1},77],"plan":"gold","a/b":{"c~d":99}})");
  std::vector<std::string> places;
  for (const auto& row : admitted.quarantined) places.push_back(row.place);
  // The object is dropped and counts for no place; what is in quarantine does.
  EXPECT_EQ(places,
            (std::vector<std::string>{"/sizes/1", "/sizes/2", "/sizes/3", "/plan", "/a~1b/c~0d"}));
}

}  // namespace
}  // namespace candor
