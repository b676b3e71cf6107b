// What the environment of a program says, by the same words for agent and library. Pure.
#pragma once

#include <array>
#include <string_view>

namespace candor::library {

// Services of continuous integration, each by a variable that it sets; and "CI", which may also say
// that it is none.
inline constexpr std::array kAutomationServices = {"GITHUB_ACTIONS",
                                                   "GITLAB_CI",
                                                   "BUILDKITE",
                                                   "CIRCLECI",
                                                   "TRAVIS",
                                                   "JENKINS_URL",
                                                   "TEAMCITY_VERSION",
                                                   "TF_BUILD",
                                                   "APPVEYOR",
                                                   "DRONE",
                                                   "WOODPECKER",
                                                   "BITBUCKET_BUILD_NUMBER",
                                                   "CODEBUILD_BUILD_ID"};

// Of the variables CI and DO_NOT_TRACK: anything but nothing, "0" and "false", in letters of any
// size.
bool says_yes(std::string_view text);

// Of the variable CANDOR_TELEMETRY: anything but nothing and "on". A program cannot keep what it
// records to this machine, so "local" is off to it.
bool says_off(std::string_view text);

}  // namespace candor::library
