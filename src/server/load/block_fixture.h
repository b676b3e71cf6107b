// For tests of BlockBuilder: a contract, a report under it, and the rows of blocks as text.
#pragma once

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <gtest/gtest.h>

#include <cstring>

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

// Reads rows back by the types of their columns: b u8, d date, t time, q u64, f double, s text, F
// and S arrays.
inline std::vector<std::string> rows_of(const RowBinary& rows, std::string_view types) {
  std::string_view rest = rows.bytes();
  const auto take = [&rest]<typename T>(T value) {
    std::memcpy(&value, rest.data(), sizeof value);
    rest.remove_prefix(sizeof value);
    return value;
  };
  const auto take_count = [&rest] {
    std::size_t count = 0;
    for (int shift = 0;; shift += 7) {
      const auto byte = static_cast<unsigned char>(rest.front());
      rest.remove_prefix(1);
      count |= static_cast<std::size_t>(byte & 0x7f) << shift;
      if (byte < 0x80) return count;
    }
  };
  const auto take_text = [&] {
    const auto length = take_count();
    const std::string text(rest.substr(0, length));
    rest.remove_prefix(length);
    return text;
  };
  std::vector<std::string> result;
  while (!rest.empty()) {
    std::string row;
    for (const char type : types) {
      if (!row.empty()) row += "|";
      switch (type) {
        case 'b':
          row += fmt::format("{}", take(std::uint8_t{}));
          break;
        case 'd':
          row += format_day(take(std::uint16_t{}));
          break;
        case 't':
          row += format_rfc3339(from_unix_millis(std::int64_t{take(std::uint32_t{})} * 1000));
          break;
        case 'q':
          row += fmt::format("{}", take(std::uint64_t{}));
          break;
        case 'f':
          row += fmt::format("{}", take(double{}));
          break;
        case 'S': {  // an array of texts
          std::vector<std::string> values(take_count());
          for (auto& value : values) value = take_text();
          row += fmt::format("[{}]", fmt::join(values, ","));
          break;
        }
        case 'F': {
          std::vector<double> values(take_count());
          for (auto& value : values) value = take(double{});
          row += fmt::format("[{}]", fmt::join(values, ","));
          break;
        }
        default:
          row += take_text() + "'";
          break;
      }
    }
    result.push_back(row);
  }
  return result;
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
                                const BlockTable& table, std::string_view types) {
    for (const auto& part : parts) {
      if (part.table.name == table.name) return rows_of(part.rows, types);
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
                                  kDeviceTypes = "sdsqtss", kQuarantineTypes = "sdtqsssqsssssssssb",
                                  kDropTypes = "sdsssq", kAccountingTypes = "sdssq",
                                  kCrashTypes = "sbbsssdqsqssss", kLookupTypes = "ssssdq";

}  // namespace candor
