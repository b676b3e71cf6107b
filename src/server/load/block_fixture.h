// For tests of BlockBuilder: a contract, a report under it, and the rows of blocks as text.
#pragma once

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <gtest/gtest.h>

#include <cstring>
#include <map>

#include "base/digest.h"
#include "base/files.h"
#include "server/load/block.h"

namespace candor {

inline constexpr std::string_view kContractOfBlocks = R"(
candor = 1
[product]
name = "p"
contact = "c@example.com"
accepts = ["native"]
[[channel]]
name = "basic"
about = "Basics."
owner = "o"
fields = [
  { path = "osd.count", type = "integer", about = "Count." },
  { path = "metadata.osd.version.*", type = "integer", about = "Versions." },
  { path = "devices.*.*.hours", type = "integer", about = "Hours." },
  { path = "customer", type = "string", purpose = "support", lookup = true, about = "Key." },
]
[[channel.event]]
name = "signup"
about = "A signup."
health = { name = "plan" }
fields = [
  { path = "plan", type = "string", about = "Plan." },
  { path = "price", type = "number", max = 9, about = "Price." },
]
[[channel.event]]
name = "osd_track"
about = "What reports say of OSDs, sent by itself."
installation = "cluster"
report = "osd"
fields = [
  { path = "cluster", type = "string", about = "Cluster." },
  { path = "count", type = "integer", about = "Count." },
]
[[channel.event]]
name = "called"
about = "A plugin was called."
health = { name = "plugin", version = "release", state = "how", run = "number", duration = "ms" }
fields = [
  { path = "plugin", type = "string", about = "Which." },
  { path = "release", type = "string", about = "Its version." },
  { path = "how", type = "string", about = "How it ended." },
  { path = "number", type = "string", about = "Of the run." },
  { path = "ms", type = "number", about = "How long it took." },
  { path = "ci", type = "boolean", about = "Automation." },
]
[[insight]]
name = "plans"
about = "Which plans."
event = "signup"
path = "plan"
aggregate = "popular"
[[insight]]
name = "osds"
about = "OSDs of all."
path = "osd.count"
[[insight]]
name = "version"
about = "By version."
path = "metadata.osd.version"
aggregate = "majority"
)";

// Takes values off the front of bytes as both formats have them: b u8, d date, t time, q u64, f
// double, s text, i and h 16 and 32 bytes as hex.
class ValueReader {
 public:
  explicit ValueReader(std::string_view bytes) : rest_(bytes) {}
  bool done() const { return rest_.empty(); }

  template <typename T>
  T number() {
    T value{};
    std::memcpy(&value, rest_.data(), sizeof value);
    rest_.remove_prefix(sizeof value);
    return value;
  }
  std::size_t count() {
    std::size_t count = 0;
    for (int shift = 0;; shift += 7) {
      const auto byte = static_cast<unsigned char>(rest_.front());
      rest_.remove_prefix(1);
      count |= static_cast<std::size_t>(byte & 0x7f) << shift;
      if (byte < 0x80) return count;
    }
  }
  std::string fixed(std::size_t length) {
    const std::string text(rest_.substr(0, length));
    rest_.remove_prefix(length);
    return text;
  }
  std::string value(char type) {
    switch (type) {
      case 'b':
        return fmt::format("{}", number<std::uint8_t>());
      case 'd':
        return format_day(number<std::uint16_t>());
      case 't':
        return format_rfc3339(from_unix_millis(std::int64_t{number<std::uint32_t>()} * 1000));
      case 'q':
        return fmt::format("{}", number<std::uint64_t>());
      case 'f':
        return fmt::format("{}", number<double>());
      case 'i':
        return to_hex(fixed(16));
      case 'h':
        return to_hex(fixed(32));
      default:
        return fixed(count()) + "'";
    }
  }

 private:
  std::string_view rest_;
};

// The rows of an insert in RowBinary, by the types of their columns.
inline std::vector<std::string> rows_of(std::string_view bytes, std::string_view types) {
  std::vector<std::string> result;
  for (ValueReader reader(bytes); !reader.done();) {
    std::string row;
    for (const char type : types) row += (row.empty() ? "" : "|") + reader.value(type);
    result.push_back(row);
  }
  return result;
}

// The same of one in the format Native; of an array of numbers how many they are.
inline std::vector<std::string> native_rows_of(std::string_view bytes) {
  static const std::map<std::string, char> kTypes{
      {"UInt8'", 'b'},   {"Date'", 'd'},   {"DateTime'", 't'},        {"UInt64'", 'q'},
      {"Float64'", 'f'}, {"String'", 's'}, {"FixedString(16)'", 'i'}, {"FixedString(32)'", 'h'}};
  ValueReader reader(bytes);
  const auto columns = reader.count();
  std::vector<std::string> rows(reader.count());
  for (std::size_t i = 0; i < columns; ++i) {
    reader.value('s');
    const auto type = reader.value('s');
    std::uint64_t end = 0;
    for (auto& row : rows) {
      row += i == 0 ? "" : "|";
      if (kTypes.contains(type)) {
        row += reader.value(kTypes.at(type));
      } else {
        const auto begin = std::exchange(end, reader.number<std::uint64_t>());
        row += fmt::format("[{}]", end - begin);
      }
    }
    if (!kTypes.contains(type)) reader.fixed(end * sizeof end);
  }
  EXPECT_TRUE(reader.done());
  return rows;
}

class BlockTest : public testing::Test {
 protected:
  BlockTest() {
    auto contract = parse_contract(kContractOfBlocks, "p.toml");
    EXPECT_TRUE(contract.ok()) << contract.error().message;
    hash_ = contract->hash;
    auto catalogue = Catalogue::open(
        {{std::make_shared<const Contract>(*std::move(contract)), {}, false}}, archive_.path());
    catalogue_ = *std::move(catalogue);
  }

  DocumentRecord report() const {
    DocumentRecord record;
    record.product = "p";
    record.protocol = "native";
    record.contract = hash_;
    record.installation = "i1";
    record.deletion = "del";
    record.reported = *parse_rfc3339("2026-11-20T23:59:59.123Z");
    record.received = *parse_rfc3339("2026-11-21T00:00:01.500Z");
    record.admitted.body =
        R"({"osd":{"count":3},"metadata":{"osd":{"version":{"16.2":2,"15.2":1}}}})";
    record.admitted.kept_values = 3;
    return record;
  }

  void add(const Record& record) {
    const auto added = builder_.add({{++position_}, {}, encode(record)});
    EXPECT_TRUE(added.ok()) << added.error().message;
  }
  // The rows of that table, as text; nothing when there is no part for it.
  std::vector<std::string> rows(const std::vector<BlockBuilder::Part>& parts,
                                const BlockTable& table, std::string_view types = "") {
    for (const auto& part : parts) {
      if (part.table.name != table.name) continue;
      return part.format == "Native" ? native_rows_of(part.rows) : rows_of(part.rows, types);
    }
    return {};
  }

  TemporaryFolder archive_;
  Catalogue catalogue_;
  std::string hash_;
  BlockBuilder builder_{catalogue_};
  std::uint64_t position_ = 0;
};

inline constexpr std::string_view kReportTypes = "sdbsqtssbss", kValueTypes = "sbsdsbqbfs",
                                  kDeviceTypes = "sdsqtss",
                                  kQuarantineTypes = "sdtqsssqsssssssssbb", kDropTypes = "sdsssq",
                                  kAccountingTypes = "sdssq", kCrashTypes = "sbbsssdqsqssss",
                                  kLookupTypes = "ssssdq";

}  // namespace candor
