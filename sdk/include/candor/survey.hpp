// survey.h for C++: whether a question is to be asked now.
//
//   const candor::Survey survey(telemetry.get(), "export");
//   if (survey.should_ask("3.1")) show(survey.question(), survey.scale());
#pragma once

#include <candor/survey.h>

#include <string_view>

namespace candor {

class Survey {
 public:
  // By the activity that the contract asks about.
  Survey(candor_telemetry* telemetry, const char* activity)
      : telemetry_(telemetry), survey_(candor_find_survey(telemetry, activity)) {}

  // Each time that the activity was done, where the question could be shown; true: it counts as
  // asked from now on.
  bool should_ask(const char* product_version) const {
    return candor_should_ask(telemetry_, &survey_, product_version) != 0;
  }
  std::string_view question() const { return survey_.question; }
  unsigned scale() const { return survey_.scale; }  // the best answer; the worst is 1
  explicit operator bool() const { return survey_.declaration != 0; }

 private:
  candor_telemetry* telemetry_;
  candor_survey survey_;
};

}  // namespace candor
