// Deleting from the store what deletion secrets cover (docs/formats/deletion.md).
//
// Statements name hashes only: a store keeps the text of what it was asked. They are ones that
// ClickHouse 18.16 takes, too.
#pragma once

#include <functional>
#include <set>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "server/engine/client.h"

namespace candor {

// Every table with a column `installation`. A test compares it with sql/*.sql. Of events, runs,
// series and their samples, which carry no deletion hash, what names the installation goes when
// nobody else's report does.
inline constexpr std::string_view kTablesOfInstallations[] = {
    "report_values", "quarantine", "installations", "series", "crashes", "lookups", "reports"};

// Those of the subjects, kEraseBatch at most, that cover a record in the store: one question for
// all of them. Errors as EngineClient::query.
Result<std::set<std::string>> covered_of(EngineClient& engine,
                                         std::span<const std::string> subjects);
// The same of one.
Result<bool> holds_records_of(EngineClient& engine, const std::string& subject);

// What admission makes of an installation's id where it is a keyed label of samples.
using HashedLabel = std::function<std::string(std::string_view)>;

// Deletes the rows that the subjects cover, from every table; returns when the store no longer
// shows them. What was done of it before, by an attempt that ended halfway, is no harm. Errors as
// EngineClient::execute, kTryAgain when `stop` said so; then call it again.
Status erase_records(EngineClient& engine, std::span<const std::string> subjects,
                     const std::stop_token& stop, const HashedLabel& hashed);

// Returns when every deletion that was asked for is done, of one table or (empty) of all. Errors as
// above; kUnavailable with the store's reason when one of that table failed.
Status wait_for_mutations(EngineClient& engine, const std::stop_token& stop,
                          std::string_view table = "");

// Returns when the files are gone that the store had already replaced at the time of the call: it
// keeps them for a minute. Errors as above.
Status wait_for_replaced_files(EngineClient& engine, const std::stop_token& stop);

}  // namespace candor
