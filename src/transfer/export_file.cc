#include "transfer/export_file.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/digest.h"
#include "transfer/limits.h"

namespace candor {
namespace {

constexpr int kFormat = 1;
constexpr std::size_t kMaxIdBytes = 200;

Error damaged(std::string message) { return Error{ErrorKind::kBadData, std::move(message)}; }

Json header_of(std::string_view mark, const ExportHeader& header) {
  return {{mark, kFormat}, {"kind", name_of(header.kind)}, {"product", header.product}};
}

Result<ExportHeader> parse_header(std::string_view mark, std::string_view line) {
  const auto json = parse_json(line);
  if (!json.ok() || find_member(*json, mark) == nullptr) {
    return damaged(mark == "candor_export"
                       ? "This is no file that `candor export` wrote."
                       : "This is no file of receipts that `candor import` wrote.");
  }
  if (integer_member(*json, mark) != kFormat)
    return damaged("The file is of a newer format. Use the newer program.");
  ExportHeader header;
  const auto kind = string_member(*json, "kind");
  if (kind != "report" && kind != "device")
    return damaged("The file's header does not say what kind of reports it holds.");
  header.kind = kind == "device" ? ExportKind::kDevice : ExportKind::kReport;
  header.product = string_member(*json, "product");
  header.reports = count_member(*json, "reports");
  return header;
}

// An id is printed and compared, so it must be harmless.
bool is_id(std::string_view id) {
  return !id.empty() && id.size() <= kMaxIdBytes && std::ranges::all_of(id, [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' ||
           c == '.';
  });
}

bool is_hash(std::string_view text) { return text.size() == 64 && from_hex(text).has_value(); }

}  // namespace

std::string_view name_of(ExportKind kind) {
  return kind == ExportKind::kDevice ? "device" : "report";
}

std::string export_header_line(const ExportHeader& header) {
  auto json = header_of("candor_export", header);
  json["reports"] = header.reports;
  return to_line(json) + "\n";
}

std::string receipts_header_line(const ExportHeader& header) {
  return to_line(header_of("candor_receipts", header)) + "\n";
}

std::string export_line(const ExportedReport& report) {
  return to_line({{"id", report.id}, {"sha256", report.sha256}, {"report", report.bytes}}) + "\n";
}

std::string receipt_line(const CarriedAnswer& answer) {
  Json json = {{"id", answer.id}, {"sha256", answer.sha256}, {"status", answer.status}};
  if (answer.answer.is_object()) {
    json["answer"] = answer.answer;
  } else {
    json["problem"] = answer.problem;
  }
  return to_line(json) + "\n";
}

Result<ExportHeader> parse_export_header(std::string_view line) {
  return parse_header("candor_export", line);
}

Result<ExportHeader> parse_receipts_header(std::string_view line) {
  return parse_header("candor_receipts", line);
}

Result<ExportedReport> parse_export_line(std::string_view line) {
  CANDOR_ASSIGN(json, parse_json(line));
  ExportedReport report{string_member(json, "id"), string_member(json, "sha256"),
                        string_member(json, "report")};
  if (!is_id(report.id)) return damaged("It has no id.");
  if (!is_hash(report.sha256) || report.bytes.empty())
    return damaged("It has no report, or no SHA-256.");
  if (sha256_hex(report.bytes) != report.sha256)
    return damaged("Its report has another SHA-256 than it says.");
  return report;
}

Result<CarriedAnswer> parse_receipt_line(std::string_view line) {
  CANDOR_ASSIGN(json, parse_json(line));
  CarriedAnswer carried{string_member(json, "id"), string_member(json, "sha256"),
                        string_member(json, "status"), Json(nullptr),
                        string_member(json, "problem")};
  if (!is_id(carried.id)) return damaged("It has no id.");
  if (!is_hash(carried.sha256)) return damaged("It has no SHA-256.");
  if (carried.status.empty()) return damaged("It has no status.");
  if (const auto* answer = find_member(json, "answer"); answer != nullptr && answer->is_object())
    carried.answer = *answer;
  if (carried.answer.is_null() && carried.status != "refused")
    return damaged("It has no answer of the collector's.");
  return carried;
}

bool LineReader::next(std::string& line) {
  line.clear();
  too_long_ = false;
  std::streambuf& buffer = *in_.rdbuf();
  bool any = false;
  for (int c = buffer.sbumpc(); c != std::char_traits<char>::eof(); c = buffer.sbumpc()) {
    any = true;
    if (c == '\n') break;
    if (line.size() == kMaxTransferLineBytes) too_long_ = true;
    if (!too_long_) line += static_cast<char>(c);
  }
  if (too_long_) line.clear();
  if (any) ++number_;
  return any;
}

}  // namespace candor
