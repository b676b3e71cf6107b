// Arbitrary bytes as an export or a file of receipts: reading never crashes, every line is read or
// refused with a reason, and what was read is written and read back as the same.
#include <cstdint>
#include <sstream>
#include <string>
#include <string_view>

#include "base/digest.h"
#include "require.h"
#include "transfer/export_file.h"

namespace {

using namespace candor;

template <typename T>
void require_reason(const Result<T>& result) {
  if (!result.ok())
    require(result.error().kind == ErrorKind::kBadData && !result.error().message.empty());
}

std::string_view without_newline(std::string_view line) { return line.substr(0, line.size() - 1); }

void check_line(const std::string& line) {
  const auto header = parse_export_header(line);
  require_reason(header);
  if (header.ok()) {
    const auto again = parse_export_header(without_newline(export_header_line(*header)));
    require(again.ok() && again->kind == header->kind && again->product == header->product &&
            again->reports == header->reports);
  }
  require_reason(parse_receipts_header(line));
  const auto report = parse_export_line(line);
  require_reason(report);
  if (report.ok()) {
    require(sha256_hex(report->bytes) == report->sha256);
    const auto again = parse_export_line(without_newline(export_line(*report)));
    require(again.ok() && again->bytes == report->bytes && again->id == report->id);
  }
  const auto receipt = parse_receipt_line(line);
  require_reason(receipt);
  if (receipt.ok()) {
    const auto again = parse_receipt_line(without_newline(receipt_line(*receipt)));
    require(again.ok() && again->status == receipt->status && again->answer == receipt->answer);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string bytes(reinterpret_cast<const char*>(data), size);
  std::istringstream in(bytes);
  LineReader reader(in);
  std::string line;
  std::uint64_t lines = 0;
  while (reader.next(line)) {
    require(reader.number() == ++lines);
    check_line(line);
  }
  // The bytes as a report of their own: what is no UTF-8 must not come back as something else.
  const auto read =
      parse_export_line(without_newline(export_line({"id", sha256_hex(bytes), bytes})));
  if (read.ok()) require(read->bytes == bytes);
  return 0;
}
