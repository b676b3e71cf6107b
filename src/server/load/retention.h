// What is kept no longer: values out of bounds after a week, reports and what is known of
// installations after the contract's retention. The counts of drops and of the accounting stay.
#pragma once

#include <string_view>

#include "base/clock.h"
#include "base/result.h"
#include "contract/catalogue.h"
#include "server/engine/client.h"

namespace candor {

// The tables of which rows go by their `day` with the contract's retention. A test compares them
// with sql/*.sql.
inline constexpr std::string_view kTablesWithRetention[] = {
    "reports", "report_values", "device_reports", "events",  "daily", "series",
    "samples", "metric_days",   "crashes",        "lookups", "runs"};

// Drops what is past its time on the day of `now`. Errors as EngineClient::execute; call it again
// then.
Status drop_expired(EngineClient& engine, const Catalogue& catalogue, Instant now);

}  // namespace candor
