// A block: the rows that a stretch of the journal becomes, table by table. Pure but for the memory
// of compiled contracts.
#pragma once

#include <array>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "contract/catalogue.h"
#include "contract/insight.h"
#include "contract/top_members.h"
#include "journal/journal.h"
#include "server/load/block_sums.h"
#include "server/load/daily_rollup.h"
#include "server/load/known_contracts.h"
#include "server/load/limits.h"
#include "server/load/native_block.h"
#include "server/load/row_binary.h"
#include "server/load/sample_rows.h"
#include "server/record/record.h"
#include "server/record/tombstones.h"

namespace candor {

// The tables that blocks are written to, in the order of writing, and their columns in the order of
// the rows. Kept beside sql/*.sql; a test reads both.
struct BlockTable {
  std::string_view name;     // "candor.reports"
  std::string_view columns;  // "(product, day, …)"
};
inline constexpr BlockTable kReports{"candor.reports",
                                     "(product, day, simulated, installation, version, received, "
                                     "protocol, contract, automation, deletion, body)"};
inline constexpr BlockTable kReportValues{
    "candor.report_values",
    "(product, simulated, insight, day, installation, automation, version, present, number, text)"};
inline constexpr BlockTable kDeviceReports{
    "candor.device_reports", "(product, day, device, version, received, contract, body)"};
inline constexpr BlockTable kEvents{"candor.events",
                                    "(product, name, day, at, id, source, received, protocol, "
                                    "contract, version, again, automation, "
                                    "body)"};
inline constexpr BlockTable kDailyBlocks{
    "candor.daily_blocks", "(product, figure, day, value, bucket, events, sum, hashes, position)"};
inline constexpr BlockTable kSeries{
    "candor.series",
    "(product, metric, series, day, labels, installation, protocol, contract, version)"};
inline constexpr BlockTable kSamples{"candor.samples",
                                     "(product, metric, series, day, at, tag, value, version)"};
inline constexpr BlockTable kCrashes{
    "candor.crashes",
    "(product, simulated, automation, installation, deletion, crash, day, version, signature, at, "
    "program, release, reason, frames)"};
inline constexpr BlockTable kLookups{"candor.lookups",
                                     "(product, value, installation, deletion, day, version)"};
inline constexpr BlockTable kRuns{"candor.runs",
                                  "(product, event, name, version, day, at, run, state, "
                                  "duration_ms, automation, source, position)"};
inline constexpr BlockTable kQuarantine{
    "candor.quarantine",
    "(product, day, received, record, kind, id, event, at, protocol, contract, installation, path, "
    "type, reason, value, place, body, state, automation)"};
inline constexpr BlockTable kDrops{"candor.drops", "(product, day, path, type, reason, count)"};
inline constexpr BlockTable kAccounting{"candor.accounting",
                                        "(product, day, outcome, reason, count)"};

// What became of a value in quarantine: the column `state`.
inline constexpr std::uint8_t kHeld = 0;
inline constexpr std::uint8_t kReplayed = 1;

// What the rows of one record in quarantine have in common.
struct HeldRow {
  std::string_view product;
  Instant received{};
  std::uint64_t record = 0;
  std::string_view kind;
  std::string_view id;
  std::string_view event{};
  Instant at{};
  std::string_view protocol;
  std::string_view contract;
  std::string_view installation;
  std::string_view body{};
  std::uint8_t state = kHeld;
  bool automation = false;
};

std::vector<NativeColumn> event_columns();  // of kEvents

// Not thread-safe.
class BlockBuilder {
 public:
  // Of a record that a tombstone covers only the counts become rows. Both outlive the builder.
  explicit BlockBuilder(const Catalogue& catalogue, const Tombstones* forgotten = nullptr);

  // kBadData when the bytes are no record this version reads.
  Status add(const JournalRecord& entry);

  struct Part {
    BlockTable table;
    std::string_view format;  // "RowBinary", "Native"
    std::string rows;         // of kSamples none: take_samples() has them
  };
  // The rows of all that was added; the builder is empty afterwards, but for take_samples() and
  // take_days().
  std::vector<Part> take();
  void take_samples(std::string& into) { samples_.take_samples(into); }
  // Takes all there is.
  void clear();
  // The rows of kEvents alone, in the format Native and in place of what is in `into`; and how many
  // bytes they are, about.
  void take_events(std::string& into) { events_.take(into); }
  std::size_t event_bytes() const { return events_.size(); }
  // Its memory has reached its limit: the block ends with the record that was added last.
  bool full() const { return daily_.full() || samples_.full() || held_bytes() >= kMaxHeldRowBytes; }
  // What was taken last is in the store.
  void stored() { samples_.stored(); }
  // Series may be gone from the store: the next samples of each name it again.
  void forget_series() { samples_.forget(); }
  // Days of which a product's events were replaced: their rollup is to be made anew.
  using Days = std::set<std::pair<std::string, std::int64_t>>;
  Days take_days() { return std::exchange(days_, {}); }

 private:
  // Of rows that are there until take(), about: all but events, figures, samples and sums.
  std::size_t held_bytes() const {
    return reports_.bytes().size() + values_.bytes().size() + devices_.bytes().size() +
           crashes_.bytes().size() + lookups_.bytes().size() + runs_.bytes().size() +
           quarantine_.bytes().size();
  }
  void add_document(const DocumentRecord& record, Position position);
  void add_report(const DocumentRecord& record);
  void add_held(const HeldRow& row, const Quarantined& value);
  void add_held(const HeldRow& row, std::string_view path, const Quarantined& value);
  void add_report_row(const DocumentRecord& record);
  // Of a part of a report, the member's name: it says nothing about figures that are elsewhere.
  void add_figures(const DocumentRecord& record, Instant at, std::string_view part = "");
  // Of an event that stands for a part of a report: its figures, as of `version`.
  void add_part(const EventsView& record, const EventView& event, Instant version);
  using EventId = std::array<char, 16>;
  // Of equal versions of a crash any may count.
  void add_crashes(const DocumentRecord& record, Instant version);
  // `event` is empty for a report.
  void add_lookups(const std::string& product, const Contract& contract, std::string_view event,
                   const std::string& installation, const std::string& deletion, Instant at,
                   std::string_view body);
  // Of an event that tells of health.
  void add_runs(std::string_view product, HealthFacts& health, const EventView& event,
                const EventId& id, Position position);
  void add_quarantined(const DocumentRecord& record, Position position);
  void add_events(const EventsView& record, Position position);
  // The columns of candor.events that differ from event to event of a record, what else its
  // contract wants of it; and the others, for as many of them.
  void add_event(const EventsView& record, KnownContract& known, const EventView& event,
                 const EventId& id, Position position, Instant part_version);
  void end_events(const EventsView& record, const KnownContract& known, Position position,
                  bool again, std::size_t events);
  void add_held_event(const EventsView& record, const EventView& event, const EventId& id,
                      Position position);
  void add_replay(const ReplayRecord& record, Position position);
  void add_replayed_report(const ReplayRecord& record);
  void add_samples(const SamplesRecord& record, Position position);
  void add_dropped(std::string_view product, std::int64_t day, const std::vector<Dropped>& rows);
  void add_device(const DocumentRecord& record);
  void add_counts(const CountsRecord& record);
  void add_value(const DocumentRecord& record, Instant at, std::string_view insight,
                 const InsightValue& value);
  void count(std::string_view product, std::int64_t day, std::string_view outcome,
             std::string_view reason, std::uint64_t count);

  const Tombstones* const forgotten_;
  DailyRollup daily_;
  KnownContracts known_;
  Days days_;
  std::uint64_t last_ = 0;  // position of the record that was added last
  BlockSums dropped_;       // by product, path, type and reason
  BlockSums counted_;       // by product, outcome and reason
  TopMembers members_;      // of the report that is being added
  NativeBlock events_;
  RowBinary reports_, values_, devices_, crashes_, lookups_, runs_, quarantine_, drops_,
      accounting_;
  SampleRows samples_;
};

}  // namespace candor
