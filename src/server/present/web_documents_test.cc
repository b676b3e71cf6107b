#include "server/present/web_documents.h"

#include <gtest/gtest.h>

namespace candor {
namespace {

TEST(WebDocumentsTest, EveryNumberOfStarsStandsThere) {
  Contract contract;
  contract.product = "mesh";
  const auto day = day_of(*parse_day("2026-11-21"));
  const Rating rating{"project_created", 3, 3.0, {{"2", 2}, {"5", 1}}, {{day, 3, 3.0}}};
  const auto json = ratings_document(contract, {rating});
  EXPECT_EQ(to_line(json["ratings"]), R"([{"activity":"project_created","count":3,"mean":3.0,)"
                                      R"("distribution":{"1":0,"2":2,"3":0,"4":0,"5":1},)"
                                      R"("trend":[{"day":"2026-11-21","count":3,"mean":3.0}]}])");
}

TEST(WebDocumentsTest, PagesAndDays) {
  Contract contract;
  contract.product = "mesh";
  const auto day = day_of(*parse_day("2026-11-21"));
  const auto json = web_document(contract, {2, 3, 7, {{"/a", 4, 2}}, {{day, 7, 3}}});
  EXPECT_EQ(to_line(json),
            R"({"schema_version":1,"product":"mesh","visits":2,"visitors":3,"pageviews":7,)"
            R"("pages":[{"page":"/a","count":4,"visitors":2}],)"
            R"("days":[{"day":"2026-11-21","pageviews":7,"visitors":3}]})");
}

}  // namespace
}  // namespace candor
