#include "agent/collect/units.h"

#include <fmt/format.h>

#include <algorithm>

#include "agent/collect/dcos_limits.h"
#include "agent/collect/failed_program.h"
#include "base/numbers.h"

namespace candor {
namespace {

// What a unit without tasks accounting has, besides "[not set]": UINT64_MAX, of older systemd.
constexpr std::uint64_t kNotCounted = UINT64_MAX;

struct Block {
  SystemdUnit unit;
  std::string load;
};

void take_line(std::string_view line, Block& block) {
  const auto equals = line.find('=');
  const auto key = line.substr(0, equals);
  const auto value = equals == std::string_view::npos ? "" : line.substr(equals + 1);
  if (key == "Id") block.unit.name = value;
  if (key == "LoadState") block.load = value;
  if (key == "ActiveState") block.unit.active = value;
  if (key == "SubState") block.unit.sub = value;
  if (key == "TasksCurrent") {
    block.unit.tasks = parse_unsigned<std::uint64_t>(value);
    if (block.unit.tasks == kNotCounted) block.unit.tasks.reset();
  }
}

}  // namespace

Result<UnitList> parse_units(std::string_view text) {
  UnitList units;
  while (!text.empty()) {
    Block block;
    while (!text.empty()) {
      const auto end = std::min(text.find('\n'), text.size());
      const auto line = text.substr(0, end);
      text.remove_prefix(std::min(end + 1, text.size()));
      if (line.empty()) break;
      take_line(line, block);
    }
    if (block.unit.name.empty() || block.unit.active.empty()) {
      return Error{ErrorKind::kBadData, "it printed something else than units"};
    }
    // Units that only others name are not on this machine.
    if (block.load == "loaded") units.push_back(std::move(block.unit));
  }
  return units;
}

UnitTotals count_units(const UnitList& units) {
  UnitTotals totals;
  for (const auto& unit : units) {
    if (!unit.name.ends_with(".service")) continue;
    if (unit.sub == "running") ++totals.services_running;
    if (unit.active == "active") ++totals.services_active;
    if (unit.tasks) totals.tasks_running = totals.tasks_running.value_or(0) + *unit.tasks;
  }
  return totals;
}

Result<UnitList> read_units(const std::string& command, const ProcessRunner& run) {
  // `show` and not `list-units`: it counts tasks, and prints the same on every systemd since 209.
  auto ran =
      run({.argv = {command, "show", "--property=Id,LoadState,ActiveState,SubState,TasksCurrent",
                    "*.service", "*.socket", "*.timer"},
           .timeout = kUnitsTime,
           .max_output_bytes = kMaxUnitsOutputBytes,
           .extra_environment = {"LC_ALL=C", "SYSTEMD_COLORS=0", "SYSTEMD_PAGER="}});
  if (!ran.ok()) return std::move(ran).error();
  if (ran->exit_status != 0) return failed_program(command, *ran);
  auto units = parse_units(ran->out);
  if (!units.ok()) return std::move(units).error().in(command);
  if (units->empty())
    return Error{ErrorKind::kUnavailable, fmt::format("{} knows no units", command)};
  return units;
}

}  // namespace candor
