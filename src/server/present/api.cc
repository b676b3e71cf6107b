#include "server/present/api.h"

#include <fmt/format.h>

#include <cmath>

#include "base/numbers.h"

namespace candor {
namespace {

constexpr int kSchemaVersion = 1;
constexpr int kDefaultTrendDays = 30;

Json document() {
  Json json;
  json["schema_version"] = kSchemaVersion;
  return json;
}

// A whole number without a fraction, as far as a double holds it.
Json number(double value) {
  if (std::trunc(value) == value && std::abs(value) < 9.2e18)
    return static_cast<std::int64_t>(value);
  return value;
}

// Figures of events are sums over days, which the contract's words cannot know.
std::string about_of(const Insight& insight) {
  if (insight.event.empty()) return insight.about;
  return fmt::format("{} Of the last {} days.", insight.about, kEventSumDays);
}

}  // namespace

Json products_document(const std::vector<const Product*>& products, SignIn sign_in) {
  Json json = document();
  if (sign_in == SignIn::kPossible) json["sign_in"] = "/sign-in";
  json["products"] = Json::array();
  for (const auto* product : products) {
    const auto& contract = *product->current;
    json["products"].push_back(
        {{"name", contract.product},
         {"title", contract.title},
         {"about", contract.about},
         {"visibility", contract.visibility == Visibility::kPublic ? "public" : "private"},
         {"contract", contract.hash}});
  }
  return json;
}

Json overview_document(const Contract& contract, const Overview& overview, Simulated simulated,
                       Instant now) {
  Json json = document();
  json["product"] = contract.product;
  json["title"] = contract.title;
  json["about"] = contract.about;
  json["as_of"] = format_rfc3339(now);
  json["installations"] = overview.installations;
  json["engaged"] = overview.engaged;
  json["automation"] = overview.automation;
  json["accepts"] = contract.accepts;
  json["insights"] = Json::object();
  json["figures"] = Json::array();
  for (const auto& figure : overview.figures) {
    json["insights"][figure.insight->name] = number(figure.value);
    json["figures"].push_back({{"name", figure.insight->name},
                               {"title", figure.insight->title},
                               {"unit", name_of(figure.insight->unit)},
                               {"aggregate", name_of(figure.insight->aggregate)},
                               {"value", number(figure.value)},
                               {"about", about_of(*figure.insight)}});
  }
  json["versions"] = Json::array();
  for (const auto& share : overview.versions) {
    json["versions"].push_back(
        {{"version", share.version}, {"installations", share.installations}});
  }
  if (const auto* version = contract.insight("version")) json["version_about"] = version->about;
  json["simulated"] = simulated == Simulated::kIncluded;
  return json;
}

Json trend_document(const Contract& contract, const std::string& insight, const Trend& trend) {
  Json json = document();
  json["product"] = contract.product;
  json["insight"] = insight;
  const auto* declared = contract.insight(insight);
  json["unit"] = declared != nullptr ? name_of(declared->unit) : "count";
  json["days"] = Json::array();
  for (const auto day : trend.days) json["days"].push_back(format_day(day));
  const auto values_of = [](const Trend::Series& series) {
    Json values = Json::array();
    for (const auto value : series.values) values.push_back(number(value));
    return values;
  };
  if (insight == "version") {
    json["series"] = Json::array();
    for (const auto& series : trend.series)
      json["series"].push_back({{"version", series.version}, {"values", values_of(series)}});
  } else {
    json["values"] = values_of(trend.series.at(0));
  }
  return json;
}

Json events_document(const Contract& contract, const Events& events) {
  Json json = document();
  json["product"] = contract.product;
  json["events"] = Json::array();
  for (const auto& event : events.names) {
    const auto* declared = contract.event(event.name);
    json["events"].push_back({{"name", event.name},
                              {"about", declared == nullptr ? "" : declared->about},
                              {"count", event.count},
                              {"installations", event.sources},
                              {"automation", event.automation}});
  }
  json["installations"] = events.sources;
  json["automation"] = events.automation;
  json["days"] = Json::array();
  for (const auto day : events.days) json["days"].push_back(format_day(day));
  json["counts"] = Json::array();
  for (const auto count : events.counts) json["counts"].push_back(number(count));
  return json;
}

Json metrics_document(const Contract& contract, const std::vector<MetricCount>& metrics) {
  Json json = document();
  json["product"] = contract.product;
  json["metrics"] = Json::array();
  for (const auto& metric : metrics) {
    const auto* declared = contract.metric(metric.name).metric;
    Json row = {{"name", metric.name},
                {"about", declared == nullptr ? "" : declared->about},
                {"samples", metric.samples},
                {"series", metric.series},
                {"installations", metric.installations}};
    if (metric.now && declared != nullptr) {
      const bool is_gauge = declared->type == MetricType::kGauge;
      row[is_gauge ? "mean" : "per_second"] = is_gauge ? metric.now->mean : metric.now->rate;
      row["newest"] = format_rfc3339(metric.now->newest);
    }
    json["metrics"].push_back(std::move(row));
  }
  return json;
}

Json metric_days_document(const std::string& product, const std::string& metric,
                          const std::vector<double>& counts, Instant now) {
  Json json = document();
  json["product"] = product;
  json["metric"] = metric;
  json["days"] = Json::array();
  json["samples"] = Json::array();
  const auto from = day_of(now) - static_cast<std::int64_t>(counts.size()) + 1;
  for (std::size_t i = 0; i < counts.size(); ++i) {
    json["days"].push_back(format_day(from + static_cast<std::int64_t>(i)));
    json["samples"].push_back(number(counts[i]));
  }
  return json;
}

Json accounting_document(const std::string& product, const Accounting& accounting) {
  Json json = document();
  json["product"] = product;
  json["received"] = accounting.received();
  json["accepted"] = accounting.of("accepted");
  json["partly_quarantined"] = accounting.of("partly_quarantined");
  json["quarantined"] = accounting.of("quarantined");
  json["refused"] = accounting.of("refused");
  json["duplicates"] = accounting.of("duplicate");
  return json;
}

Json popular_document(const std::string& product, const std::vector<Popular>& figures) {
  Json json = document();
  json["product"] = product;
  json["figures"] = Json::array();
  for (const auto& figure : figures) {
    Json rows = Json::array();
    for (const auto& row : figure.rows) {
      rows.push_back(
          {{"value", row.value}, {"installations", row.installations}, {"count", row.count}});
    }
    json["figures"].push_back({{"name", figure.insight->name},
                               {"title", figure.insight->title},
                               {"about", figure.insight->about},
                               {"of", figure.insight->event.empty() ? "reports" : "events"},
                               {"rows", std::move(rows)}});
  }
  return json;
}

Json quarantine_document(const std::string& product, const std::vector<HeldValues>& fields) {
  Json json = document();
  json["product"] = product;
  json["rows"] = Json::array();
  for (const auto& row : fields) {
    json["rows"].push_back({{"reason", row.reason},
                            {"field", row.field},
                            {"count", row.count},
                            {"held", row.is_held}});
  }
  return json;
}

Json held_values_document(const std::string& product, const std::string& field,
                          const std::vector<HeldValue>& values) {
  Json json = document();
  json["product"] = product;
  json["field"] = field;
  json["values"] = Json::array();
  for (const auto& held : values) {
    const auto value = parse_json(held.value);
    json["values"].push_back({{"received", held.received},
                              {"protocol", held.protocol},
                              {"installation", held.installation},
                              {"type", held.type},
                              {"reason", held.reason},
                              {"value", value.ok() ? *value : Json(nullptr)}});
  }
  return json;
}

Json arrivals_document(const std::string& product, const std::vector<Arrival>& arrivals) {
  Json json = document();
  json["product"] = product;
  json["arrivals"] = Json::array();
  for (const auto& arrival : arrivals) {
    Json one;
    one["number"] = arrival.number;
    one["received"] = format_rfc3339(arrival.received);
    one["protocol"] = arrival.protocol;
    one["outcome"] = arrival.outcome;
    if (!arrival.event.empty()) one["event"] = arrival.event;
    if (arrival.samples > 0) one["samples"] = arrival.samples;
    if (!arrival.reason.empty()) one["reason"] = arrival.reason;
    if (!arrival.installation.empty()) one["installation"] = arrival.installation;
    one["bytes"] = arrival.bytes;
    one["dropped"] = Json::array();
    for (const auto& row : arrival.dropped) {
      one["dropped"].push_back({{"path", row.path},
                                {"type", row.type},
                                {"reason", name_of(row.problem)},
                                {"count", row.count}});
    }
    one["quarantined"] = Json::array();
    for (const auto& row : arrival.quarantined) {
      one["quarantined"].push_back(
          {{"path", row.path}, {"type", row.type}, {"reason", name_of(row.problem)}});
    }
    json["arrivals"].push_back(std::move(one));
  }
  return json;
}

Result<Simulated> simulated_parameter(const HttpRequest& request) {
  const auto value = request.parameter("simulated");
  if (!value || value->empty() || *value == "exclude") return Simulated::kLeftOut;
  if (*value == "include") return Simulated::kIncluded;
  return Error{ErrorKind::kUsage, "simulated is \"include\" or \"exclude\"."};
}

Result<int> days_parameter(const HttpRequest& request) {
  const auto value = request.parameter("days");
  if (!value) return kDefaultTrendDays;
  const auto days = parse_unsigned<int>(*value);
  if (!days || *days < 1 || *days > kMaxTrendDays) {
    return Error{ErrorKind::kUsage, fmt::format("days is a number from 1 to {}.", kMaxTrendDays)};
  }
  return *days;
}

HttpResponse json_answer(const Json& document) {
  HttpResponse response;
  response.body = to_line(document) + "\n";
  response.headers = {{"Cache-Control", "no-store"}, {"X-Content-Type-Options", "nosniff"}};
  return response;
}

}  // namespace candor
