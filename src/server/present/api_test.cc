#include "server/present/api.h"

#include <gtest/gtest.h>

#include <cmath>

namespace candor {
namespace {

constexpr std::string_view kContract = R"(
candor = 1
[product]
name = "p"
title = "The P"
about = "What it is."
contact = "c@example.com"
visibility = "public"
accepts = ["native"]
[[channel]]
name = "basic"
about = "Basics."
fields = [
  { path = "bytes", type = "integer", about = "Bytes." },
  { path = "versions.*", type = "integer", about = "Versions." },
]
[[insight]]
name = "capacity"
title = "Capacity"
about = "All bytes."
path = "bytes"
unit = "bytes"
[[insight]]
name = "version"
about = "By version."
path = "versions"
aggregate = "majority"
)";

Contract contract() { return *parse_contract(kContract, "p.toml"); }

HttpRequest asking(std::string query) {
  HttpRequest request;
  request.query = std::move(query);
  return request;
}

TEST(ProductsDocument, NamesWhatMayBeSeen) {
  Product product;
  product.current = std::make_shared<const Contract>(contract());
  const auto json = products_document({&product});
  EXPECT_EQ(json["schema_version"], 1);
  EXPECT_EQ(json["products"].size(), 1u);
  EXPECT_EQ(json["products"][0]["name"], "p");
  EXPECT_EQ(json["products"][0]["title"], "The P");
  EXPECT_EQ(json["products"][0]["visibility"], "public");
  EXPECT_EQ(json["products"][0]["contract"], product.current->hash);
  EXPECT_EQ(products_document({})["products"].dump(), "[]");
  EXPECT_FALSE(products_document({}).contains("sign_in"));
  EXPECT_EQ(products_document({}, SignIn::kPossible)["sign_in"], "/sign-in");
}

TEST(OverviewDocument, HasTheFiguresOfTheContract) {
  const auto declared = contract();
  Overview overview;
  overview.installations = 5;
  overview.engaged = 3;
  overview.automation = 2;
  overview.figures = {{declared.insight("capacity"), 1e15}};
  overview.versions = {{"16.2.15", 4}, {"", 1}};
  const auto json = overview_document(declared, overview, Simulated::kLeftOut,
                                      *parse_rfc3339("2026-11-21T07:00:00Z"));
  EXPECT_EQ(json["schema_version"], 1);
  EXPECT_EQ(json["product"], "p");
  EXPECT_EQ(json["as_of"], "2026-11-21T07:00:00Z");
  EXPECT_EQ(json["installations"], 5);
  EXPECT_EQ(json["engaged"], 3);
  EXPECT_EQ(json["automation"], 2);
  EXPECT_EQ(json["insights"].dump(), R"({"capacity":1000000000000000})");
  EXPECT_EQ(
      json["figures"].dump(),
      R"([{"name":"capacity","title":"Capacity","unit":"bytes","aggregate":"sum","value":1000000000000000,"about":"All bytes."}])");
  EXPECT_EQ(json["versions"].dump(),
            R"([{"version":"16.2.15","installations":4},{"version":"","installations":1}])");
  EXPECT_EQ(json["version_about"], "By version.");
  EXPECT_EQ(json["simulated"], false);
  EXPECT_EQ(overview_document(declared, overview, Simulated::kIncluded, {})["simulated"], true);
}

TEST(OverviewDocument, NumbersStayNumbers) {
  const auto declared = contract();
  const auto shown = [&](double value) {
    Overview overview;
    overview.figures = {{declared.insight("capacity"), value}};
    return overview_document(declared, overview, Simulated::kLeftOut, {})["insights"]["capacity"]
        .dump();
  };
  EXPECT_EQ(shown(0), "0");
  EXPECT_EQ(shown(0.5), "0.5");
  EXPECT_EQ(shown(-3), "-3");
  EXPECT_EQ(shown(9007199254740992.0), "9007199254740992");
  EXPECT_EQ(shown(1e19), "1e+19");
  EXPECT_EQ(shown(std::nan("")), "null");
}

TEST(TrendDocument, HasAValueADay) {
  const Trend trend{{20'777, 20'778}, {{"", {1, 2.5}}}};
  const auto json = trend_document(contract(), "capacity", trend);
  EXPECT_EQ(json["insight"], "capacity");
  EXPECT_EQ(json["unit"], "bytes");
  EXPECT_EQ(json["days"].dump(), R"(["2026-11-20","2026-11-21"])");
  EXPECT_EQ(json["values"].dump(), "[1,2.5]");
  EXPECT_EQ(trend_document(contract(), "installations", trend)["unit"], "count");
}

TEST(TrendDocument, VersionsHaveASeriesEach) {
  const Trend trend{{20'778}, {{"17.2", {4}}, {"", {1}}}};
  const auto json = trend_document(contract(), "version", trend);
  EXPECT_EQ(json["series"].dump(),
            R"([{"version":"17.2","values":[4]},{"version":"","values":[1]}])");
  EXPECT_FALSE(json.contains("values"));
}

TEST(AccountingDocument, AddsUp) {
  Accounting accounting;
  accounting.counts = {{"accepted", 10},
                       {"partly_quarantined", 3},
                       {"quarantined", 1},
                       {"refused", 5},
                       {"duplicate", 2}};
  EXPECT_EQ(
      accounting_document("p", accounting).dump(),
      R"({"schema_version":1,"product":"p","received":21,"accepted":10,"partly_quarantined":3,"quarantined":1,"refused":5,"duplicates":2})");
  EXPECT_EQ(accounting_document("p", {})["received"], 0);
}

TEST(ArrivalsDocument, ShowsNoValue) {
  Arrival arrival;
  arrival.number = 7;
  arrival.received = *parse_rfc3339("2026-11-21T07:00:00Z");
  arrival.protocol = "ceph";
  arrival.outcome = "partly_quarantined";
  arrival.installation = "i";
  arrival.bytes = 99;
  arrival.dropped = {{"u", "string", Problem::kUndeclared, 2}};
  arrival.quarantined = {{"a", "integer", Problem::kTooLarge, "CANARY"}};
  EXPECT_EQ(
      arrivals_document("p", {arrival}).dump(),
      R"({"schema_version":1,"product":"p","arrivals":[{"number":7,"received":"2026-11-21T07:00:00Z","protocol":"ceph",)"
      R"("outcome":"partly_quarantined","installation":"i","bytes":99,"dropped":[{"path":"u","type":"string","reason":"undeclared","count":2}],)"
      R"("quarantined":[{"path":"a","type":"integer","reason":"too_large"}]}]})");
}

TEST(Parameters, SimulatedIsLeftOutUnlessAskedFor) {
  for (const auto* query : {"", "simulated=", "simulated=exclude"})
    EXPECT_EQ(*simulated_parameter(asking(query)), Simulated::kLeftOut) << query;
  EXPECT_EQ(*simulated_parameter(asking("days=3&simulated=include")), Simulated::kIncluded);
  const auto wrong = simulated_parameter(asking("simulated=yes"));
  ASSERT_FALSE(wrong.ok());
  EXPECT_EQ(wrong.error().kind, ErrorKind::kUsage);
}

TEST(Parameters, DaysAreFromOneToTwoYears) {
  EXPECT_EQ(*days_parameter(asking("")), 30);
  EXPECT_EQ(*days_parameter(asking("days=1")), 1);
  EXPECT_EQ(*days_parameter(asking("days=730")), 730);
  for (const auto* query :
       {"days=", "days=0", "days=-1", "days=731", "days=ten", "days=1.5", "days=99999999999"}) {
    EXPECT_FALSE(days_parameter(asking(query)).ok()) << query;
  }
}

TEST(JsonAnswer, IsNotKeptByCaches) {
  Json json;
  json["a"] = "\xff";
  const auto response = json_answer(json);
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(response.content_type, "application/json");
  EXPECT_EQ(response.body, "{\"a\":\"\xef\xbf\xbd\"}\n");
  EXPECT_EQ(response.headers.at(0).value, "no-store");
}

}  // namespace
}  // namespace candor
