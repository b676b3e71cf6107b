#include "server/present/web_documents.h"

#include "base/clock.h"

namespace candor {
namespace {

constexpr int kSchemaVersion = 1;
constexpr int kHighestRating = 5;

Json document_for(const Contract& contract) {
  Json json;
  json["schema_version"] = kSchemaVersion;
  json["product"] = contract.product;
  return json;
}

}  // namespace

Json web_document(const Contract& contract, const Web& web) {
  Json json = document_for(contract);
  json["visits"] = web.visits;
  json["visitors"] = web.visitors;
  json["pageviews"] = web.pageviews;
  json["pages"] = Json::array();
  for (const auto& page : web.pages)
    json["pages"].push_back(
        {{"page", page.name}, {"count", page.count}, {"visitors", page.sources}});
  json["days"] = Json::array();
  for (const auto& day : web.days) {
    json["days"].push_back(
        {{"day", format_day(day.day)}, {"pageviews", day.count}, {"visitors", day.sources}});
  }
  return json;
}

Json ratings_document(const Contract& contract, const std::vector<Rating>& ratings) {
  Json json = document_for(contract);
  json["ratings"] = Json::array();
  for (const auto& rating : ratings) {
    Json distribution = Json::object();
    for (int stars = 1; stars <= kHighestRating; ++stars) {
      const auto found = rating.distribution.find(std::to_string(stars));
      distribution[std::to_string(stars)] = found == rating.distribution.end() ? 0 : found->second;
    }
    Json trend = Json::array();
    for (const auto& day : rating.trend)
      trend.push_back({{"day", format_day(day.day)}, {"count", day.count}, {"mean", day.mean}});
    json["ratings"].push_back({{"activity", rating.activity},
                               {"count", rating.count},
                               {"mean", rating.mean},
                               {"distribution", std::move(distribution)},
                               {"trend", std::move(trend)}});
  }
  return json;
}

}  // namespace candor
