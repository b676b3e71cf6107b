// How a program that was asked and failed is told of.
#pragma once

#include <string_view>

#include "base/process.h"
#include "base/result.h"

namespace candor {

// kUnavailable: "PROGRAM ended with 1: the first line of what it said", which is cut where it is
// long, and rid of what no terminal should get.
Error failed_program(std::string_view program, const ProcessOutput& output);

}  // namespace candor
