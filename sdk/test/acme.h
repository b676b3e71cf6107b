// What programs of acme may record, as acme.toml declares it: made by
// `candor contract generate --lang c`. Do not edit.
// Contract 449917bdc70c70a2efb62ff7841e550503bdb4dda7b28f0aea83bd2dd40d07a7
// clang-format off
#ifndef CANDOR_GENERATED_ACME_H
#define CANDOR_GENERATED_ACME_H

#include <candor/survey.h>
#include <candor/values.h>

struct acme_project_exported_format { const char *text; };
static const struct acme_project_exported_format acme_project_exported_format_csv = {"csv"};
static const struct acme_project_exported_format acme_project_exported_format_json = {"json"};
static const struct acme_project_exported_format acme_project_exported_format_7z = {"7z"};
// A project was exported.
struct acme_project_exported {
  struct acme_project_exported_format format;  // Into what.
  candor_whole_number rows;  // How many rows.
  candor_real_number share;  // What part of the project.
  candor_yes_or_no again;  // Whether it was exported before.
  candor_clear_text properties_template;  // The template that it was made of.
  candor_hashed_text project;  // Tells projects apart.
  candor_hashed_text arguments;  // What was typed.
  candor_moment made;  // When the project was made.
};

struct acme_command_class { const char *text; };
static const struct acme_command_class acme_command_class_default = {"default"};
static const struct acme_command_class acme_command_class_new = {"new"};
// A command of the command line.
struct acme_command {
  candor_clear_text name;  // Which command.
  struct acme_command_class class_;  // Words that code reserves.
};

// The program started.

// Somebody said how well an export worked.
struct acme_export_rated {
  candor_whole_number rating;  // From 1 to 5.
};

// All of it. `telemetry` is for what takes a candor_telemetry.
struct acme {
  candor_telemetry *telemetry;
  candor_counter usage_exports;  // Exports since the last report.
  candor_histogram timings_sync;  // Seconds that syncs took.
  uint32_t project_exported;
  uint32_t project_exported_fields[8];
  uint32_t command;
  uint32_t command_fields[2];
  uint32_t started;
  uint32_t export_rated;
  uint32_t export_rated_fields[1];
  candor_survey export_rated_survey;  // How well did the export work?
};

// Names are looked up here, once. `folder` is the agent's state folder; NULL: the usual one.
static inline struct acme acme_start(const char *folder) {
  const candor_options options = {sizeof options, "acme", folder};
  struct acme all;
  all.telemetry = candor_start(&options);
  all.usage_exports = candor_find_counter(all.telemetry, "usage.exports");
  all.timings_sync = candor_find_histogram(all.telemetry, "timings.sync");
  all.project_exported = candor_find_event(all.telemetry, "project exported");
  all.project_exported_fields[0] = candor_find_field(all.telemetry, all.project_exported, "format");
  all.project_exported_fields[1] = candor_find_field(all.telemetry, all.project_exported, "rows");
  all.project_exported_fields[2] = candor_find_field(all.telemetry, all.project_exported, "share");
  all.project_exported_fields[3] = candor_find_field(all.telemetry, all.project_exported, "again");
  all.project_exported_fields[4] = candor_find_field(all.telemetry, all.project_exported, "properties.template");
  all.project_exported_fields[5] = candor_find_field(all.telemetry, all.project_exported, "project");
  all.project_exported_fields[6] = candor_find_field(all.telemetry, all.project_exported, "arguments");
  all.project_exported_fields[7] = candor_find_field(all.telemetry, all.project_exported, "made");
  all.command = candor_find_event(all.telemetry, "command");
  all.command_fields[0] = candor_find_field(all.telemetry, all.command, "name");
  all.command_fields[1] = candor_find_field(all.telemetry, all.command, "class");
  all.started = candor_find_event(all.telemetry, "started");
  all.export_rated = candor_find_event(all.telemetry, "export rated");
  all.export_rated_fields[0] = candor_find_field(all.telemetry, all.export_rated, "rating");
  all.export_rated_survey = candor_find_survey(all.telemetry, "export");
  return all;
}
// From now on nothing is recorded.
static inline void acme_stop(const struct acme *all) {
  candor_stop(all->telemetry);
}
// Exports since the last report.
static inline void acme_add_usage_exports(const struct acme *all, uint64_t count) {
  candor_add(all->telemetry, all->usage_exports, count);
}
// Seconds that syncs took.
static inline void acme_observe_timings_sync(const struct acme *all, double value) {
  candor_observe(all->telemetry, &all->timings_sync, value);
}
// A project was exported.
static inline candor_result acme_record_project_exported(const struct acme *all, struct acme_project_exported values) {
  const candor_value given[] = {
    candor_text(all->project_exported_fields[0], values.format.text),
    candor_of_whole_number(all->project_exported_fields[1], &values.rows),
    candor_of_real_number(all->project_exported_fields[2], &values.share),
    candor_of_yes_or_no(all->project_exported_fields[3], &values.again),
    candor_of_clear_text(all->project_exported_fields[4], &values.properties_template),
    candor_of_hashed_text(all->project_exported_fields[5], &values.project),
    candor_of_hashed_text(all->project_exported_fields[6], &values.arguments),
    candor_of_moment(all->project_exported_fields[7], &values.made),
  };
  return candor_record(all->telemetry, all->project_exported, given, 8);
}
// A command of the command line.
static inline candor_result acme_begin_command(const struct acme *all, struct acme_command values, candor_run *run) {
  const candor_value given[] = {
    candor_of_clear_text(all->command_fields[0], &values.name),
    candor_text(all->command_fields[1], values.class_.text),
  };
  return candor_begin(all->telemetry, all->command, given, 2, run);
}
// The program started.
static inline candor_result acme_record_started(const struct acme *all) {
  return candor_record(all->telemetry, all->started, NULL, 0);
}
// Somebody said how well an export worked.
static inline candor_result acme_record_export_rated(const struct acme *all, struct acme_export_rated values) {
  const candor_value given[] = {
    candor_of_whole_number(all->export_rated_fields[0], &values.rating),
  };
  return candor_record(all->telemetry, all->export_rated, given, 1);
}
// Whether to ask now: How well did the export work?
static inline int acme_should_ask_export_rated(const struct acme *all, const char *product_version) {
  return candor_should_ask(all->telemetry, &all->export_rated_survey, product_version);
}

#endif
