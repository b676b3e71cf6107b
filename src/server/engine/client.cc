#include "server/engine/client.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <iterator>

#include "server/engine/clickhouse_error.h"
#include "server/engine/limits.h"
#include "wire/url.h"

namespace candor {
namespace {

constexpr std::string_view kUnixPrefix = "unix:";
constexpr std::pair<int, int> kFirstWithTokens{22, 2};

Error bad_address(std::string_view why) {
  return Error{ErrorKind::kConfiguration,
               fmt::format("the engine's address {}; expected unix:/PATH or "
                           "http(s)://USER@HOST:8123/?database=NAME",
                           why)};
}

void add_parameter(std::string& url, std::string_view name, std::string_view value) {
  url += url.find('?') == url.npos ? '?' : '&';
  url += url_encode(name);
  url += '=';
  url += url_encode(value);
}

// Errors about tables and settings quote our own names; any other may quote a piece of the rows.
std::string without_rows(std::string_view text) {
  constexpr int kAboutNames[] = {16, 47, 60, 81, 115};
  text = text.substr(0, text.find('\n'));
  if (std::ranges::find(kAboutNames, clickhouse_error_code(text)) != std::end(kAboutNames))
    return std::string(text);
  const std::size_t quote = text.find_first_of("'\"`");
  return std::string(text.substr(0, quote)) + (quote == text.npos ? "" : "…");
}

// The query of the URL holds the statement; "?…" up to the next space goes.
std::string without_query(std::string text) {
  const std::size_t start = text.find('?');
  if (start != text.npos) text.erase(start, std::min(text.find(' ', start), text.size()) - start);
  return text;
}

std::string start_of(std::string_view text) {
  while (text.ends_with('\n')) text.remove_suffix(1);
  return std::string(text.substr(0, kMaxErrorTextBytes));
}

Error refusal(const ClientResponse& response) {
  int code = 0;
  const std::string_view header = response.header("X-ClickHouse-Exception-Code");
  std::from_chars(header.data(), header.data() + header.size(), code);
  if (code == 0) code = clickhouse_error_code(response.body);
  if (code != 0) return Error{clickhouse_error_kind(code), start_of(response.body)};
  // Not ClickHouse's own words: a proxy, or another program on that port.
  const bool passing = response.status == 408 || response.status == 429 || response.status >= 500;
  return Error{
      passing ? ErrorKind::kUnavailable : ErrorKind::kBadData,
      fmt::format("answered with status {}: {}", response.status, start_of(response.body))};
}

}  // namespace

Result<EngineAddress> parse_engine_address(std::string_view text) {
  EngineAddress address;
  if (text.starts_with(kUnixPrefix)) {
    address.unix_socket = text.substr(kUnixPrefix.size());
    address.url = "http://engine/";
    if (!address.unix_socket.starts_with('/')) return bad_address("names no absolute path");
    return address;
  }
  auto url = parse_url(text);
  if (!url.ok()) return bad_address("is no URL");
  address.user = std::move(url->user);
  address.password = std::move(url->password);
  if (!url->query.empty()) {
    constexpr std::string_view kDatabase = "database=";
    if (!url->query.starts_with(kDatabase) || url->query.find('&') != std::string::npos)
      return bad_address("has a parameter that is not database");
    address.database =
        url_decode(std::string_view(url->query).substr(kDatabase.size()), UrlPart::kQuery);
  }
  url->user.clear();
  url->password.clear();
  url->query.clear();
  if (url->path.empty()) url->path = "/";
  address.url = url->without_credentials();
  return address;
}

EngineClientOptions EngineClient::default_options(std::function<bool()> keep_going) {
  EngineClientOptions options;
  options.answer_timeout = kEngineAnswerTime;
  options.keep_going = std::move(keep_going);
  return options;
}

EngineClient::EngineClient(EngineAddress address, EngineClientOptions options,
                           std::unique_ptr<HttpClient> http)
    : address_(std::move(address)), options_(std::move(options)), http_(std::move(http)) {}

Status EngineClient::ping() {
  ClientRequest request;
  request.url = address_.url + "ping";
  request.unix_socket = address_.unix_socket;
  request.ca_file = options_.ca_file;
  request.connect_timeout = options_.connect_timeout;
  request.timeout = options_.connect_timeout;
  CANDOR_ASSIGN(response, http_->send(request));
  if (response.status != 200) return refusal(response).in(address_.url);
  return Ok{};
}

Status EngineClient::execute(std::string_view sql, const StatementSettings& settings) {
  auto answer = send({}, sql, settings, "TabSeparated");
  if (!answer.ok()) return std::move(answer).error();
  return Ok{};
}

Result<Rows> EngineClient::query(std::string_view sql, const StatementSettings& settings) {
  StatementSettings all = settings;
  all.emplace_back("output_format_json_quote_64bit_integers", "0");
  // Otherwise an error after the first rows would come with status 200.
  all.emplace_back("wait_end_of_query", "1");
  CANDOR_ASSIGN(answer, send({}, sql, all, "JSONCompact"));
  return read_json_compact(answer);
}

Result<std::string> EngineClient::select(std::string_view sql, std::string_view format) {
  return send({}, sql, {{"wait_end_of_query", "1"}}, format);
}

Status EngineClient::insert(const EngineInsert& insert) {
  StatementSettings settings = insert.settings;
  CANDOR_ASSIGN(server, version());
  if (server >= kFirstWithTokens) {
    // On by default since 26: the server would gather inserts of its own choice into blocks.
    settings.emplace_back("async_insert", "0");
    if (!insert.token.empty()) settings.emplace_back("insert_deduplication_token", insert.token);
  }
  const std::string statement = fmt::format("INSERT INTO {} FORMAT {}", insert.into, insert.format);
  std::optional<Error> unmade;
  NextRows next_rows;
  if (insert.next_rows) {
    next_rows = [&]() {
      auto rows = insert.next_rows();
      if (!rows.ok()) unmade = rows.error();
      return rows;
    };
  }
  auto answer = send(statement, insert.rows, settings, "TabSeparated", std::move(next_rows));
  if (unmade) return *std::move(unmade);
  if (answer.ok()) return Ok{};
  Error error = std::move(answer).error();
  error.message = without_rows(error.message);
  return error;
}

Result<std::pair<int, int>> EngineClient::version() {
  if (version_) return *version_;
  CANDOR_ASSIGN(answer, send({}, "SELECT version()", {}, "TabSeparated"));
  std::pair<int, int> found{0, 0};
  const char* const end = answer.data() + answer.size();
  const auto major = std::from_chars(answer.data(), end, found.first);
  if (major.ptr != end) std::from_chars(major.ptr + 1, end, found.second);
  version_ = found;
  return found;
}

Result<std::string> EngineClient::send(std::string_view query, std::string_view body,
                                       const StatementSettings& settings,
                                       std::string_view default_format, NextRows next_rows) {
  ClientRequest request;
  request.method = "POST";
  request.url = address_.url;
  request.unix_socket = address_.unix_socket;
  request.ca_file = options_.ca_file;
  request.connect_timeout = options_.connect_timeout;
  request.timeout = options_.answer_timeout;
  request.max_response_bytes = kMaxAnswerBytes;
  request.keep_going = options_.keep_going;
  if (!query.empty()) add_parameter(request.url, "query", query);
  add_parameter(request.url, "database", address_.database);
  add_parameter(request.url, "default_format", default_format);
  for (const auto& [name, value] : settings) add_parameter(request.url, name, value);
  if (!address_.user.empty()) request.headers.push_back({"X-ClickHouse-User", address_.user});
  if (!address_.password.empty())
    request.headers.push_back({"X-ClickHouse-Key", address_.password});
  request.headers.push_back({"Content-Type", "application/octet-stream"});
  if (query.empty()) {
    request.body = body;
  } else {
    request.large_body = body;
    request.next_piece = std::move(next_rows);
  }
  auto response = http_->send(request);
  if (!response.ok()) {
    Error error = std::move(response).error();
    error.message = without_query(std::move(error.message));
    return error;
  }
  if (response->status != 200) return refusal(*response);
  return std::move(response->body);
}

}  // namespace candor
