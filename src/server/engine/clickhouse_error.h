// What ClickHouse's error codes mean to Candor. Pure.
#pragma once

#include <string_view>

#include "base/result.h"

namespace candor {

// The N of a text that begins "Code: N" (any ClickHouse since 18); 0 when it does not.
int clickhouse_error_code(std::string_view text);

// Whether the same statement may succeed later (kTryAgain: memory, too many parts, too many
// queries, time-outs, a read-only replica, a full disk), the server cannot be used
// (kUnavailable: login, network), or the statement or its rows are wrong (kBadData).
ErrorKind clickhouse_error_kind(int code);

// The HTTP status that ClickHouse's own interface answers with for this code.
int clickhouse_http_status(int code);

}  // namespace candor
