// What programs of Answers may record, as answers.toml declares it: made by
// `candor contract generate --lang cpp`. Do not edit.
// Contract 362e81dd85a4aa80d78920d558f7d17626aed3bbe289ffde71c57ff343bbd927
// clang-format off
#pragma once

#include <candor/candor.hpp>

namespace answers {

// The daemon started.
struct Started {
  candor::ClearText version{};  // Its version.
  candor::Integer threads{};  // How many threads answer.
  candor::HashedText configuration{};  // Digest of its configuration: that it changed, never what is in it.
};

// More connected than there are threads for.
struct ConnectionRefused {
};

// All of it; names are looked up when it is made. What begins goes on until it is completed.
class Telemetry {
 private:
  candor::Telemetry telemetry_;

 public:
  // `folder` is the agent's state folder; nullptr: the usual one.
  explicit Telemetry(const char* folder = nullptr)
      : telemetry_("answers", folder),
        questions(telemetry_.counter("questions")),
        seconds_answer(telemetry_.histogram("seconds.answer")),
        started_(telemetry_.event("started")),
        started_fields_{
        started_.field("version").number(),
        started_.field("threads").number(),
        started_.field("configuration").number()},
        connection_refused_(telemetry_.event("connection refused")) {}

  // Lines that were answered since the last report.
  candor::Counter questions;
  // How long an answer took, seconds.
  candor::Histogram seconds_answer;
  candor_result record(const Started& values) const {
    return started_.record(
        values.version.as(started_fields_[0]),
        values.threads.as(started_fields_[1]),
        values.configuration.as(started_fields_[2]));
  }
  candor_result record(const ConnectionRefused&) const {
    return connection_refused_.record();
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
  candor::Event started_;
  std::uint32_t started_fields_[3];
  candor::Event connection_refused_;
};

}  // namespace answers
