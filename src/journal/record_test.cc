#include "journal/record.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "base/files.h"
#include "journal/crc32c.h"
#include "journal/limits.h"

namespace candor {
namespace {

std::string hex_lines(std::string_view bytes) {
  std::string text;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    if (i % 16 == 0) text += fmt::format("{}{:04x} ", i == 0 ? "" : "\n", i);
    text += fmt::format(" {:02x}", static_cast<unsigned char>(bytes[i]));
  }
  return text;
}

std::string encode_record(std::string_view body, RecordHeader header, std::uint64_t salt) {
  header.length = static_cast<std::uint32_t>(body.size());
  header.body_crc = record_body_crc(body);
  const auto bytes = encode_record_header(header, salt);
  std::string record(bytes.data(), bytes.size());
  record += body;
  record.resize(record_size(body.size()), '\0');
  return record;
}

TEST(Record, TheWorkedExampleOfTheFormatPageIsWhatIsWritten) {
  SegmentHeader segment;
  segment.name = {0, 1};
  segment.capacity = 4096;
  segment.created = from_unix_millis(1000);
  RecordHeader record;
  record.position = {kSegmentHeaderBytes};
  record.seconds = 2;
  const auto lines = hex_lines(encode_segment_header(segment) + encode_record("hello", record, 1));
  const auto page = read_file(Path(CANDOR_TEST_SOURCE_DIR) / "docs/formats/journal.md");
  ASSERT_TRUE(page.ok()) << page.error().message;
  EXPECT_NE(page->find(lines), std::string::npos) << "the page should show:\n" << lines;
}

TEST(Record, HeadersComeBackAsTheyWere) {
  SegmentHeader segment;
  segment.name = {4096, 0x1234567890abcdef};
  segment.capacity = 65536;
  segment.previous_end = {4000};
  segment.created = from_unix_millis(1'700'000'000'123);
  const auto found = decode_segment_header(encode_segment_header(segment));
  ASSERT_TRUE(found.header);
  EXPECT_FALSE(found.newer_version);
  EXPECT_EQ(found.header->name, segment.name);
  EXPECT_EQ(found.header->capacity, segment.capacity);
  EXPECT_EQ(found.header->previous_end, segment.previous_end);
  EXPECT_EQ(found.header->created, segment.created);

  const RecordHeader record{{5000}, 17, 3, 1'700'000'000, 0xdeadbeef};
  const auto bytes = encode_record_header(record, 99);
  const auto back = decode_record_header({bytes.data(), bytes.size()}, {5000}, 99);
  ASSERT_TRUE(back);
  EXPECT_EQ(back->length, 17u);
  EXPECT_EQ(back->ordinal, 3u);
  EXPECT_EQ(back->seconds, 1'700'000'000u);
  EXPECT_EQ(back->body_crc, 0xdeadbeefu);
}

TEST(Record, IsNoRecordAtAnotherPlaceOrUnderAnotherSalt) {
  const auto bytes = encode_record_header({{5000}, 17, 3, 4, 5}, 99);
  const std::string_view view(bytes.data(), bytes.size());
  EXPECT_TRUE(decode_record_header(view, {5000}, 99));
  EXPECT_FALSE(decode_record_header(view, {5008}, 99));
  EXPECT_FALSE(decode_record_header(view, {5000}, 98));
  EXPECT_FALSE(decode_record_header(view.substr(0, 31), {5000}, 99));
}

TEST(Record, LargerThanTheLimitIsNoRecord) {
  RecordHeader header;
  header.length = kMaxRecordBytes + 1;
  const auto bytes = encode_record_header(header, 0);
  EXPECT_FALSE(decode_record_header({bytes.data(), bytes.size()}, {}, 0));
}

TEST(SegmentHeader, AnyFlippedBitMakesItDamagedAndNeverNewer) {
  SegmentHeader segment;
  segment.capacity = 4096;
  const auto whole = encode_segment_header(segment);
  for (std::size_t bit = 0; bit < whole.size() * 8; ++bit) {
    auto bytes = whole;
    bytes[bit / 8] = static_cast<char>(bytes[bit / 8] ^ (1 << (bit % 8)));
    const auto found = decode_segment_header(bytes);
    EXPECT_FALSE(found.header) << bit;
    EXPECT_FALSE(found.newer_version) << bit;
  }
}

TEST(SegmentHeader, ANewerVersionIsSeenWhateverFollows) {
  auto bytes = encode_segment_header({}).substr(0, 16);
  bytes[8] = 2;
  const auto crc = crc32c(std::string_view(bytes).substr(0, 12));
  bytes.replace(12, 4, reinterpret_cast<const char*>(&crc), 4);
  EXPECT_EQ(decode_segment_header(bytes).newer_version, 2u);
}

TEST(SegmentName, HasOneSpelling) {
  const SegmentName name{0x4000000, 0xabc};
  EXPECT_EQ(format_segment_name(name), "0000000004000000-0000000000000abc.segment");
  EXPECT_EQ(parse_segment_name("0000000004000000-0000000000000abc.segment"), name);
  for (const auto* other :
       {"0000000004000000-0000000000000ABC.segment", "0000000004000000_0000000000000abc.segment",
        "0000000004000000-0000000000000abc.segment.tmp",
        "0000000004000001-0000000000000abc.segment", "f000000000000000-0000000000000abc.segment",
        "lock", ""}) {
    EXPECT_FALSE(parse_segment_name(other)) << other;
  }
}

}  // namespace
}  // namespace candor
