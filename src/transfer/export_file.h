// The two files of docs/formats/export.md: reports on their way to a collector, and its receipts on
// their way back. Line by line, so that a file may be longer than memory.
#pragma once

#include <cstdint>
#include <istream>
#include <string>
#include <string_view>

#include "base/json.h"
#include "base/result.h"

namespace candor {

enum class ExportKind { kReport, kDevice };
std::string_view name_of(ExportKind kind);

struct ExportHeader {
  ExportKind kind = ExportKind::kReport;
  std::string product;
  std::uint64_t reports = 0;
};

struct ExportedReport {
  std::string id;
  std::string sha256;
  std::string bytes;
};

// One line of the receipts' file.
struct CarriedAnswer {
  std::string id;
  std::string sha256;
  std::string status;   // the collector's word, or "refused"
  Json answer;          // null when refused
  std::string problem;  // why, when refused
};

// Lines, each with its LF.
std::string export_header_line(const ExportHeader& header);
std::string export_line(const ExportedReport& report);
std::string receipts_header_line(const ExportHeader& header);
std::string receipt_line(const CarriedAnswer& answer);

// The same read back; `line` has no LF. kBadData with the reason. Pure.
Result<ExportHeader> parse_export_header(std::string_view line);
Result<ExportedReport> parse_export_line(std::string_view line);  // its hash was checked
Result<ExportHeader> parse_receipts_header(std::string_view line);
Result<CarriedAnswer> parse_receipt_line(std::string_view line);

// Reads lines of bounded length. Not thread-safe.
class LineReader {
 public:
  // `in` must outlive the reader.
  explicit LineReader(std::istream& in) : in_(in) {}

  // The next line without its LF; false at the end. A line longer than kMaxTransferLineBytes is
  // passed over and comes out empty with `too_long` set.
  bool next(std::string& line);
  bool too_long() const { return too_long_; }
  std::uint64_t number() const { return number_; }  // of the line last read, from 1

 private:
  std::istream& in_;
  std::uint64_t number_ = 0;
  bool too_long_ = false;
};

}  // namespace candor
