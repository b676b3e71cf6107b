#include "server/load/crash_rows.h"

#include <algorithm>

#include "base/json.h"
#include "base/stack_signature.h"
#include "server/load/limits.h"

namespace candor {
namespace {

// As admission writes them; nothing else of a report is worth reading twice.
constexpr std::string_view kLists[] = {"\"crashes\":[{", "\"program_crashes\":[{"};
constexpr std::size_t kSignatureDigits = 64;

bool is_signature(std::string_view text) {
  return text.size() == kSignatureDigits &&
         text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

Instant time_of(const Json& crash, std::string_view member, Instant reported) {
  const auto at = parse_rfc3339(string_member(crash, member)).value_or(reported);
  return std::clamp(at, std::min(Instant{}, reported), reported);
}

// One line, never half a character at its end.
std::string line_of(std::string text) {
  std::ranges::replace(text, '\n', ' ');
  if (text.size() <= kMaxFrameBytes) return text;
  auto end = kMaxFrameBytes;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80) --end;
  return text.substr(0, end);
}

template <typename Line>
std::string lines_of(const Json& crash, std::string_view member, const Line& line) {
  const auto* frames = find_member(crash, member);
  std::string text;
  if (frames == nullptr || !frames->is_array()) return text;
  const auto shown = std::min(frames->size(), kMaxFramesShown);
  for (std::size_t i = 0; i < shown; ++i)
    text += (i == 0 ? "" : "\n") + line_of(line((*frames)[i]));
  return text;
}

std::string text_of(const Json& value) {
  return value.is_string() ? value.get<std::string>() : std::string();
}

std::string first_of(const Json& crash, std::initializer_list<std::string_view> members) {
  for (const auto member : members) {
    if (auto text = string_member(crash, member); !text.empty()) return text;
  }
  return "";
}

std::string signature_of(const Json& crash) {
  if (auto told = string_member(crash, "stack_sig"); is_signature(told)) return told;
  const auto* backtrace = find_member(crash, "backtrace");
  std::vector<std::string> frames;
  if (backtrace != nullptr && backtrace->is_array())
    std::ranges::transform(*backtrace, std::back_inserter(frames), text_of);
  return frames.empty() ? "" : stack_signature(frames, string_member(crash, "assert_msg"));
}

CrashRow daemon_crash(const Json& crash, Instant reported) {
  const bool io_error = bool_member(crash, "io_error");
  auto reason = first_of(crash, {"assert_condition", "mgr_python_exception"});
  return {.crash = string_member(crash, "crash_id"),
          .signature = signature_of(crash),
          .at = time_of(crash, "timestamp", reported),
          .program = string_member(crash, "process_name"),
          .release = first_of(crash, {"ceph_version", "stone_version"}),
          .reason = reason.empty() && io_error ? "input/output error" : std::move(reason),
          .frames = lines_of(crash, "backtrace", text_of)};
}

CrashRow program_crash(const Json& crash, Instant reported) {
  const auto line = [](const Json& frame) {
    return string_member(frame, "module") + "+" + string_member(frame, "offset") + " " +
           string_member(frame, "build_id");
  };
  const auto signature = string_member(crash, "signature");
  return {.crash = string_member(crash, "id"),
          .signature = is_signature(signature) ? signature : "",
          .at = time_of(crash, "time", reported),
          .program = string_member(crash, "program"),
          .release = string_member(crash, "version"),
          .reason = string_member(crash, "signal"),
          .frames = lines_of(crash, "frames", line)};
}

template <typename Make>
void add_crashes(const Json& report, std::string_view list, const Make& make,
                 std::vector<CrashRow>& into) {
  const auto* crashes = find_member(report, list);
  if (crashes == nullptr || !crashes->is_array()) return;
  for (const auto& crash : *crashes) {
    if (!crash.is_object()) continue;
    auto row = make(crash);
    if (!row.crash.empty()) into.push_back(std::move(row));
  }
}

}  // namespace

std::vector<CrashRow> crashes_of(std::string_view body, Instant reported) {
  std::vector<CrashRow> rows;
  if (std::ranges::none_of(kLists, [&](auto list) { return body.find(list) != body.npos; }))
    return rows;
  const auto report = parse_json(body);
  if (!report.ok()) return rows;
  add_crashes(
      *report, "crashes", [&](const Json& crash) { return daemon_crash(crash, reported); }, rows);
  add_crashes(
      *report, "program_crashes", [&](const Json& crash) { return program_crash(crash, reported); },
      rows);
  return rows;
}

}  // namespace candor
