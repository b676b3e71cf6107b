// pipes: a small command line with libcandor. It keeps a list of plugins, programs that write
// lines, and runs them.
//
//   pipes init                             begins a project in this folder
//   pipes add NAME VERSION PROGRAM [ARG…]  adds a plugin, or changes it
//   pipes list                             lists them
//   pipes run NAME                         runs one, and passes its lines on
//
// What its users agreed to share is declared in pipes.toml; `candor contract generate --lang cpp
// pipes.toml` made pipes.hpp of it, which has a function for each thing that may be recorded and
// none for anything else. All that telemetry needs here is marked with "telemetry:".
#include "pipes.hpp"

#include <signal.h>
#include <spawn.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iostream>
#include <optional>
#include <random>
#include <span>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

extern char** environ;

namespace {

constexpr std::string_view kVersion = "1.4.0";
constexpr const char* kProjectFile = "pipes.conf";

constexpr int kOk = 0;
constexpr int kFailed = 1;
constexpr int kUsage = 64;
constexpr int kNoProject = 66;

volatile sig_atomic_t interrupted = 0;

struct Plugin {
  std::string name;
  std::string version;
  std::vector<std::string> command;
};

struct Project {
  std::string id;
  std::vector<Plugin> plugins;

  const Plugin* find(std::string_view name) const {
    for (const auto& plugin : plugins) {
      if (plugin.name == name) return &plugin;
    }
    return nullptr;
  }
};

std::string joined(std::span<const std::string> words) {
  std::string text;
  for (const auto& word : words) text += text.empty() ? word : " " + word;
  return text;
}

int complain(int code, const std::string& sentence) {
  std::cerr << "pipes: " << sentence << '\n';
  return code;
}

// ---- The project's file: its id, then a line for each plugin, with tabs between the parts ----

std::vector<std::string> parts_of(const std::string& line) {
  std::vector<std::string> parts;
  std::istringstream words(line);
  for (std::string word; std::getline(words, word, '\t');) parts.push_back(word);
  return parts;
}

std::optional<Project> read_project() {
  std::ifstream file(kProjectFile);
  Project project;
  if (!std::getline(file, project.id)) return std::nullopt;
  for (std::string line; std::getline(file, line);) {
    auto parts = parts_of(line);
    if (parts.size() < 3) continue;
    project.plugins.push_back({parts[0], parts[1], {parts.begin() + 2, parts.end()}});
  }
  return project;
}

bool write_project(const Project& project) {
  const auto draft = std::string(kProjectFile) + ".new";
  {
    std::ofstream file(draft);
    file << project.id << '\n';
    for (const auto& plugin : project.plugins) {
      file << plugin.name << '\t' << plugin.version;
      for (const auto& word : plugin.command) file << '\t' << word;
      file << '\n';
    }
    if (!file.flush()) return false;
  }
  std::error_code error;
  std::filesystem::rename(draft, kProjectFile, error);
  return !error;
}

std::string new_id() {
  std::random_device random;
  std::array<char, 33> text{};
  for (std::size_t i = 0; i < 4; ++i)
    std::snprintf(text.data() + 8 * i, 9, "%08x", static_cast<unsigned>(random()));
  return text.data();
}

// ---- Running a plugin ----

// A child process, and what it writes.
class Child {
 public:
  static std::optional<Child> start(const std::vector<std::string>& command) {
    std::array<int, 2> ends{};
    if (pipe(ends.data()) != 0) return std::nullopt;
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
    posix_spawn_file_actions_addclose(&actions, ends[0]);
    posix_spawn_file_actions_addclose(&actions, ends[1]);
    std::vector<char*> words;
    for (const auto& word : command) words.push_back(const_cast<char*>(word.c_str()));
    words.push_back(nullptr);
    pid_t pid = -1;
    const int failed = posix_spawnp(&pid, words[0], &actions, nullptr, words.data(), environ);
    posix_spawn_file_actions_destroy(&actions);
    close(ends[1]);
    if (failed == 0) return Child(pid, ends[0]);
    close(ends[0]);
    errno = failed;
    return std::nullopt;
  }

  // Hands over what it writes, piece by piece, until it has written all or somebody interrupts.
  void read(const std::function<void(std::string_view)>& take) const {
    std::array<char, 65536> buffer{};
    while (interrupted == 0) {
      const auto got = ::read(lines_, buffer.data(), buffer.size());
      if (got > 0) take({buffer.data(), static_cast<std::size_t>(got)});
      if (got == 0 || (got < 0 && errno != EINTR)) return;
    }
    kill(pid_, SIGTERM);
  }

  // Whether it ended with 0.
  bool wait() const {
    close(lines_);
    int status = 0;
    while (waitpid(pid_, &status, 0) < 0 && errno == EINTR) continue;
    return WIFEXITED(status) && WEXITSTATUS(status) == 0;
  }

 private:
  Child(pid_t pid, int lines) : pid_(pid), lines_(lines) {}
  pid_t pid_;
  int lines_;
};

void write_all(std::string_view bytes) {
  while (!bytes.empty()) {
    const auto wrote = ::write(STDOUT_FILENO, bytes.data(), bytes.size());
    if (wrote < 0 && errno != EINTR) return;
    if (wrote > 0) bytes.remove_prefix(static_cast<std::size_t>(wrote));
  }
}

// Each line is counted before it is passed on: who has seen it knows that it counts.
void pass_on(const Child& child, const pipes::Telemetry& telemetry) {
  std::string rest;
  child.read([&](std::string_view bytes) {
    rest += bytes;
    for (auto end = rest.find('\n'); end != rest.npos; end = rest.find('\n')) {
      telemetry.lines.add();  // telemetry: a store into memory
      write_all(std::string_view(rest).substr(0, end + 1));
      rest.erase(0, end + 1);
    }
  });
  write_all(rest);
}

candor::Outcome outcome_of(bool succeeded) {
  if (interrupted != 0) return candor::Outcome::aborted;
  return succeeded ? candor::Outcome::completed : candor::Outcome::failed;
}

// telemetry: what others' runs of it say, which the agent left on this machine; nobody is asked.
void warn_of(const Plugin& plugin, const pipes::Telemetry& telemetry) {
  const auto advice = telemetry.advise("plugin", plugin.name.c_str(), plugin.version.c_str());
  if (!advice) return;
  std::cerr << "pipes: " << plugin.name << ' ' << plugin.version
            << " does not work for many others. " << advice.sentence() << '\n';
  if (!advice.better().empty()) std::cerr << "pipes: " << advice.better() << " works.\n";
}

int run_plugin(const Plugin& plugin, const pipes::Telemetry& telemetry) {
  warn_of(plugin, telemetry);
  // telemetry: it began. Whatever ends this process, somebody learns that this run ended, and how.
  const auto configuration = joined(std::span(plugin.command).subspan(1));
  auto run = telemetry.start(pipes::Plugin{
      .name = plugin.name, .version = plugin.version, .configuration = configuration});
  const auto began = std::chrono::steady_clock::now();
  const auto child = Child::start(plugin.command);
  if (!child) {
    run.complete(candor::Outcome::failed);
    return complain(kFailed, plugin.name + " could not be started: " + std::strerror(errno));
  }
  pass_on(*child, telemetry);
  const bool succeeded = child->wait();
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - began;
  telemetry.seconds_plugin.observe(took.count());
  run.complete(outcome_of(succeeded));
  if (interrupted != 0) return complain(kFailed, plugin.name + " was stopped.");
  return succeeded ? kOk : complain(kFailed, plugin.name + " failed.");
}

// ---- The commands ----

using Words = std::span<const std::string>;

// What a command works with.
struct Work {
  Words words;
  Project project;
  const pipes::Telemetry& telemetry;
};

int init(Work& work) {
  if (!work.project.id.empty())
    return complain(kFailed, std::string(kProjectFile) + " is here already.");
  if (!write_project({new_id(), {}}))
    return complain(kFailed, std::string("cannot write ") + kProjectFile + ".");
  std::cout << "This folder is a project now. Add a plugin: pipes add NAME VERSION PROGRAM\n";
  return kOk;
}

int add(Work& work) {
  const auto& words = work.words;
  if (words.size() < 3) return complain(kUsage, "a plugin is NAME VERSION PROGRAM [ARG…].");
  for (const auto& word : words) {
    if (word.find_first_of("\t\n") != word.npos)
      return complain(kUsage, "neither tabs nor line ends, please.");
  }
  auto& plugins = work.project.plugins;
  std::erase_if(plugins, [&](const Plugin& plugin) { return plugin.name == words[0]; });
  plugins.push_back({words[0], words[1], {words.begin() + 2, words.end()}});
  if (!write_project(work.project))
    return complain(kFailed, std::string("cannot write ") + kProjectFile + ".");
  return kOk;
}

int list(Work& work) {
  for (const auto& plugin : work.project.plugins)
    std::cout << plugin.name << ' ' << plugin.version << ": " << joined(plugin.command) << '\n';
  return kOk;
}

int run(Work& work) {
  if (work.words.size() != 1) return complain(kUsage, "which plugin? `pipes list` lists them.");
  const auto* plugin = work.project.find(work.words[0]);
  if (plugin == nullptr)
    return complain(kUsage, "there is no plugin " + work.words[0] + " in this project.");
  return run_plugin(*plugin, work.telemetry);
}

struct Command {
  std::string_view name;
  pipes::Command::Name recorded;  // telemetry: the only names that there are
  int (*run)(Work&);
};

constexpr Command kCommands[] = {
    {"init", pipes::Command::Name::init, init},
    {"add", pipes::Command::Name::add, add},
    {"list", pipes::Command::Name::list, list},
    {"run", pipes::Command::Name::run, run},
};

// telemetry: "Linux 6.1.0"
std::string system_name() {
  utsname names{};
  if (uname(&names) != 0) return "";
  return std::string(names.sysname) + " " + names.release;
}

int run_command(const Command& command, Words words, const pipes::Telemetry& telemetry) {
  Work work{words, read_project().value_or(Project()), telemetry};
  // telemetry: what was typed is hashed before it is written anywhere, and so is the project's id.
  const auto arguments = joined(words);
  const auto system = system_name();
  auto run = telemetry.start(pipes::Command{.name = command.recorded,
                                            .version = kVersion,
                                            .arguments = arguments,
                                            .system = system,
                                            .project = work.project.id});
  const bool misses_project = work.project.id.empty() && command.run != init;
  const int code = misses_project
                       ? complain(kNoProject, "there is no project here. Begin one: pipes init")
                       : command.run(work);
  run.complete(outcome_of(code == kOk));
  return code;
}

void on_interrupt(int) { interrupted = 1; }

}  // namespace

int main(int argc, char** argv) {
  const std::vector<std::string> words(argv + 1, argv + argc);
  struct sigaction action {};
  action.sa_handler = on_interrupt;
  sigaction(SIGINT, &action, nullptr);
  sigaction(SIGTERM, &action, nullptr);
  const pipes::Telemetry telemetry;  // telemetry: off unless the operator agreed
  for (const auto& command : kCommands) {
    if (!words.empty() && command.name == words[0])
      return run_command(command, std::span(words).subspan(1), telemetry);
  }
  return complain(kUsage, "usage: pipes init | add NAME VERSION PROGRAM [ARG…] | list | run NAME");
}
