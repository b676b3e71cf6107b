#include "server/engine/engine_session.h"

#include <algorithm>

#include "base/log.h"
#include "server/engine/statement.h"

namespace candor {

Result<EngineSession> EngineSession::open(ChdbConnect connect, EngineSettings base) {
  CANDOR_ASSIGN(connection, connect());
  return EngineSession(std::move(connect), std::move(base), std::move(connection));
}

HttpResponse EngineSession::answer(const EngineRequest& request) {
  Result<std::string> result = run(request);
  if (request.changes_session) spoiled_ = true;
  if (spoiled_) {
    reopen();
  } else {
    restore(request.settings);
  }
  if (!result.ok()) return clickhouse_failure(result.error());
  return clickhouse_answer(*std::move(result), request.format);
}

Result<std::string> EngineSession::run(const EngineRequest& request) {
  CANDOR_TRY(use(request.database));
  if (auto status = set(request.settings); !status.ok()) {
    // Some of them may have been taken before the one that was refused.
    spoiled_ = true;
    return std::move(status).error();
  }
  if (!request.has_rows) return connection_->query(request.sql, request.format);
  auto written = connection_->insert(request.sql, request.format, request.rows);
  if (!written.ok()) return std::move(written).error();
  return std::string();
}

Status EngineSession::use(const std::string& database) {
  if (database == database_) return Ok{};
  auto result = connection_->query("USE " + sql_name(database), "Null");
  if (!result.ok()) return std::move(result).error();
  database_ = database;
  return Ok{};
}

Status EngineSession::set(const EngineSettings& settings) {
  if (settings.empty()) return Ok{};
  auto result = connection_->query(set_statement(settings), "Null");
  if (!result.ok()) return std::move(result).error();
  return Ok{};
}

void EngineSession::restore(const EngineSettings& settings) {
  if (settings.empty()) return;
  std::string sql;
  for (const auto& [name, value] : settings) {
    const auto base = std::ranges::find(base_, name, &EngineSettings::value_type::first);
    sql += sql.empty() ? "SET " : ", ";
    sql += name + " = " + (base == base_.end() ? "DEFAULT" : sql_quote(base->second));
  }
  if (!connection_->query(sql, "Null").ok()) reopen();
}

void EngineSession::reopen() {
  // The old one is closed last: without any connection the engine would stop and load anew.
  auto connection = connect_();
  if (!connection.ok()) {
    log_error("the engine cannot open a new session: {}", connection.error().message);
    return;
  }
  connection_ = *std::move(connection);
  database_ = "default";
  spoiled_ = false;
}

}  // namespace candor
