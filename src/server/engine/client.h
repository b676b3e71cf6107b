// Speaks to ClickHouse: the embedded engine, a server or a cluster, which one is only an address.
//
// Statements must be ones that ClickHouse 18.16 accepts too. Values go into SQL through sql_quote
// (statement.h) and in no other way.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "server/engine/rows.h"
#include "server/engine/statement.h"
#include "wire/http_client.h"

namespace candor {

// Where ClickHouse is. The password is kept out of every message.
struct EngineAddress {
  std::string unix_socket;  // empty for http and https
  std::string url;          // "http://host:8123/", without user and query
  std::string database = "default";
  std::string user;      // sent as X-ClickHouse-User; empty: "default" of the server
  std::string password;  // sent as X-ClickHouse-Key
};

// "unix:/run/candor/engine.sock" or "http(s)://[user[:password]@]host[:port]/[?database=NAME]".
// kConfiguration for anything else.
Result<EngineAddress> parse_engine_address(std::string_view text);

struct EngineClientOptions {
  std::chrono::milliseconds connect_timeout{3'000};
  std::chrono::milliseconds
      answer_timeout;   // of one statement; kEngineAnswerTime when made by make_options
  std::string ca_file;  // PEM; empty: the system's
  // Asked while an answer is waited for, on the calling thread; false ends the wait (kTryAgain).
  // What ClickHouse was asked to do may go on there.
  std::function<bool()> keep_going{};
};

using StatementSettings = std::vector<std::pair<std::string, std::string>>;  // ClickHouse's names

// The rows of one INSERT.
struct EngineInsert {
  std::string_view into;    // "candor.events (product, time, …)", or a table's name alone
  std::string_view format;  // "RowBinary", "JSONEachRow", …
  std::string_view rows;    // any bytes
  // In place of `rows`: they are made while they are sent (ClientRequest::next_piece). For the
  // embedded engine: an old ClickHouse takes a body that was cut off for a whole one.
  std::function<Result<std::string_view>()> next_rows{};
  std::string_view token;        // insert_deduplication_token; empty: the bytes decide
  StatementSettings settings{};  // besides
};

// Errors of every function: kUnavailable when no whole answer came in time (a statement may have
// been done all the same: repeat an insert with the same token), kTryAgain when ClickHouse says so
// (memory, too many parts, too busy), kBadData when it refuses the statement or the rows. The
// message holds ClickHouse's code and the start of its text; for an insert nothing that may be a
// piece of the rows.
//
// Not thread-safe: one per thread; the connection is kept.
class EngineClient {
 public:
  explicit EngineClient(EngineAddress address, EngineClientOptions options = default_options({}),
                        std::unique_ptr<HttpClient> http = make_http_client());

  static EngineClientOptions default_options(std::function<bool()> keep_going);

  // Whether it answers: GET /ping.
  Status ping();

  // A statement without an answer: DDL, ALTER, INSERT … SELECT.
  Status execute(std::string_view sql, const StatementSettings& settings = {});

  // A statement with one; without a FORMAT clause of its own.
  Result<Rows> query(std::string_view sql, const StatementSettings& settings = {});

  // A question's answer as it comes, in that format ("Native", …), at most kMaxAnswerBytes.
  Result<std::string> select(std::string_view sql, std::string_view format);

  // Returns when the rows are stored: once, however often they are sent with the same token within
  // the table's window. A ClickHouse before 22.2 knows no tokens: it takes a block with the same
  // bytes once. An error of `next_rows` comes as it is, and then nothing is stored.
  Status insert(const EngineInsert& insert);

  // Such as {26, 7}; asked for once.
  Result<std::pair<int, int>> version();

  const EngineAddress& address() const { return address_; }

 private:
  using NextRows = std::function<Result<std::string_view>()>;
  Result<std::string> send(std::string_view query, std::string_view body,
                           const StatementSettings& settings, std::string_view default_format,
                           NextRows next_rows = {});

  EngineAddress address_;
  EngineClientOptions options_;
  std::unique_ptr<HttpClient> http_;
  std::optional<std::pair<int, int>> version_;
};

}  // namespace candor
