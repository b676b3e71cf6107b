#include "cli/exit_code.h"

namespace candor {

ExitCode exit_code_of(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::kGeneral:
      return kExitFailed;
    case ErrorKind::kUsage:
      return kExitUsage;
    case ErrorKind::kBadData:
      return kExitBadData;
    case ErrorKind::kUnavailable:
      return kExitUnavailable;
    case ErrorKind::kCannotCreate:
      return kExitCannotCreate;
    case ErrorKind::kTryAgain:
      return kExitTryAgain;
    case ErrorKind::kConfiguration:
      return kExitConfiguration;
    case ErrorKind::kLicence:
      return kExitLicence;
    case ErrorKind::kOff:
      return kExitOff;
    case ErrorKind::kNothing:
      return kExitNothing;
    case ErrorKind::kForbidden:
      return kExitForbidden;
    case ErrorKind::kPending:
      return kExitPending;
    case ErrorKind::kNotFound:
      return kExitFailed;
  }
  return kExitFailed;
}

std::span<const std::pair<std::string_view, std::string_view>> exit_code_meanings() {
  static constexpr std::pair<std::string_view, std::string_view> kMeanings[] = {
      {"0", "done"},
      {"1", "anything else, or a check that failed"},
      {"2", "wrong arguments"},
      {"10", "consent is pending: the contract asks for more than was agreed to"},
      {"11", "telemetry is off"},
      {"12", "there is nothing to send"},
      {"13", "a policy, `DO_NOT_TRACK` or `CANDOR_TELEMETRY` forbids it"},
      {"65", "bad data"},
      {"69", "a service, program or cluster does not answer"},
      {"73", "a file, folder or socket cannot be made"},
      {"75", "try again later"},
      {"77", "the licence was not accepted"},
      {"78", "configuration or contract is wrong"},
  };
  return kMeanings;
}

std::string_view reason_of(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::kGeneral:
      return "failed";
    case ErrorKind::kUsage:
      return "usage";
    case ErrorKind::kBadData:
      return "bad_data";
    case ErrorKind::kUnavailable:
      return "unavailable";
    case ErrorKind::kCannotCreate:
      return "cannot_create";
    case ErrorKind::kTryAgain:
      return "try_again";
    case ErrorKind::kConfiguration:
      return "configuration";
    case ErrorKind::kLicence:
      return "licence_not_accepted";
    case ErrorKind::kOff:
      return "telemetry_off";
    case ErrorKind::kNothing:
      return "nothing_to_send";
    case ErrorKind::kForbidden:
      return "forbidden";
    case ErrorKind::kPending:
      return "consent_pending";
    case ErrorKind::kNotFound:
      return "not_found";
  }
  return "failed";
}

}  // namespace candor
