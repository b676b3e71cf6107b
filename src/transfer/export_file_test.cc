#include "transfer/export_file.h"

#include <gtest/gtest.h>

#include <sstream>

#include "base/digest.h"
#include "transfer/limits.h"

namespace candor {
namespace {

std::string_view without_newline(std::string_view line) { return line.substr(0, line.size() - 1); }

TEST(ExportFile, AReportComesBackByteForByte) {
  for (const std::string bytes :
       {"{\n  \"a\": \"é漢🎈 \\\\ \\\" /\"\n}\n", "x", "\x01\t\x7f", "{\"lone\": \"\\u00e9\"}\n"}) {
    const auto line = export_line({"20261121T070000.123Z-1a2b3c4d", sha256_hex(bytes), bytes});
    EXPECT_EQ(line.find('\n'), line.size() - 1);
    const auto read = parse_export_line(without_newline(line));
    ASSERT_TRUE(read.ok()) << read.error().message;
    EXPECT_EQ(read->bytes, bytes);
  }
}

TEST(ExportFile, AChangedReportIsDamaged) {
  const auto line = export_line({"id", sha256_hex("{\"a\": 1}"), "{\"a\": 1}"});
  auto changed = line;
  changed[changed.rfind('1')] = '2';
  EXPECT_FALSE(parse_export_line(without_newline(changed)).ok());
  for (std::size_t end = 0; end + 1 < line.size(); ++end)
    EXPECT_FALSE(parse_export_line(std::string_view(line).substr(0, end)).ok()) << end;
}

TEST(ExportFile, HeadersSayWhatFollows) {
  const auto header =
      parse_export_header(without_newline(export_header_line({ExportKind::kDevice, "stone", 7})));
  ASSERT_TRUE(header.ok());
  EXPECT_EQ(header->kind, ExportKind::kDevice);
  EXPECT_EQ(header->product, "stone");
  EXPECT_EQ(header->reports, 7u);
  EXPECT_FALSE(parse_export_header(R"({"candor_export":2,"kind":"report"})").ok());
  EXPECT_FALSE(parse_export_header(R"({"candor_receipts":1,"kind":"report"})").ok());
  EXPECT_FALSE(parse_export_header(R"({"candor_export":1,"kind":"other"})").ok());
  EXPECT_FALSE(parse_export_header("").ok());
  EXPECT_TRUE(parse_receipts_header(R"({"candor_receipts":1,"kind":"report"})").ok());
}

TEST(ExportFile, AnIdIsNoPath) {
  const auto digest = sha256_hex("x");
  EXPECT_FALSE(parse_export_line(without_newline(export_line({"../../x", digest, "x"}))).ok());
  EXPECT_FALSE(parse_export_line(without_newline(export_line({"", digest, "x"}))).ok());
}

TEST(ExportFile, AnAnswerComesBack) {
  CarriedAnswer carried{"id", std::string(64, 'a'), "accepted", {{"status", "accepted"}}, ""};
  const auto read = parse_receipt_line(without_newline(receipt_line(carried)));
  ASSERT_TRUE(read.ok());
  EXPECT_EQ(read->answer, carried.answer);
  CarriedAnswer refused{"id", std::string(64, 'a'), "refused", nullptr, "Not like this."};
  EXPECT_EQ(parse_receipt_line(without_newline(receipt_line(refused)))->problem, "Not like this.");
  EXPECT_FALSE(parse_receipt_line(R"({"id":"id","sha256":")" + std::string(64, 'a') +
                                  R"(","status":"accepted"})")
                   .ok());
}

TEST(LineReader, NumbersLinesAndPassesOverTooLongOnes) {
  std::istringstream in("one\n\n" + std::string(kMaxTransferLineBytes + 1, 'x') + "\nlast");
  LineReader reader(in);
  std::string line;
  ASSERT_TRUE(reader.next(line));
  EXPECT_EQ(line, "one");
  ASSERT_TRUE(reader.next(line));
  EXPECT_EQ(line, "");
  ASSERT_TRUE(reader.next(line));
  EXPECT_TRUE(reader.too_long());
  EXPECT_EQ(line, "");
  ASSERT_TRUE(reader.next(line));
  EXPECT_EQ(line, "last");
  EXPECT_EQ(reader.number(), 4u);
  EXPECT_FALSE(reader.next(line));
}

}  // namespace
}  // namespace candor
