// The rows of a block that are taken out of what reports and events hold: crashes, and what support
// looks installations up by.
#include <algorithm>

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

}  // namespace candor
