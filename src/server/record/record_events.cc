// Records of events. They are the many: bytes at fixed places, nothing to parse
// (docs/formats/record.md).
#include <algorithm>
#include <array>
#include <cstring>

#include "contract/limits.h"
#include "server/admit/limits.h"
#include "server/record/record_parts.h"

namespace candor {
namespace {

constexpr char kMark = '\x05';  // no text begins with it
constexpr std::uint8_t kEventsVersion = 1;

// As they stand in the record, little-endian.
struct Head {
  char mark = kMark;
  std::uint8_t version = kEventsVersion;
  std::uint16_t product = 0;  // bytes, as of the next two
  std::uint16_t protocol = 0;
  std::uint16_t contract = 0;
  std::int64_t received = 0;
  std::uint32_t events = 0;
  std::uint32_t dropped = 0;  // bytes
};
static_assert(sizeof(Head) == 24);

struct EventHead {
  RecordKey key;
  std::int64_t at = 0;
  std::uint64_t kept_values = 0;
  std::uint32_t body = 0;  // bytes, as of the next three
  std::uint32_t quarantined = 0;
  std::uint16_t source = 0;
  std::uint8_t name = 0;
  std::uint8_t has_key = 0;
  std::uint8_t automation = 0;
  std::array<std::uint8_t, 3> reserved{};
};
static_assert(sizeof(EventHead) == 48);
static_assert(kMaxEventNameBytes < 256 && kMaxSourceBytes < 65'536);

template <typename Fixed>
void put(std::string& bytes, const Fixed& fixed) {
  bytes.append(reinterpret_cast<const char*>(&fixed), sizeof fixed);
}

// Takes bytes off the front; every text is empty once there were too few.
class Input {
 public:
  explicit Input(std::string_view bytes) : rest_(bytes) {}

  template <typename Fixed>
  Fixed take() {
    Fixed fixed{};
    const auto bytes = text(sizeof fixed);
    if (!cut_) std::memcpy(&fixed, bytes.data(), sizeof fixed);
    return fixed;
  }
  std::string_view text(std::size_t size) {
    cut_ = cut_ || size > rest_.size();
    if (cut_) return {};
    const auto text = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return text;
  }
  std::size_t left() const { return rest_.size(); }
  bool is_cut() const { return cut_; }

 private:
  std::string_view rest_;
  bool cut_ = false;
};

// Rows of what was dropped or is in quarantine: for each its texts, behind the length of each, and
// a number.
void put_text(std::string& bytes, std::string_view text) {
  put(bytes, static_cast<std::uint32_t>(text.size()));
  bytes.append(text);
}

std::string packed(const std::vector<Dropped>& rows) {
  std::string bytes;
  for (const auto& row : rows) {
    put(bytes, row.count);
    for (const auto text :
         {std::string_view(row.path), std::string_view(row.type), name_of(row.problem)})
      put_text(bytes, text);
  }
  return bytes;
}

std::string packed(const std::vector<Quarantined>& rows) {
  std::string bytes;
  for (const auto& row : rows) {
    for (const auto text :
         {std::string_view(row.path), std::string_view(row.type), name_of(row.problem),
          std::string_view(row.value), std::string_view(row.place)})
      put_text(bytes, text);
  }
  return bytes;
}

std::string_view take_text(Input& input) { return input.text(input.take<std::uint32_t>()); }

Status unpack(std::string_view bytes, std::vector<Dropped>& rows) {
  Input input(bytes);
  while (input.left() > 0) {
    Dropped row;
    row.count = input.take<std::uint64_t>();
    row.path = take_text(input);
    row.type = take_text(input);
    const auto problem = problem_named(take_text(input));
    if (input.is_cut() || !problem) return bad_record("a row of what was dropped is damaged");
    row.problem = *problem;
    rows.push_back(std::move(row));
  }
  return Ok{};
}

Status unpack(std::string_view bytes, std::vector<Quarantined>& rows) {
  Input input(bytes);
  while (input.left() > 0) {
    Quarantined row;
    row.path = take_text(input);
    row.type = take_text(input);
    const auto problem = problem_named(take_text(input));
    row.value = take_text(input);
    row.place = take_text(input);
    if (input.is_cut() || !problem) return bad_record("a row of quarantine is damaged");
    row.problem = *problem;
    rows.push_back(std::move(row));
  }
  return Ok{};
}

}  // namespace

void sum_dropped(EventsRecord& record) {
  // By the event's name and the row: most requests drop a few fields, in each event the same.
  struct Sum {
    const std::string* event;
    Dropped row;
  };
  std::vector<Sum> sums;
  for (auto& event : record.events) {
    for (auto& row : event.admitted.dropped) {
      const auto known = std::ranges::find_if(sums, [&](const Sum& sum) {
        return sum.row.problem == row.problem && sum.row.path == row.path &&
               sum.row.type == row.type && *sum.event == event.name;
      });
      if (known != sums.end()) {
        known->row.count += row.count;
      } else if (sums.size() < kMaxDropRows) {
        sums.push_back({&event.name, row});
      } else {
        sums.back().row.count += row.count;
      }
    }
  }
  for (auto& sum : sums) {
    sum.row.path = path_in_event(*sum.event, sum.row.path);
    record.dropped.push_back(std::move(sum.row));
  }
}

std::string encode(const EventsRecord& record) {
  const auto dropped = packed(record.dropped);
  Head head;
  head.product = static_cast<std::uint16_t>(record.product.size());
  head.protocol = static_cast<std::uint16_t>(record.protocol.size());
  head.contract = static_cast<std::uint16_t>(record.contract.size());
  head.received = to_unix_millis(record.received);
  head.events = static_cast<std::uint32_t>(record.events.size());
  head.dropped = static_cast<std::uint32_t>(dropped.size());
  auto size = sizeof head + record.product.size() + record.protocol.size() +
              record.contract.size() + dropped.size();
  for (const auto& event : record.events)
    size +=
        sizeof(EventHead) + event.name.size() + event.source.size() + event.admitted.body.size();
  std::string bytes;
  bytes.reserve(size);
  put(bytes, head);
  bytes.append(record.product).append(record.protocol).append(record.contract).append(dropped);
  for (const auto& event : record.events) {
    const auto quarantined = packed(event.admitted.quarantined);
    EventHead line;
    line.key = event.key.value_or(RecordKey{});
    line.has_key = event.key.has_value() ? 1 : 0;
    line.automation = event.automation ? 1 : 0;
    line.at = to_unix_millis(event.at);
    line.kept_values = event.admitted.kept_values;
    line.body = static_cast<std::uint32_t>(event.admitted.body.size());
    line.quarantined = static_cast<std::uint32_t>(quarantined.size());
    line.source = static_cast<std::uint16_t>(event.source.size());
    line.name = static_cast<std::uint8_t>(event.name.size());
    put(bytes, line);
    bytes.append(event.name).append(event.source).append(event.admitted.body).append(quarantined);
  }
  return bytes;
}

bool is_events_record(std::string_view bytes) { return bytes.starts_with(kMark); }

Result<EventsView> view_events(std::string_view bytes) {
  Input input(bytes);
  const auto head = input.take<Head>();
  if (head.mark != kMark || head.version != kEventsVersion)
    return bad_record("its version is another one");
  EventsView view;
  view.product = input.text(head.product);
  view.protocol = input.text(head.protocol);
  view.contract = input.text(head.contract);
  view.received = from_unix_millis(head.received);
  CANDOR_TRY(unpack(input.text(head.dropped), view.dropped));
  if (head.events > input.left() / sizeof(EventHead)) return bad_record("an event is cut");
  view.events.resize(head.events);
  for (auto& event : view.events) {
    const auto line = input.take<EventHead>();
    if (line.has_key != 0) event.key = line.key;
    event.automation = line.automation != 0;
    event.at = from_unix_millis(line.at);
    event.kept_values = line.kept_values;
    event.name = input.text(line.name);
    event.source = input.text(line.source);
    event.body = input.text(line.body);
    CANDOR_TRY(unpack(input.text(line.quarantined), event.quarantined));
  }
  if (input.is_cut()) return bad_record("an event is cut");
  if (input.left() > 0) return bad_record("something follows its events");
  return view;
}

Result<Record> events_from(std::string_view bytes) {
  CANDOR_ASSIGN(view, view_events(bytes));
  EventsRecord record;
  record.product = view.product;
  record.protocol = view.protocol;
  record.contract = view.contract;
  record.received = view.received;
  record.dropped = std::move(view.dropped);
  for (auto& event : view.events) {
    AdmittedEvent owned;
    owned.name = event.name;
    owned.at = event.at;
    owned.source = event.source;
    owned.key = event.key;
    owned.automation = event.automation;
    owned.admitted.body = event.body;
    owned.admitted.kept_values = event.kept_values;
    owned.admitted.quarantined = std::move(event.quarantined);
    record.events.push_back(std::move(owned));
  }
  return Record(std::move(record));
}

}  // namespace candor
