// What programs of Pipes may record, as pipes.toml declares it: made by
// `candor contract generate --lang cpp`. Do not edit.
// Contract e99022a4eb5e607ffb5604fd655bde5ab02d9348e80273d590acbd6ecb37887c
// clang-format off
#pragma once

#include <candor/candor.hpp>

namespace pipes {

// A command of the command line.
struct Command {
  enum class Name { init, add, list, run };
  candor::Choice<Name> name{};  // Which command.
  candor::ClearText version{};  // The version of Pipes.
  candor::HashedText arguments{};  // What was typed, hashed.
  candor::ClearText system{};  // The operating system.
  candor::HashedText project{};  // Tells projects apart; nobody else has the key.
};
constexpr std::string_view text_of(Command::Name value) {
  constexpr std::string_view texts[] = {"init", "add", "list", "run"};
  return texts[static_cast<std::size_t>(value)];
}

// A plugin that a pipeline ran.
struct Plugin {
  candor::ClearText name{};  // The plugin's name.
  candor::ClearText version{};  // The plugin's version.
  candor::HashedText configuration{};  // Its configuration, hashed.
};

// All of it; names are looked up when it is made. What begins goes on until it is completed.
class Telemetry {
 private:
  candor::Telemetry telemetry_;

 public:
  // `folder` is the agent's state folder; nullptr: the usual one.
  explicit Telemetry(const char* folder = nullptr)
      : telemetry_("pipes", folder),
        lines(telemetry_.counter("lines")),
        seconds_plugin(telemetry_.histogram("seconds.plugin")),
        command_(telemetry_.event("command")),
        command_fields_{
        command_.field("name").number(),
        command_.field("version").number(),
        command_.field("arguments").number(),
        command_.field("system").number(),
        command_.field("project").number()},
        plugin_(telemetry_.event("plugin")),
        plugin_fields_{
        plugin_.field("name").number(),
        plugin_.field("version").number(),
        plugin_.field("configuration").number()} {}

  // Lines that plugins wrote since the last report.
  candor::Counter lines;
  // How long plugins ran, seconds.
  candor::Histogram seconds_plugin;
  [[nodiscard]] candor::Run start(const Command& values) const {
    return command_.start(
        values.name.as(command_fields_[0]),
        values.version.as(command_fields_[1]),
        values.arguments.as(command_fields_[2]),
        values.system.as(command_fields_[3]),
        values.project.as(command_fields_[4]));
  }
  [[nodiscard]] candor::Run start(const Plugin& values) const {
    return plugin_.start(
        values.name.as(plugin_fields_[0]),
        values.version.as(plugin_fields_[1]),
        values.configuration.as(plugin_fields_[2]));
  }
  // For what takes a candor_telemetry.
  candor_telemetry* get() const { return telemetry_.get(); }
  // What is known of a plugin that is about to run.
  candor::Advice advise(const char* event, const char* name, const char* version) const {
    return telemetry_.advise(event, name, version);
  }
  // From now on nothing is recorded.
  void stop() const { telemetry_.stop(); }

 private:
  candor::Event command_;
  std::uint32_t command_fields_[5];
  candor::Event plugin_;
  std::uint32_t plugin_fields_[3];
};

}  // namespace pipes
