#include "server/crashes/crash_groups.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <map>

#include "base/counted.h"
#include "server/crashes/limits.h"

namespace candor {
namespace {

// "MODULE+0xOFFSET BUILD_ID"
CrashFrame frame_of(const std::string& told) {
  CrashFrame frame{told, "", "", "", std::nullopt};
  const auto space = told.rfind(' ');
  const auto plus = told.rfind("+0x", space);
  if (space == told.npos || plus == told.npos || plus > space) return frame;
  const auto build_id = told.substr(space + 1);
  if (!build_id.empty() && !is_build_id(build_id)) return frame;
  frame.module = told.substr(0, plus);
  frame.offset = told.substr(plus + 1, space - plus - 1);
  frame.build_id = build_id;
  return frame;
}

std::optional<std::uint64_t> number_of(const std::string& offset) {
  std::uint64_t number = 0;
  const auto* const end = offset.data() + offset.size();
  if (offset.size() < 3) return std::nullopt;
  const auto [at, error] = std::from_chars(offset.data() + 2, end, number, 16);
  return error == std::errc() && at == end ? std::optional(number) : std::nullopt;
}

std::string name_of(const CrashFrame& frame) {
  if (frame.place && !frame.place->function.empty()) return frame.place->function;
  return frame.offset.empty() ? frame.told : fmt::format("{}+{}", frame.module, frame.offset);
}

bool is_named(const CrashFrame& frame) { return frame.place && !frame.place->function.empty(); }

// What two builds of a program have in common where the same bug ends them; empty where too little
// is known of it. A frame without symbols counts by its module.
std::string functions_key(const CrashGroup& group, const std::vector<CrashFrame>& frames) {
  constexpr std::size_t kFewest = 2;
  const auto named = static_cast<std::size_t>(std::ranges::count_if(frames, is_named));
  if (frames.empty() || named < std::min(kFewest, frames.size())) return "";
  auto key = fmt::format("{}\n{}\n", group.program, group.reason);
  for (const auto& frame : frames)
    key += fmt::format("{}\t{}\n", frame.module, is_named(frame) ? frame.place->function : "");
  return key;
}

std::string why_of(const CrashGroup& group, const std::vector<CrashFrame>& frames) {
  if (group.signature.empty()) return "They tell no stack, so nothing says that they are one bug.";
  if (frames.empty()) return "Their clients told the same signature, and no stack.";
  const bool are_offsets =
      std::ranges::all_of(frames, [](const CrashFrame& frame) { return !frame.offset.empty(); });
  const auto equal = are_offsets ? "the same offsets in the same builds"
                                 : "the same functions, whatever their addresses, and the same "
                                   "message of the condition that failed";
  std::vector<std::string> top;
  for (const auto& frame : frames) {
    if (top.size() < kMaxTopFunctions) top.push_back(name_of(frame));
  }
  return fmt::format("Equal stack of {}: {}. Innermost: {}.", counted(frames.size(), "frame"),
                     equal, fmt::join(top, ", "));
}

// Names the frames of all of them, build by build; which builds have symbols.
std::map<std::string, bool> name_frames(std::vector<ExplainedGroup>& all, const FindSymbols& find) {
  std::map<std::string, std::vector<CrashFrame*>> by_build;
  for (auto& one : all) {
    for (auto& frame : one.frames) {
      if (!frame.build_id.empty()) by_build[frame.build_id].push_back(&frame);
    }
  }
  std::map<std::string, bool> have_symbols;
  for (const auto& [build_id, frames] : by_build) {
    const auto table = find(build_id);
    have_symbols[build_id] = table != nullptr;
    if (table == nullptr) continue;
    for (auto* const frame : frames) {
      if (const auto offset = number_of(frame->offset)) frame->place = table->find(*offset);
    }
  }
  return have_symbols;
}

std::vector<StackModule> modules_of(const std::vector<CrashFrame>& frames,
                                    const std::map<std::string, bool>& have_symbols) {
  std::vector<StackModule> modules;
  for (const auto& frame : frames) {
    if (frame.module.empty()) continue;
    const bool is_known = std::ranges::any_of(modules, [&](const StackModule& module) {
      return module.name == frame.module && module.build_id == frame.build_id;
    });
    const auto found = have_symbols.find(frame.build_id);
    if (!is_known)
      modules.push_back(
          {frame.module, frame.build_id, found != have_symbols.end() && found->second});
  }
  return modules;
}

}  // namespace

std::vector<ExplainedGroup> explain_groups(const std::vector<CrashGroup>& groups,
                                           const FindSymbols& find) {
  std::vector<ExplainedGroup> all(groups.size());
  for (std::size_t i = 0; i < groups.size(); ++i) {
    for (const auto& told : groups[i].frames) all[i].frames.push_back(frame_of(told));
  }
  const auto have_symbols = name_frames(all, find);
  std::map<std::string, std::vector<std::size_t>> by_functions;
  for (std::size_t i = 0; i < groups.size(); ++i) {
    all[i].modules = modules_of(all[i].frames, have_symbols);
    all[i].why = why_of(groups[i], all[i].frames);
    const auto key = functions_key(groups[i], all[i].frames);
    if (!key.empty()) by_functions[key].push_back(i);
  }
  for (const auto& [key, same] : by_functions) {
    for (const auto one : same) {
      for (const auto other : same) {
        if (other != one && all[one].alike.size() < kMaxAlikeGroups)
          all[one].alike.push_back(groups[other].signature);
      }
    }
  }
  return all;
}

}  // namespace candor
