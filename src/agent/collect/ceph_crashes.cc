#include "agent/collect/ceph_crashes.h"

#include <algorithm>
#include <vector>

#include "agent/collect/ceph_limits.h"
#include "base/digest.h"
#include "base/stack_signature.h"

namespace candor {
namespace {

// Members that are reported as they are; texts without names of users.
constexpr std::string_view kMembers[] = {
    "timestamp",
    "process_name",
    "ceph_version",
    "stone_version",
    "utsname_sysname",
    "utsname_release",
    "utsname_version",
    "utsname_machine",
    "os_name",
    "os_id",
    "os_version",
    "os_version_id",
    "assert_condition",
    "assert_func",
    "assert_file",
    "assert_line",
    "assert_thread_name",
    "io_error",
    "io_error_code",
    "io_error_optype",
    "io_error_offset",
    "io_error_length",
    "archived",
    "mgr_module",
    "mgr_module_caller",
    "mgr_python_exception",
};

constexpr std::string_view kRedacted = "<redacted>";
constexpr std::string_view kThread = " thread ";
constexpr std::string_view kTime = " time ";
constexpr std::string_view kHome = "/home/";
constexpr std::string_view kAbort = "ceph_abort_msg(\"";
constexpr std::string_view kAbortCalled = "ceph_abort_msg(\"abort() called\")";
constexpr std::size_t kUuidLength = 36;

struct Crash {
  const Json* entry;
  Instant time;
  std::string id;
};

std::string salted(std::string_view id, std::string_view salt) {
  std::string text(salt);
  text += id;
  text += salt;
  return sha1_hex(text);
}

// The start of a text, never half a character.
std::string cut(std::string text) {
  if (text.size() <= kMaxCrashTextBytes) return text;
  std::size_t end = kMaxCrashTextBytes;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80) --end;
  text.resize(end);
  return text;
}

bool digits(std::string_view text) {
  return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
}

// "2026-11-21T11:00:21.891069Z_1a87ab8f-…": a time and a random number, as daemons make it.
std::string cleaned_id(const std::string& id, std::string_view salt) {
  const auto line = id.size() > kUuidLength ? id.size() - kUuidLength - 1 : 0;
  auto time = id.substr(0, line);
  // Mimic's has an underscore between date and time as well.
  std::replace(time.begin(), time.end(), '_', ' ');
  const bool made_by_a_daemon = line > 0 && id[line] == '_' && parse_rfc3339(time) &&
                                is_uuid(std::string_view(id).substr(line + 1));
  return made_by_a_daemon ? id : salted(id, salt);
}

std::optional<Crash> read(const Json& entry) {
  const auto time = parse_rfc3339(string_member(entry, "timestamp"));
  auto id = string_member(entry, "crash_id");
  if (!time || id.empty()) return std::nullopt;
  return Crash{&entry, *time, std::move(id)};
}

// What a Python traceback's line tells of the program alone.
std::string python_frame(const std::string& line) {
  const bool frame = line.starts_with("  File \"") || line.starts_with("Traceback (most recent");
  return frame ? line : std::string(kRedacted);
}

std::vector<std::string> backtrace_of(const Json& entry) {
  std::vector<std::string> result;
  const auto* frames = find_member(entry, "backtrace");
  if (frames == nullptr || !frames->is_array()) return result;
  const bool python = find_member(entry, "mgr_module") != nullptr;
  for (const auto& frame : *frames) {
    if (!frame.is_string()) continue;
    const auto& text = frame.get_ref<const std::string&>();
    result.push_back(without_user(python ? python_frame(text) : text));
  }
  return result;
}

Json cleaned(const Crash& crash, std::string_view salt) {
  Json result = {{"crash_id", cleaned_id(crash.id, salt)}};
  for (const auto name : kMembers) {
    const auto* value = find_member(*crash.entry, name);
    if (value == nullptr || value->is_structured()) continue;
    result[std::string(name)] =
        value->is_string() ? Json(cut(without_user(value->get<std::string>()))) : *value;
  }
  const auto entity = hashed_entity(string_member(*crash.entry, "entity_name"), salt);
  if (!entity.empty()) result["entity_name"] = entity;
  const auto message = cleaned_assert_message(string_member(*crash.entry, "assert_msg"));
  if (!message.empty()) result["assert_msg"] = cut(message);
  auto backtrace = backtrace_of(*crash.entry);
  if (backtrace.empty()) return result;
  result["stack_sig"] = stack_signature(backtrace, message);
  if (backtrace.size() > kMaxCrashFrames) backtrace.resize(kMaxCrashFrames);
  std::transform(backtrace.begin(), backtrace.end(), backtrace.begin(), cut);
  result["backtrace"] = std::move(backtrace);
  return result;
}

}  // namespace

std::string hashed_entity(std::string_view entity, std::string_view salt) {
  const auto dot = entity.find('.');
  if (dot == std::string_view::npos) return "";
  const auto kind = entity.substr(0, dot);
  if (kind.empty() || kind.find_first_not_of("abcdefghijklmnopqrstuvwxyz-") != kind.npos) return "";
  return std::string(kind) + "." + salted(entity.substr(dot + 1), salt);
}

std::string without_user(std::string_view text) {
  std::string result;
  while (!text.empty()) {
    const auto home = text.find(kHome);
    if (home == std::string_view::npos) break;
    const auto after = home + kHome.size();
    result += text.substr(0, after);
    result += '-';
    text.remove_prefix(after);
    text.remove_prefix(std::min(text.find_first_of("/ \t\n\"'():+"), text.size()));
  }
  result += text;
  return result;
}

std::string cleaned_assert_message(std::string_view message) {
  // FILE: In function 'FUNCTION' thread ID time TIME
  const auto first_end = message.find('\n');
  if (first_end == std::string_view::npos) return "";
  const auto first = message.substr(0, first_end);
  const auto time = first.rfind(kTime);
  const auto thread = time == first.npos ? first.npos : first.substr(0, time).rfind(kThread);
  const auto function = first.find(": In function '");
  if (thread == first.npos || function == first.npos || function > thread) return "";
  const auto file = first.substr(0, function);

  // FILE: LINE: WHAT
  auto second = message.substr(first_end + 1);
  const auto second_end = second.find('\n');
  if (second_end == second.npos || !second.starts_with(file)) return "";
  second = second.substr(0, second_end);
  const auto rest = second.substr(file.size());
  const auto what = rest.starts_with(": ") ? rest.find(": ", 2) : rest.npos;
  if (what == rest.npos || !digits(rest.substr(2, what - 2))) return "";
  const auto failed = rest.substr(what + 2);

  std::string result(first.substr(0, thread));
  result += " thread - time -\n";
  result += second.substr(0, second.size() - failed.size());
  // An assertion quotes the source; an abort says what the program put together.
  if (failed.starts_with("FAILED ") || failed == kAbortCalled) {
    result += failed;
  } else {
    if (failed.starts_with(kAbort)) result += kAbort;
    result += kRedacted;
    if (failed.starts_with(kAbort)) result += "\")";
  }
  result += '\n';
  return without_user(result);
}

Json ceph_crashes(const Json& list, std::optional<Instant> since, std::string_view salt) {
  std::vector<Crash> crashes;
  for (const auto& entry : list) {
    auto crash = read(entry);
    if (crash && (!since || crash->time >= *since)) crashes.push_back(std::move(*crash));
  }
  std::stable_sort(crashes.begin(), crashes.end(),
                   [](const Crash& a, const Crash& b) { return a.time > b.time; });
  if (crashes.size() > kMaxCrashes) crashes.resize(kMaxCrashes);
  std::vector<Json> newest;
  std::size_t bytes = 0;
  for (const auto& crash : crashes) {
    newest.push_back(cleaned(crash, salt));
    bytes += to_line(newest.back()).size();
    if (bytes > kMaxCrashesBytes) {
      newest.pop_back();
      break;
    }
  }
  return Json(std::vector<Json>(newest.rbegin(), newest.rend()));
}

}  // namespace candor
