// What the program's exit status says. docs/cli.md lists them for users; the numbers from 64 on are
// those of <sysexits.h>.
#pragma once

#include <span>
#include <string_view>
#include <utility>

#include "base/result.h"

namespace candor {

enum ExitCode : int {
  kExitOk = 0,
  kExitFailed = 1,  // general, or verification failed
  kExitUsage = 2,
  kExitPending = 10,    // new consent pending
  kExitOff = 11,        // telemetry is off
  kExitNothing = 12,    // nothing to send
  kExitForbidden = 13,  // refused by policy or DO_NOT_TRACK
  kExitBadData = 65,
  kExitUnavailable = 69,  // a service, program or cluster does not answer
  kExitCannotCreate = 73,
  kExitTryAgain = 75,
  kExitLicence = 77,  // licence not accepted
  kExitConfiguration = 78,
  kExitSignal = 128,  // plus the signal's number
};

ExitCode exit_code_of(ErrorKind kind);

// Every code and what it means, in Markdown's inline form.
std::span<const std::pair<std::string_view, std::string_view>> exit_code_meanings();

// The error's kind as it stands in JSON: "licence_not_accepted".
std::string_view reason_of(ErrorKind kind);

}  // namespace candor
