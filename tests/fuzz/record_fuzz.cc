// Arbitrary bytes as a record of the journal: decoding never crashes; what decodes is written and
// read back as the same; and a record made of the bytes comes back as it was.
#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/json.h"
#include "require.h"
#include "server/record/record.h"

namespace {

using namespace candor;

// Encoding is a fixed point behind the first decoding.
void check_decoding(std::string_view bytes) {
  const auto record = decode_record(bytes);
  if (!record.ok()) {
    require(record.error().kind == ErrorKind::kBadData && !record.error().message.empty());
    return;
  }
  const auto written = encode(*record);
  const auto again = decode_record(written);
  require(again.ok() && encode(*again) == written);
  if (const auto* document = std::get_if<DocumentRecord>(&*record)) {
    const auto body = bytes.find('\n') + 1;
    require(document->admitted.body == bytes.substr(body));
  }
}

// Takes values off the front of the input.
class Input {
 public:
  explicit Input(std::string_view bytes) : rest_(bytes) {}
  std::uint8_t byte() {
    if (rest_.empty()) return 0;
    const auto value = static_cast<std::uint8_t>(rest_.front());
    rest_.remove_prefix(1);
    return value;
  }
  std::uint64_t number() {
    std::uint64_t value = 0;
    for (int i = byte() % 8; i >= 0; --i) value = value << 8 | byte();
    return value;
  }
  // Text as admission gives it: valid UTF-8.
  std::string text() {
    const auto length = std::min<std::size_t>(byte() % 32, rest_.size());
    const auto line = to_line(Json(std::string(rest_.substr(0, length))));
    rest_.remove_prefix(length);
    return parse_json(line)->get<std::string>();
  }
  Problem problem() {
    return static_cast<Problem>(byte() % (static_cast<int>(Problem::kDuplicateKey) + 1));
  }

 private:
  std::string_view rest_;
};

DocumentRecord document_from(Input input) {
  DocumentRecord record;
  record.kind =
      input.byte() % 2 == 0 ? DocumentRecord::Kind::kReport : DocumentRecord::Kind::kDevice;
  record.product = input.text();
  record.protocol = input.text();
  record.contract = input.text();
  record.key = {input.number(), input.number()};
  record.installation = input.text();
  record.deletion = input.text();
  record.reported = from_unix_millis(static_cast<std::int64_t>(input.number() >> 16));
  record.received = from_unix_millis(static_cast<std::int64_t>(input.number() >> 16));
  record.simulated = input.byte() % 2 == 0;
  record.automation = input.byte() % 2 == 0;
  record.admitted.kept_values = input.number() >> 1;
  for (int i = input.byte() % 4; i > 0; --i)
    record.admitted.dropped.push_back(
        {input.text(), input.text(), input.problem(), input.number()});
  for (int i = input.byte() % 4; i > 0; --i)
    record.admitted.quarantined.push_back(
        {input.text(), input.text(), input.problem(), input.text()});
  record.admitted.body = input.text();
  return record;
}

bool same(const Dropped& a, const Dropped& b) {
  return a.path == b.path && a.type == b.type && a.problem == b.problem && a.count == b.count;
}
bool same(const Quarantined& a, const Quarantined& b) {
  return a.path == b.path && a.type == b.type && a.problem == b.problem && a.value == b.value;
}
template <typename Row>
bool same(const std::vector<Row>& a, const std::vector<Row>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](const Row& x, const Row& y) { return same(x, y); });
}

void check_round_trip(const DocumentRecord& record) {
  const auto decoded = decode_record(encode(record));
  require(decoded.ok());
  const auto& back = std::get<DocumentRecord>(*decoded);
  require(back.kind == record.kind && back.product == record.product &&
          back.protocol == record.protocol);
  require(back.contract == record.contract && back.key == record.key &&
          back.installation == record.installation);
  require(back.deletion == record.deletion && back.reported == record.reported &&
          back.received == record.received);
  require(back.simulated == record.simulated && back.automation == record.automation);
  require(back.admitted.body == record.admitted.body &&
          back.admitted.kept_values == record.admitted.kept_values);
  require(same(back.admitted.dropped, record.admitted.dropped) &&
          same(back.admitted.quarantined, record.admitted.quarantined));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  check_decoding(bytes);
  check_round_trip(document_from(Input(bytes)));
  return 0;
}
