#include "agent/programs/program_switch.h"

#include <fmt/format.h>

#include <algorithm>

#include "journal/disk.h"
#include "library/switch_file.h"

namespace candor {
namespace {

// What is there; empty when nothing is.
Result<std::string> read_old(const StateFolder& state) {
  auto bytes = state.read(program_switch_name());
  if (!bytes.ok() && bytes.error().kind == ErrorKind::kNotFound) return std::string();
  return bytes;
}

std::string_view flags_of(const ProgramDeclarations& declared) {
  return {reinterpret_cast<const char*>(declared.flags.data()), declared.flags.size()};
}

std::string_view flags_in(std::string_view bytes, const library::SwitchView& view) {
  return bytes.substr(view.header.flags_at + 1, view.header.declarations);
}

bool declares_same(const library::SwitchView& view, const ProgramDeclarations& declared) {
  return view.text == declared.text && view.header.declarations == declared.flags.size();
}

// Where they stand: whoever has mapped the file sees them with its next call.
Status write_flags(const StateFolder& state, std::uint64_t at, std::string_view flags) {
  CANDOR_ASSIGN(file, system_disk().open(state.file(program_switch_name())));
  CANDOR_TRY(file->write_at(at, flags));
  return file->sync();
}

Status switch_off(const StateFolder& state, std::string_view old) {
  constexpr auto kFlagsAt = sizeof(library::SwitchHeader);
  if (old.size() <= kFlagsAt) return Ok{};
  const auto view = library::read_switch(old);
  // Of one that cannot be read, a program that mapped it while it could goes on with its flags.
  if (!view) return write_flags(state, kFlagsAt, std::string(old.size() - kFlagsAt, '\0'));
  return write_flags(state, view->header.flags_at + 1,
                     std::string(view->header.declarations, '\0'));
}

}  // namespace

std::string program_switch_name() {
  return fmt::format("{}/{}", library::kFolder, library::kSwitchFile);
}

Status switch_programs_off(const StateFolder& state) {
  CANDOR_ASSIGN(old, read_old(state));
  return switch_off(state, old);
}

Result<bool> program_switch_says(const StateFolder& state, const ProgramDeclarations& declared) {
  CANDOR_ASSIGN(old, read_old(state));
  const auto view = library::read_switch(old);
  const bool says_nothing = std::ranges::find(declared.flags, 1) == declared.flags.end();
  if (!view) return says_nothing && old.empty();
  return declares_same(*view, declared) && flags_in(old, *view) == flags_of(declared);
}

Status set_program_switch(const StateFolder& state, const ProgramDeclarations& declared) {
  CANDOR_ASSIGN(old, read_old(state));
  const auto view = library::read_switch(old);
  if (view && declares_same(*view, declared))
    return write_flags(state, view->header.flags_at + 1, flags_of(declared));
  CANDOR_TRY(switch_off(state, old));
  CANDOR_TRY(state.make(library::kFolder));
  return state.write(program_switch_name(), library::make_switch(declared.text, declared.flags));
}

}  // namespace candor
