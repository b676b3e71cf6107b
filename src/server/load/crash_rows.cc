#include "server/load/crash_rows.h"

#include <fmt/format.h>
#include <simdjson.h>

#include <algorithm>
#include <utility>

#include "base/digest.h"
#include "base/stack_signature.h"
#include "server/load/limits.h"

namespace candor {
namespace {

namespace dom = simdjson::dom;

constexpr std::size_t kSignatureDigits = 64;

bool is_signature(std::string_view text) { return text.size() == kSignatureDigits && is_hex(text); }

std::string_view text_of(const dom::element& value) {
  std::string_view text;
  return value.get_string().get(text) == simdjson::SUCCESS ? text : std::string_view();
}

// Empty where there is no such text.
std::string_view text_of(const dom::object& object, std::string_view member) {
  dom::element value;
  return object.at_key(member).get(value) == simdjson::SUCCESS ? text_of(value)
                                                               : std::string_view();
}

Instant time_of(const dom::object& crash, std::string_view member, Instant reported) {
  const auto at = parse_rfc3339(text_of(crash, member)).value_or(reported);
  return std::clamp(at, std::min(Instant{}, reported), reported);
}

// One line, never half a character at its end.
std::string line_of(std::string_view text) {
  if (text.size() > kMaxFrameBytes) {
    auto end = kMaxFrameBytes;
    while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80) --end;
    text = text.substr(0, end);
  }
  std::string line(text);
  std::ranges::replace(line, '\n', ' ');
  return line;
}

// Calls `found` for the first `most` entries of a list.
template <typename Found>
void visit(const dom::object& object, std::string_view member, std::size_t most,
           const Found& found) {
  dom::array list;
  if (object.at_key(member).get_array().get(list) != simdjson::SUCCESS) return;
  for (const auto& entry : list) {
    if (most-- == 0) return;
    found(entry);
  }
}

template <typename Line>
std::string lines_of(const dom::object& crash, std::string_view member, const Line& line) {
  std::string text;
  bool first = true;
  visit(crash, member, kMaxFramesShown, [&](const dom::element& frame) {
    if (!std::exchange(first, false)) text += '\n';
    text += line_of(line(frame));
  });
  return text;
}

std::string first_of(const dom::object& crash, std::initializer_list<std::string_view> members) {
  for (const auto member : members) {
    if (const auto text = text_of(crash, member); !text.empty()) return std::string(text);
  }
  return "";
}

std::string signature_of(const dom::object& crash) {
  if (const auto told = text_of(crash, "stack_sig"); is_signature(told)) return std::string(told);
  std::vector<std::string> frames;
  visit(crash, "backtrace", kMaxFramesSigned,
        [&](const dom::element& frame) { frames.emplace_back(text_of(frame)); });
  return frames.empty() ? "" : stack_signature(frames, text_of(crash, "assert_msg"));
}

CrashRow daemon_crash(const dom::object& crash, Instant reported) {
  bool io_error = false;
  if (crash.at_key("io_error").get_bool().get(io_error) != simdjson::SUCCESS) io_error = false;
  auto reason = first_of(crash, {"assert_condition", "mgr_python_exception"});
  return {.crash = first_of(crash, {"crash_id"}),
          .signature = signature_of(crash),
          .at = time_of(crash, "timestamp", reported),
          .program = first_of(crash, {"process_name"}),
          .release = first_of(crash, {"ceph_version", "stone_version"}),
          .reason = reason.empty() && io_error ? "input/output error" : std::move(reason),
          .frames = lines_of(crash, "backtrace", [](const auto& frame) { return text_of(frame); })};
}

CrashRow program_crash(const dom::object& crash, Instant reported) {
  const auto line = [](const dom::element& frame) {
    dom::object members;
    if (frame.get_object().get(members) != simdjson::SUCCESS) return std::string("+ ");
    return fmt::format("{}+{} {}", text_of(members, "module"), text_of(members, "offset"),
                       text_of(members, "build_id"));
  };
  const auto signature = text_of(crash, "signature");
  return {.crash = first_of(crash, {"id"}),
          .signature = std::string(is_signature(signature) ? signature : ""),
          .at = time_of(crash, "time", reported),
          .program = first_of(crash, {"program"}),
          .release = first_of(crash, {"version"}),
          .reason = first_of(crash, {"signal"}),
          .frames = lines_of(crash, "frames", line)};
}

// The last ones of a longer list: clients have the oldest first.
template <typename Make>
void add_crashes(std::string_view list, const Make& make, Instant reported,
                 std::vector<CrashRow>& into) {
  if (!list.starts_with("[") || list == "[]") return;
  dom::parser parser;
  dom::array crashes;
  if (parser.parse(list.data(), list.size()).get_array().get(crashes) != simdjson::SUCCESS) return;
  const auto all = crashes.size();
  std::size_t passed = 0;
  for (const auto& entry : crashes) {
    if (all - passed++ > kMaxCrashesOfReport) continue;
    dom::object crash;
    if (entry.get_object().get(crash) != simdjson::SUCCESS) continue;
    auto row = make(crash, reported);
    if (!row.crash.empty()) into.push_back(std::move(row));
  }
}

}  // namespace

std::vector<CrashRow> crashes_of(const TopMembers& report, Instant reported) {
  std::vector<CrashRow> rows;
  add_crashes(report.json_of("crashes"), daemon_crash, reported, rows);
  add_crashes(report.json_of("program_crashes"), program_crash, reported, rows);
  return rows;
}

}  // namespace candor
