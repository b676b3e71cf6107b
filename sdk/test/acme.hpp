// What programs of acme may record, as acme.toml declares it: made by
// `candor contract generate --lang cpp`. Do not edit.
// Contract 449917bdc70c70a2efb62ff7841e550503bdb4dda7b28f0aea83bd2dd40d07a7
// clang-format off
#pragma once

#include <candor/candor.hpp>
#include <candor/survey.hpp>

namespace acme {

// A project was exported.
struct ProjectExported {
  enum class Format { csv, json, _7z };
  candor::Choice<Format> format{};  // Into what.
  candor::Integer rows{};  // How many rows.
  candor::Number share{};  // What part of the project.
  candor::Boolean again{};  // Whether it was exported before.
  candor::ClearText properties_template{};  // The template that it was made of.
  candor::HashedText project{};  // Tells projects apart.
  candor::HashedText arguments{};  // What was typed.
  candor::Moment made{};  // When the project was made.
};
constexpr std::string_view text_of(ProjectExported::Format value) {
  constexpr std::string_view texts[] = {"csv", "json", "7z"};
  return texts[static_cast<std::size_t>(value)];
}

// A command of the command line.
struct Command {
  enum class Class { default_, new_ };
  candor::ClearText name{};  // Which command.
  candor::Choice<Class> class_{};  // Words that code reserves.
};
constexpr std::string_view text_of(Command::Class value) {
  constexpr std::string_view texts[] = {"default", "new"};
  return texts[static_cast<std::size_t>(value)];
}

// The program started.
struct Started {
};

// Somebody said how well an export worked.
struct ExportRated {
  candor::Integer rating{};  // From 1 to 5.
};

// All of it; names are looked up when it is made. What begins goes on until it is completed.
class Telemetry {
 private:
  candor::Telemetry telemetry_;

 public:
  // `folder` is the agent's state folder; nullptr: the usual one.
  explicit Telemetry(const char* folder = nullptr)
      : telemetry_("acme", folder),
        usage_exports(telemetry_.counter("usage.exports")),
        timings_sync(telemetry_.histogram("timings.sync")),
        export_rated_survey(telemetry_.get(), "export"),
        project_exported_(telemetry_.event("project exported")),
        project_exported_fields_{
        project_exported_.field("format").number(),
        project_exported_.field("rows").number(),
        project_exported_.field("share").number(),
        project_exported_.field("again").number(),
        project_exported_.field("properties.template").number(),
        project_exported_.field("project").number(),
        project_exported_.field("arguments").number(),
        project_exported_.field("made").number()},
        command_(telemetry_.event("command")),
        command_fields_{
        command_.field("name").number(),
        command_.field("class").number()},
        started_(telemetry_.event("started")),
        export_rated_(telemetry_.event("export rated")),
        export_rated_fields_{
        export_rated_.field("rating").number()} {}

  // Exports since the last report.
  candor::Counter usage_exports;
  // Seconds that syncs took.
  candor::Histogram timings_sync;
  // Whether to ask: How well did the export work?
  candor::Survey export_rated_survey;
  candor_result record(const ProjectExported& values) const {
    return project_exported_.record(
        values.format.as(project_exported_fields_[0]),
        values.rows.as(project_exported_fields_[1]),
        values.share.as(project_exported_fields_[2]),
        values.again.as(project_exported_fields_[3]),
        values.properties_template.as(project_exported_fields_[4]),
        values.project.as(project_exported_fields_[5]),
        values.arguments.as(project_exported_fields_[6]),
        values.made.as(project_exported_fields_[7]));
  }
  [[nodiscard]] candor::Run start(const Command& values) const {
    return command_.start(
        values.name.as(command_fields_[0]),
        values.class_.as(command_fields_[1]));
  }
  candor_result record(const Started&) const {
    return started_.record();
  }
  candor_result record(const ExportRated& values) const {
    return export_rated_.record(
        values.rating.as(export_rated_fields_[0]));
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
  candor::Event project_exported_;
  std::uint32_t project_exported_fields_[8];
  candor::Event command_;
  std::uint32_t command_fields_[2];
  candor::Event started_;
  candor::Event export_rated_;
  std::uint32_t export_rated_fields_[1];
};

}  // namespace acme
