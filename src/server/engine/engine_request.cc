#include "server/engine/engine_request.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "server/engine/clickhouse_error.h"
#include "server/engine/statement.h"
#include "wire/url.h"

namespace candor {
namespace {

constexpr std::array<std::string_view, 13> kIgnored = {"user",
                                                       "password",
                                                       "quota_key",
                                                       "query_id",
                                                       "session_id",
                                                       "session_timeout",
                                                       "session_check",
                                                       "wait_end_of_query",
                                                       "buffer_size",
                                                       "enable_http_compression",
                                                       "stacktrace",
                                                       "client_protocol_version",
                                                       "send_progress_in_http_headers"};

Error bad_argument(std::string_view what) {
  return Error{ErrorKind::kBadData, fmt::format("Code: 36. DB::Exception: {}", what)};
}

bool is_setting_name(std::string_view name) {
  return !name.empty() && std::ranges::all_of(name, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
  });
}

struct Parameters {
  std::string query;
  std::string database = "default";
  std::string default_format = "TabSeparated";
  EngineSettings settings;
};

Status read_parameter(std::string name, std::string value, Parameters& out) {
  if (name == "query") {
    out.query = std::move(value);
  } else if (name == "database") {
    if (!value.empty()) out.database = std::move(value);
  } else if (name == "default_format") {
    if (!value.empty()) out.default_format = std::move(value);
  } else if (name == "compress" || name == "decompress" || name.starts_with("param_")) {
    return bad_argument(fmt::format("{} is not supported by the embedded engine", name));
  } else if (std::ranges::find(kIgnored, name) == kIgnored.end()) {
    if (!is_setting_name(name)) return bad_argument("a parameter of the URL is no setting's name");
    out.settings.emplace_back(std::move(name), std::move(value));
  }
  return Ok{};
}

Result<Parameters> read_parameters(std::string_view rest) {
  Parameters out;
  while (!rest.empty()) {
    const std::string_view pair = rest.substr(0, rest.find('&'));
    rest.remove_prefix(std::min(pair.size() + 1, rest.size()));
    if (pair.empty()) continue;
    const std::size_t equals = std::min(pair.find('='), pair.size());
    CANDOR_TRY(read_parameter(
        url_decode(pair.substr(0, equals), UrlPart::kQuery),
        url_decode(pair.substr(std::min(equals + 1, pair.size())), UrlPart::kQuery), out));
  }
  return out;
}

}  // namespace

Result<EngineRequest> read_engine_request(HttpRequest request) {
  if (!request.header("Content-Encoding").empty())
    return bad_argument("a compressed body is not supported by the embedded engine");
  CANDOR_ASSIGN(parameters, read_parameters(request.query));
  EngineRequest out;
  out.database = std::move(parameters.database);
  out.settings = std::move(parameters.settings);
  out.format = std::move(parameters.default_format);

  std::string text = std::move(parameters.query);
  std::string body = std::move(request.body);
  if (!text.empty() && read_statement(text).kind != StatementKind::kInsert) {
    // As ClickHouse does it: the statement may begin in the URL and go on in the body.
    if (!body.empty()) text += "\n" + body;
    body.clear();
  } else if (text.empty()) {
    text.swap(body);
  }
  const Statement statement = read_statement(text);
  if (text.find_first_not_of(" \t\r\n;") == text.npos)
    return Error{ErrorKind::kBadData, "Code: 62. DB::Exception: Empty query"};
  if (!statement.format.empty()) out.format = statement.format;
  out.has_rows = statement.kind == StatementKind::kInsert;
  out.changes_session = statement.kind == StatementKind::kSession;
  out.sql = statement.text;
  out.rows = statement.rows;
  if (out.rows.empty()) {
    out.rows = std::move(body);
  } else {
    out.rows += body;
  }
  return out;
}

std::string set_statement(const EngineSettings& settings) {
  std::string out;
  for (const auto& [name, value] : settings)
    out += fmt::format("{}{} = {}", out.empty() ? "SET " : ", ", name, sql_quote(value));
  return out;
}

std::string_view clickhouse_content_type(std::string_view format) {
  if (format.starts_with("JSONEachRow")) return "application/x-ndjson; charset=UTF-8";
  if (format.starts_with("JSON")) return "application/json; charset=UTF-8";
  if (format.starts_with("TabSeparated") || format.starts_with("TSV"))
    return "text/tab-separated-values; charset=UTF-8";
  if (format.starts_with("CSV")) return "text/csv; charset=UTF-8; header=absent";
  if (format.starts_with("RowBinary") || format == "Native") return "application/octet-stream";
  return "text/plain; charset=UTF-8";
}

HttpResponse clickhouse_answer(std::string body, std::string_view format) {
  HttpResponse response;
  response.body = std::move(body);
  response.content_type = clickhouse_content_type(format);
  response.headers.push_back({"X-ClickHouse-Format", std::string(format)});
  return response;
}

HttpResponse clickhouse_failure(const Error& error) {
  const int code = clickhouse_error_code(error.message);
  HttpResponse response;
  response.status = clickhouse_http_status(code);
  response.content_type = "text/plain; charset=UTF-8";
  response.headers.push_back({"X-ClickHouse-Exception-Code", std::to_string(code)});
  response.body = error.message + "\n";
  return response;
}

}  // namespace candor
