// The JSON interface: figures as documents (docs/api.md). Every document carries schema_version.
#pragma once

#include <string>
#include <vector>

#include "base/json.h"
#include "contract/catalogue.h"
#include "server/insight/questions.h"
#include "server/record/intake.h"
#include "wire/http_server.h"

namespace candor {

// Whether who asks would see more as a user.
enum class SignIn { kNeedless, kPossible };
Json products_document(const std::vector<const Product*>& products,
                       SignIn sign_in = SignIn::kNeedless);
Json overview_document(const Contract& contract, const Overview& overview, Simulated simulated,
                       Instant now);
Json trend_document(const Contract& contract, const std::string& insight, const Trend& trend);
Json events_document(const Contract& contract, const Events& events);
Json metrics_document(const Contract& contract, const std::vector<MetricCount>& metrics);
// `counts` are of the days up to today.
Json metric_days_document(const std::string& product, const std::string& metric,
                          const std::vector<double>& counts, Instant now);
Json accounting_document(const std::string& product, const Accounting& accounting);
Json popular_document(const std::string& product, const std::vector<Popular>& figures);
Json quarantine_document(const std::string& product, const std::vector<HeldValues>& fields);
Json held_values_document(const std::string& product, const std::string& field,
                          const std::vector<HeldValue>& values);
Json arrivals_document(const std::string& product, const std::vector<Arrival>& arrivals);

// What was asked for, from the request's parameters; kUsage says what is allowed.
Result<Simulated> simulated_parameter(const HttpRequest& request);
Result<int> days_parameter(const HttpRequest& request);

HttpResponse json_answer(const Json& document);

}  // namespace candor
