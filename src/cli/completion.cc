#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <set>

#include "base/nearest.h"
#include "cli/commands.h"
#include "cli/parse.h"
#include "config/key.h"

namespace candor {
namespace {

using Names = std::vector<std::string>;

// What may stand at one place of a command line.
struct Place {
  std::string at;  // "", "config" or "config get"
  const Command* command = nullptr;
  std::vector<Command> below;  // commands that may follow
  Names words;                 // other words that may follow
};

Names words_for(const std::string& at) {
  if (at == "completion") return {"bash", "zsh", "fish"};
  if (at == "docs") return {"cli", "configuration", "man"};
  if (at == "config schema") return {"agent", "server"};
  Names keys;
  if (at == "config get" || at == "config set" || at == "config unset" || at == "config explain") {
    for (const auto& key : agent_keys()) {
      if (key.name != "channel_NAME") keys.emplace_back(key.name);
    }
  }
  return keys;
}

std::vector<Place> places() {
  std::vector<Place> found = {{"", nullptr, {}, {}}};
  for (const auto& group : command_groups()) {
    for (const auto& command : group.commands) found[0].below.push_back(command);
  }
  for (const auto& group : command_groups()) {
    for (const auto& command : group.commands) {
      found.push_back({command.name, &command, command.children, words_for(command.name)});
      for (const auto& child : command.children) {
        const auto at = fmt::format("{} {}", command.name, child.name);
        found.push_back({at, &child, {}, words_for(at)});
      }
    }
  }
  return found;
}

std::vector<Option> options_of(const Place& place) {
  auto options = global_options();
  if (place.command != nullptr) {
    for (const auto& option : place.command->options) {
      if (!option.about.empty()) options.push_back(option);
    }
  }
  return options;
}

Names flags_of(const Place& place) {
  Names flags;
  for (const auto& option : options_of(place)) flags.push_back("--" + option.name);
  return flags;
}

// Every option that takes a value, so that the value is not taken for a command.
Names valued_flags() {
  std::set<std::string> names;
  for (const auto& place : places()) {
    for (const auto& option : options_of(place)) {
      if (!option.value.empty()) names.insert("--" + option.name);
    }
  }
  return Names(names.begin(), names.end());
}

// Within single quotes of any shell.
std::string single_quoted(std::string_view text) {
  std::string result;
  for (const char c : text) {
    if (c == '\'') {
      result += "'\\''";
    } else {
      result += c;
    }
  }
  return result;
}

constexpr std::string_view kBashHead =
    R"(# Completion of candor's command line for bash, made by `candor completion bash`.
_candor() {{
  local current=${{COMP_WORDS[COMP_CWORD]}} previous=${{COMP_WORDS[COMP_CWORD - 1]}}
  local command='' child='' word i skip=0 words='' flags=''
  for ((i = 1; i < COMP_CWORD; ++i)); do
    word=${{COMP_WORDS[i]}}
    if ((skip)); then skip=0; continue; fi
    case $word in
      {0}) skip=1 ;;
      -*) ;;
      *) if [[ -z $command ]]; then command=$word; elif [[ -z $child ]]; then child=$word; fi ;;
    esac
  done
  COMPREPLY=()
  if [[ $previous == --color ]]; then
    mapfile -t COMPREPLY < <(compgen -W 'auto always never' -- "$current")
    return
  fi
  case $previous in
    {0}) return ;;  # a value: the shell offers files
  esac
)";

constexpr std::string_view kBashTail = R"(  if [[ $current == -* ]]; then words=$flags; fi
  mapfile -t COMPREPLY < <(compgen -W "$words" -- "$current")
}
complete -o bashdefault -o default -F _candor candor
)";

std::string bash() {
  auto text = fmt::format(kBashHead, fmt::join(valued_flags(), " | "));
  text += "  case $command in\n";
  const auto all = places();
  const auto line = [](const Place& place) {
    Names words = place.words;
    for (const auto& command : place.below) words.push_back(command.name);
    return fmt::format("words='{}' flags='{}'", fmt::join(words, " "),
                       fmt::join(flags_of(place), " "));
  };
  for (std::size_t i = 0; i < all.size(); ++i) {
    const auto& place = all[i];
    if (place.at.find(' ') != std::string::npos) continue;
    const auto label = place.at.empty() ? std::string("''") : place.at;
    if (place.below.empty() || place.at.empty()) {
      text += fmt::format("    {}) {} ;;\n", label, line(place));
      continue;
    }
    text += fmt::format("    {})\n      case $child in\n        '') {} ;;\n", label, line(place));
    for (std::size_t j = i + 1; j < all.size() && all[j].at.starts_with(place.at + " "); ++j) {
      text +=
          fmt::format("        {}) {} ;;\n", all[j].at.substr(place.at.size() + 1), line(all[j]));
    }
    text += "      esac ;;\n";
  }
  return fmt::format("{}  esac\n{}", text, kBashTail);
}

// "name:what it does", as _describe wants it.
std::string described(std::string_view name, std::string_view about) {
  std::string escaped;
  for (const char c : name) {
    if (c == ':') escaped += '\\';
    escaped += c;
  }
  return fmt::format("'{}:{}'", single_quoted(escaped), single_quoted(about));
}

std::string zsh() {
  auto text = fmt::format(
      "#compdef candor\n"
      "# Completion of candor's command line for zsh, made by `candor completion zsh`.\n"
      "_candor() {{\n"
      "  local command='' child='' word skip=0 i\n"
      "  local -a entries flags\n"
      "  for ((i = 2; i < CURRENT; ++i)); do\n"
      "    word=${{words[i]}}\n"
      "    if ((skip)); then skip=0; continue; fi\n"
      "    case $word in\n"
      "      {}) skip=1 ;;\n"
      "      -*) ;;\n"
      "      *) if [[ -z $command ]]; then command=$word; elif [[ -z $child ]]; then child=$word; "
      "fi "
      ";;\n"
      "    esac\n"
      "  done\n"
      "  if ((skip)); then _files; return; fi\n"
      "  case \"$command $child\" in\n",
      fmt::join(valued_flags(), "|"));
  auto all = places();
  // The longer patterns first: "config get" before "config".
  std::ranges::stable_sort(all, [](const Place& a, const Place& b) {
    return std::ranges::count(a.at, ' ') > std::ranges::count(b.at, ' ');
  });
  for (const auto& place : all) {
    Names entries;
    Names flags;
    for (const auto& command : place.below)
      entries.push_back(described(command.name, command.summary));
    for (const auto& word : place.words)
      entries.push_back(fmt::format("'{}'", single_quoted(word)));
    for (const auto& option : options_of(place))
      flags.push_back(described("--" + option.name, option.about));
    const auto pattern = place.at.empty()                          ? std::string("' '")
                         : place.at.find(' ') == std::string::npos ? fmt::format("'{} '*", place.at)
                                                                   : fmt::format("'{}'", place.at);
    text += fmt::format("    {})\n      entries=({})\n      flags=({}) ;;\n", pattern,
                        fmt::join(entries, " "), fmt::join(flags, " "));
  }
  text +=
      "  esac\n"
      "  if [[ $PREFIX == -* ]]; then _describe option flags; return; fi\n"
      "  if ((${#entries})); then _describe command entries; else _files; fi\n"
      "}\n"
      "_candor \"$@\"\n";
  return text;
}

std::string fish() {
  std::string text =
      "# Completion of candor's command line for fish, made by `candor completion fish`.\n"
      "complete -c candor -f -n __fish_use_subcommand\n";
  for (const auto& option : global_options()) {
    text += fmt::format("complete -c candor -l {}{} -d '{}'\n", option.name,
                        option.value.empty() ? "" : " -r", single_quoted(option.about));
  }
  for (const auto& place : places()) {
    const auto space = place.at.find(' ');
    auto condition = place.at.empty() ? std::string("__fish_use_subcommand")
                                      : "__fish_seen_subcommand_from " + place.at.substr(0, space);
    if (space != std::string::npos)
      condition += "; and __fish_seen_subcommand_from " + place.at.substr(space + 1);
    Names below;
    for (const auto& command : place.below) below.push_back(command.name);
    auto before = condition;
    if (!place.at.empty() && !below.empty())
      before += fmt::format("; and not __fish_seen_subcommand_from {}", fmt::join(below, " "));
    for (const auto& command : place.below) {
      text += fmt::format("complete -c candor -f -n '{}' -a {} -d '{}'\n", before, command.name,
                          single_quoted(command.summary));
    }
    if (!place.words.empty())
      text += fmt::format("complete -c candor -f -n '{}' -a '{}'\n", condition,
                          fmt::join(place.words, " "));
    if (place.command == nullptr) continue;
    for (const auto& option : place.command->options) {
      if (option.about.empty()) continue;
      text += fmt::format("complete -c candor -n '{}' -l {}{} -d '{}'\n", condition, option.name,
                          option.value.empty() ? "" : " -r", single_quoted(option.about));
    }
  }
  return text;
}

struct Shell {
  std::string_view name;
  std::string (*script)();
};

constexpr Shell kShells[] = {{"bash", bash}, {"zsh", zsh}, {"fish", fish}};

Result<int> run(Context& context) {
  const auto wanted = context.arguments.value("SHELL");
  Names known;
  for (const auto& shell : kShells) {
    known.emplace_back(shell.name);
    if (shell.name != wanted) continue;
    const auto script = shell.script();
    context.answer({{"shell", wanted}, {"script", script}}, script);
    return kExitOk;
  }
  return Error{
      ErrorKind::kUsage,
      fmt::format("There is no completion for \"{}\".{} There is one for bash, zsh and fish.",
                  wanted, did_you_mean(wanted, known))};
}

}  // namespace

Command completion_command() {
  return {
      .name = "completion",
      .summary = "print a script that completes candor's command line in a shell",
      .about = "Made from the values that --help prints. `make install` puts the scripts in place.",
      .operands = {{"SHELL", "bash, zsh or fish"}},
      .options = {},
      .examples = {{"source <(candor completion bash)", "in this shell, for now"},
                   {"candor completion fish > ~/.config/fish/completions/candor.fish", ""}},
      .exit_codes = {},
      .children = {},
      .run = run};
}

}  // namespace candor
