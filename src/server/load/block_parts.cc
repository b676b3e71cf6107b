// The rows of a block that are taken out of what reports and events hold: crashes, runs, and what
// support looks installations up by.
#include <algorithm>

#include "base/sip_hash.h"
#include "contract/lookup.h"
#include "server/load/block.h"
#include "server/load/crash_rows.h"

namespace candor {

void BlockBuilder::add_crashes(const DocumentRecord& record, Instant version) {
  for (const auto& crash : crashes_of(members_, record.reported)) {
    crashes_.text(record.product)
        .u8(record.simulated)
        .u8(record.automation)
        .text(record.installation)
        .text(record.deletion)
        .text(crash.crash)
        .date(day_of(record.reported))
        .u64(static_cast<std::uint64_t>(to_unix_millis(version)))
        .text(crash.signature)
        .u64(static_cast<std::uint64_t>(std::max<std::int64_t>(to_unix_millis(crash.at), 0)))
        .text(crash.program)
        .text(crash.release)
        .text(crash.reason)
        .text(crash.frames);
  }
}

void BlockBuilder::add_lookups(const std::string& product, const Contract& contract,
                               std::string_view event, const std::string& installation,
                               const std::string& deletion, Instant at, std::string_view body) {
  if (installation.empty()) return;
  for (const auto& value : lookup_values(contract, event, body)) {
    lookups_.text(product)
        .text(value)
        .text(installation)
        .text(deletion)
        .date(day_of(at))
        .u64(static_cast<std::uint64_t>(to_unix_millis(at)));
  }
}

void BlockBuilder::add_runs(std::string_view product, HealthFacts& health, const EventView& event,
                            const EventId& id, Position position) {
  const auto facts = health.read(event.body);
  if (!facts.ok()) return;
  for (const auto& fact : *facts) {
    const auto run = fact.run.empty() ? std::string_view(id.data(), id.size()) : fact.run;
    const auto took = fact.duration_ms ? static_cast<std::int64_t>(*fact.duration_ms) : -1;
    runs_.text(product)
        .text(event.name)
        .text(fact.name)
        .text(fact.version)
        .date(day_of(event.at))
        .u64(static_cast<std::uint64_t>(to_unix_millis(event.at)))
        .u64(sip_hash(run))
        .u8(static_cast<std::uint8_t>(fact.state))
        .u64(static_cast<std::uint64_t>(took))
        .u8(event.automation)
        .text(event.source)
        .u64(position.value);
  }
}

}  // namespace candor
