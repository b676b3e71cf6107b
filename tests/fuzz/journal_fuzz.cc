// Arbitrary bytes as a journal's segment: nothing crashes, every record that is found stands in the
// bytes exactly as it would be written, and a second start finds the same.
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "journal/memory_disk.h"
#include "journal/recovery.h"
#include "journal/segment_scan.h"
#include "require.h"

namespace {

using namespace candor;

constexpr SegmentName kName{4096, 7};

std::string encode(const ScannedRecord& record) {
  const auto header = encode_record_header(record.header, kName.salt);
  std::string bytes(header.data(), header.size());
  bytes += record.body;
  bytes.resize(record_size(record.body.size()), '\0');
  return bytes;
}

std::vector<std::string> records_in(MemoryDisk& disk, const Path& path, std::string_view original) {
  std::vector<std::string> records;
  auto file = disk.open(path);
  require(file.ok());
  SegmentScan scan(**file, kName, kSegmentHeaderBytes, disk.bytes_of(path).size());
  for (;;) {
    const auto item = scan.next();
    if (std::holds_alternative<ScannedEnd>(item)) return records;
    const auto* record = std::get_if<ScannedRecord>(&item);
    if (record == nullptr) continue;
    auto bytes = encode(*record);
    require(original.substr(record->offset, bytes.size()) == bytes);
    require(record->header.body_crc == record_body_crc(record->body));
    records.push_back(std::move(bytes));
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  MemoryDisk disk;
  const Path folder = "/journal";
  const Path path = folder / format_segment_name(kName);
  disk.put(path, std::string(input));
  const auto records = records_in(disk, path, input);

  const auto first = recover_journal(disk, folder);
  if (!first.ok()) {
    require(disk.bytes_of(path) == input);
    return 0;
  }
  require(first->report.records == records.size());
  require(records_in(disk, path, input) == records);
  const auto second = recover_journal(disk, folder);
  require(second.ok() && second->report.records == records.size());
  require(second->report.torn_tail_bytes == 0);
  require(second->report.corrupt_records == first->report.corrupt_records);
  require(second->next_base >= kName.base + size);
  return 0;
}
