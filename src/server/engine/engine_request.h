// One request of ClickHouse's HTTP interface, as far as the embedded engine serves it. Pure.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "base/result.h"
#include "wire/http_server.h"

namespace candor {

using EngineSettings = std::vector<std::pair<std::string, std::string>>;  // name, value

struct EngineRequest {
  std::string sql;     // the statement; of an INSERT with rows up to before FORMAT
  std::string rows;    // of such an INSERT, any bytes
  std::string format;  // of the rows, or of the answer
  bool has_rows = false;
  bool changes_session = false;  // USE or SET
  std::string database;          // "default" unless asked for
  EngineSettings settings;       // in the order of the URL
};

// Reads `query`, `database`, `default_format` and the body; what else stands in the URL is a
// setting, as with ClickHouse, except the parameters about login, sessions and buffering, which are
// ignored. The error is ClickHouse's text ("Code: 36. DB::Exception: …").
Result<EngineRequest> read_engine_request(HttpRequest request);

// 'SET a = …, b = …' for these settings; empty for none.
std::string set_statement(const EngineSettings& settings);

// The media type ClickHouse gives answers in that format.
std::string_view clickhouse_content_type(std::string_view format);

// A 200 with the answer, or ClickHouse's way to say an error: status, X-ClickHouse-Exception-Code,
// the text.
HttpResponse clickhouse_answer(std::string body, std::string_view format);
HttpResponse clickhouse_failure(const Error& error);

}  // namespace candor
