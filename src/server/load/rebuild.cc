#include "server/load/rebuild.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <unordered_map>

#include "base/clock.h"
#include "base/digest.h"
#include "server/load/block.h"
#include "server/load/erase.h"
#include "server/load/limits.h"
#include "server/load/row_reader.h"

namespace candor {
namespace {

// Where a page begins: behind that event.
struct Place {
  std::uint64_t version = 0;
  std::string id = std::string(sizeof(RecordKey), '\0');
};

class Rebuild {
 public:
  Rebuild(EngineClient& engine, const Catalogue& catalogue, const std::string& product,
          std::int64_t day, const std::stop_token& stop)
      : engine_(engine),
        product_(product),
        day_(day),
        stop_(stop),
        where_(fmt::format("product = {} AND day = {}", sql_quote(product),
                           sql_quote(format_day(day)))),
        known_(catalogue, rollup_) {}

  Status run() {
    CANDOR_TRY(engine_.execute(fmt::format("ALTER TABLE candor.daily DELETE WHERE {}", where_)));
    CANDOR_TRY(wait_for_mutations(engine_, stop_, "daily"));
    CANDOR_ASSIGN(replaced,
                  engine_.query(fmt::format(
                      "SELECT count() FROM candor.events WHERE {} AND again = 1", where_)));
    const auto slices = replaced.count(0, 0) / kRebuildReplaced + 1;
    for (std::uint64_t slice = 0; slice < slices; ++slice) {
      // Of each id all rows are in one slice.
      const auto of_slice =
          slices == 1 ? where_
                      : fmt::format("{} AND cityHash64(id) % {} = {}", where_, slices, slice);
      CANDOR_TRY(read_replacing(of_slice));
      CANDOR_TRY(read_events(of_slice));
    }
    return send();
  }

 private:
  // The newest version of each event that takes the place of an earlier one.
  Status read_replacing(const std::string& where) {
    newest_.clear();
    CANDOR_ASSIGN(bytes,
                  engine_.select(fmt::format("SELECT id, max(version) FROM candor.events WHERE {} "
                                             "AND again = 1 GROUP BY id",
                                             where),
                                 "RowBinary"));
    for (RowReader rows(bytes); !rows.done();) {
      const auto id = rows.fixed(sizeof(RecordKey));
      newest_[std::string(id)] = rows.u64();
    }
    return Ok{};
  }

  Status read_events(const std::string& where) {
    Place after;
    auto rows = kRebuildLeastRows;
    for (;;) {
      if (stop_.stop_requested())
        return Error{ErrorKind::kTryAgain,
                     "The collector ends; the figures are made anew at its start."};
      const auto page = engine_.select(
          fmt::format("SELECT version, id, name, source, contract, automation, body FROM "
                      "candor.events WHERE "
                      "{} AND version >= {} AND (version > {} OR id > {}) ORDER BY version, id "
                      "LIMIT {}",
                      where, after.version, after.version, sql_quote(after.id), rows),
          "RowBinary");
      if (!page.ok() && page.error().kind != ErrorKind::kUnavailable && rows > kRebuildLeastRows) {
        // Larger events than those before: more than an answer or a statement may have.
        rows = std::max(rows / 8, kRebuildLeastRows);
        continue;
      }
      if (!page.ok()) return page.error();
      if (page->empty()) return Ok{};
      CANDOR_TRY(add(*page, after));
      if (page->size() < kRebuildPageBytes / 2) rows = std::min(rows * 2, kRebuildMostRows);
      if (page->size() > kRebuildPageBytes) rows = std::max(rows / 2, kRebuildLeastRows);
    }
  }

  Status add(std::string_view page, Place& last) {
    for (RowReader rows(page); !rows.done();) {
      last.version = rows.u64();
      last.id = rows.fixed(sizeof(RecordKey));
      const auto name = rows.text(), source = rows.text();
      const auto contract = to_hex(rows.fixed(kContractHashBytes));
      const bool automation = rows.u8() != 0;
      const auto body = rows.text();
      const auto newest = newest_.find(last.id);
      if (newest != newest_.end() && newest->second > last.version) continue;
      const EventView event{.name = name, .source = source, .automation = automation, .body = body};
      known_.roll_up(known_.of(contract, product_), event, day_);
      if (rollup_.full()) CANDOR_TRY(send());
    }
    return Ok{};
  }

  Status send() {
    if (rollup_.empty()) return Ok{};
    // The same rows may have been inserted before; they are wanted again, here and at any replica.
    std::uint64_t position = 0;
    const auto random = random_bytes(sizeof position);
    std::memcpy(&position, random.data(), sizeof position);
    const auto rows = rollup_.take(position);
    CANDOR_ASSIGN(version, engine_.version());
    StatementSettings settings;
    if (version.first >= 20) settings.emplace_back("insert_deduplicate", "0");
    const auto into = fmt::format("{} {}", kDailyBlocks.name, kDailyBlocks.columns);
    return engine_.insert(
        {.into = into, .format = "Native", .rows = rows, .token = "", .settings = settings});
  }

  EngineClient& engine_;
  const std::string product_;
  const std::int64_t day_;
  const std::stop_token& stop_;
  const std::string where_;
  DailyRollup rollup_;
  KnownContracts known_;
  std::unordered_map<std::string, std::uint64_t> newest_;
};

}  // namespace

Status rebuild_day(EngineClient& engine, const Catalogue& catalogue, const std::string& product,
                   std::int64_t day, const std::stop_token& stop) {
  return Rebuild(engine, catalogue, product, day, stop).run();
}

}  // namespace candor
