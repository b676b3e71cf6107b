#include "journal/recovery.h"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <utility>

#include "journal/limits.h"
#include "journal/segment_scan.h"

namespace candor {
namespace {

// A segment's file as found, before its records are read.
struct FoundSegment {
  SegmentName name;
  Path path;
  std::unique_ptr<DiskFile> file;
  std::uint64_t size = 0;
  std::optional<SegmentHeader> header;

  // The end of the positions it owns.
  std::uint64_t range_end() const {
    // Without its header the segment may have had any capacity, and may have been cut.
    return name.base + std::max(size, header ? header->capacity : kMaxSegmentBytes);
  }
};

// What reading a segment found.
struct ScannedSegment {
  Segment segment;
  std::uint64_t records = 0;
  std::vector<DamagedStretch> damage{};
  std::uint64_t tail = 0;         // offset behind the last whole record
  std::uint64_t content_end = 0;  // offset behind the last byte that is not unused
  bool unreadable = false;
};

Result<FoundSegment> look_at(Disk& disk, const Path& path, const SegmentName& name) {
  CANDOR_ASSIGN(file, disk.open(path));
  CANDOR_ASSIGN(size, file->size());
  std::string bytes(kSegmentHeaderBytes, '\0');
  // A header that cannot be read is a damaged one: base and salt stand in the name.
  const auto read = file->read_at(0, bytes);
  bytes.resize(read.ok() ? *read : 0);
  const auto found = decode_segment_header(bytes);
  if (found.newer_version) {
    return Error{ErrorKind::kBadData,
                 fmt::format("{} is of journal format {}, and this program knows formats up to {}: "
                             "nothing was changed; start the newer program again, or load and "
                             "empty the journal with it before going back",
                             path.string(), *found.newer_version, kJournalFormatVersion)};
  }
  if (found.header && found.header->name != name) {
    return Error{ErrorKind::kBadData,
                 fmt::format("{} was {} when it was written: give it its name back, or move it out "
                             "of the folder",
                             path.string(), format_segment_name(found.header->name))};
  }
  return FoundSegment{name, path, std::move(file), size, found.header};
}

Result<std::vector<FoundSegment>> find_segments(Disk& disk, const Path& folder,
                                                const std::vector<std::string>& names) {
  std::vector<FoundSegment> found;
  for (const auto& file_name : names) {
    const auto name = parse_segment_name(file_name);
    if (!name) continue;
    CANDOR_ASSIGN(segment, look_at(disk, folder / file_name, *name));
    found.push_back(std::move(segment));
  }
  // Names are in order of their bases: list() sorts, and all have the same length.
  for (std::size_t i = 1; i < found.size(); ++i) {
    const auto& before = found[i - 1];
    const auto before_end =
        before.name.base + std::max(before.size, before.header ? before.header->capacity : 0);
    if (found[i].name.base < before_end) {
      return Error{ErrorKind::kBadData,
                   fmt::format("{} and {} claim the same positions: one is a copy from elsewhere; "
                               "move it out of the folder",
                               before.path.string(), found[i].path.string())};
    }
  }
  return found;
}

// `size` is where its records end at the latest.
Result<ScannedSegment> scan(FoundSegment& found, std::uint64_t size, const FoundRecord& tell) {
  ScannedSegment result{.segment = {.name = found.name, .path = found.path}};
  std::uint32_t next_ordinal = 0;
  std::uint64_t lost_since = 0;  // index in result.damage of the stretches since the last record
  SegmentScan scan(*found.file, found.name, kSegmentHeaderBytes, size);
  result.tail = scan.offset();
  for (;;) {
    const auto item = scan.next();
    if (const auto* record = std::get_if<ScannedRecord>(&item)) {
      if (tell) CANDOR_TRY(tell(record->header.position, record->body));
      if (result.records++ == 0) {
        result.segment.first = record->header.position;
        result.segment.first_time = from_unix_millis(record->header.seconds * std::int64_t{1000});
      }
      result.segment.last = record->header.position;
      if (lost_since < result.damage.size()) {
        // One stretch each is certain; the step between the ordinals knows of more.
        const std::uint64_t stretches = result.damage.size() - lost_since;
        const std::uint64_t lost =
            record->header.ordinal > next_ordinal ? record->header.ordinal - next_ordinal : 0;
        if (lost > stretches) result.damage.back().records += lost - stretches;
      }
      lost_since = result.damage.size();
      next_ordinal = record->header.ordinal + 1;
      result.tail = scan.offset();
    } else if (const auto* damage = std::get_if<ScannedDamage>(&item)) {
      result.damage.push_back({found.path, damage->offset, damage->bytes, 1});
      result.unreadable |= damage->unreadable;
    } else {
      result.content_end = std::get<ScannedEnd>(item).offset;
      return result;
    }
  }
}

// Damage with no record behind it, at or behind `durable_end`, is a write that did not finish.
void drop_torn_tail(ScannedSegment& scanned, std::uint64_t durable_end, RecoveryReport& report) {
  const auto begin = std::max(scanned.tail, durable_end);
  const auto torn = std::find_if(scanned.damage.begin(), scanned.damage.end(),
                                 [&](const auto& damage) { return damage.offset >= begin; });
  if (torn == scanned.damage.end()) return;
  report.torn_tail_bytes += scanned.content_end - torn->offset;
  scanned.content_end = torn->offset;
  scanned.damage.erase(torn, scanned.damage.end());
}

// The file ends before what was durable did.
void add_lost_end(ScannedSegment& scanned, std::uint64_t durable_end) {
  const auto missing = durable_end - scanned.content_end;
  auto& damage = scanned.damage;
  if (!damage.empty() && damage.back().offset + damage.back().bytes == scanned.content_end) {
    damage.back().bytes += missing;
  } else {
    damage.push_back({scanned.segment.path, scanned.content_end, missing, 1});
  }
}

void report_damage(const std::vector<DamagedStretch>& damage, std::uint64_t base,
                   Recovered& recovered) {
  auto& report = recovered.report;
  for (const auto& stretch : damage) {
    report.corrupt_records += stretch.records;
    report.corrupt_bytes += stretch.bytes;
    if (report.stretches.size() < kMaxReportedStretches) report.stretches.push_back(stretch);
    recovered.damage.push_back({base + stretch.offset});
  }
}

}  // namespace

std::string RecoveryReport::summary() const {
  std::string text;
  if (corrupt_records > 0) {
    text = fmt::format("the journal is damaged: at least {} records in {} bytes cannot be read",
                       corrupt_records, corrupt_bytes);
    if (!stretches.empty()) {
      text += fmt::format(", the first at byte {} of {}", stretches.front().offset,
                          stretches.front().file.string());
    }
    text += fmt::format("; {} whole records were kept.", records);
  }
  if (torn_tail_bytes > 0) {
    text += fmt::format("{}{} bytes of an unfinished write were dropped from the journal's end.",
                        text.empty() ? "" : " ", torn_tail_bytes);
  }
  return text;
}

Result<Recovered> recover_journal(Disk& disk, const Path& folder, const FoundRecord& found_record) {
  CANDOR_ASSIGN(names, disk.list(folder));
  CANDOR_ASSIGN(found, find_segments(disk, folder, names));

  Recovered recovered;
  auto& report = recovered.report;
  for (std::size_t i = 0; i < found.size(); ++i) {
    auto& file = found[i];
    const bool newest = i + 1 == found.size();
    if (!file.header) ++report.damaged_headers;

    // Where what was durable ended, as far as the next segment knows; 0 when it does not.
    const auto durable_end = newest || !file.header || !found[i + 1].header ||
                                     found[i + 1].header->previous_end.value <= file.name.base ||
                                     found[i + 1].header->previous_end.value > file.range_end()
                                 ? 0
                                 : found[i + 1].header->previous_end.value - file.name.base;
    // What lies behind was refused, and could not be cut off: its senders sent it again, and it is
    // in the next segment.
    CANDOR_ASSIGN(
        scanned,
        scan(file, durable_end > 0 ? std::min(durable_end, file.size) : file.size, found_record));
    if (newest ? !scanned.unreadable : durable_end > 0)
      drop_torn_tail(scanned, durable_end, report);
    if (durable_end > scanned.content_end) add_lost_end(scanned, durable_end);
    report_damage(scanned.damage, file.name.base, recovered);
    recovered.next_base = std::max(recovered.next_base, file.range_end());

    if (!newest && scanned.records == 0 && scanned.damage.empty()) {
      CANDOR_TRY(disk.remove(file.path));
      continue;
    }
    // Gives preallocated space back. Not needed for correctness, so a failure is no reason to stop.
    const auto keep = std::min(scanned.content_end, file.size);
    if (!scanned.unreadable && keep < file.size) (void)file.file->truncate(keep);

    scanned.segment.end = keep;
    scanned.segment.bound = scanned.segment.last;
    if (scanned.content_end > scanned.tail) {
      // What cannot be read today may be readable tomorrow: it is not released with the rest.
      scanned.segment.bound = {file.name.base + scanned.content_end - 1};
    }
    report.records += scanned.records;
    if (report.first == Position{}) report.first = scanned.segment.first;
    report.last = std::max(report.last, scanned.segment.last);
    recovered.previous_end = {file.name.base + keep};
    recovered.segments.push_back(std::move(scanned.segment));
  }
  report.segments = recovered.segments.size();

  for (const auto& name : names) {
    if (name.ends_with(".segment.tmp")) CANDOR_TRY(disk.remove(folder / name));
  }
  return recovered;
}

}  // namespace candor
