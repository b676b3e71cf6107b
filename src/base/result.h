// Result<T>: a value, or an Error that says what happened, where, and what to do next.
//
// Every expected failure in Candor has this shape (docs/decisions/001-errors.md). A bug is an
// assertion; input from outside is never asserted. Errors are values: cheap to move, safe to log
// (they never carry a secret or an observation), written for the person who must act on them.
#pragma once

#include <cassert>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

namespace candor {

// What the caller can do about a failure. The command line maps each kind to one exit code
// (cli/exit_code.h), the collector to one HTTP status (server/protocol/submission.h).
enum class ErrorKind {
  kGeneral,        // none of the others
  kUsage,          // the request itself is wrong: a flag, an argument
  kBadData,        // bytes from outside are not what they should be
  kUnavailable,    // a service, program or cluster that is needed does not answer
  kCannotCreate,   // a file, folder or socket cannot be written
  kTryAgain,       // a passing condition: retry later
  kConfiguration,  // a configuration file, contract or key is wrong
  kLicence,        // the licence of the contract was not accepted
  kOff,            // telemetry is off
  kNothing,        // there is nothing to do
  kForbidden,      // policy or DO_NOT_TRACK refuses
  kPending,        // the operator has to decide first
  kNotFound,       // the thing named does not exist
};

struct [[nodiscard]] Error {
  ErrorKind kind = ErrorKind::kGeneral;
  std::string message;  // one or more sentences; names the place and the next step

  // The same error with "context: " before its message; for callers that know the place.
  Error in(std::string_view context) && {
    message.insert(0, std::string(context) + ": ");
    return std::move(*this);
  }
};

struct Ok {};

// T must be movable. Not thread-safe, like any value.
template <typename T = Ok>
class [[nodiscard]] Result {
 public:
  Result(T value)
      : state_(std::in_place_index<0>, std::move(value)) {}  // NOLINT: implicit on purpose
  Result(Error error) : state_(std::in_place_index<1>, std::move(error)) {}  // NOLINT: as above

  bool ok() const { return state_.index() == 0; }
  explicit operator bool() const { return ok(); }

  // Require ok().
  T& operator*() & { return value(); }
  const T& operator*() const& { return value(); }
  T&& operator*() && { return std::move(value()); }
  T* operator->() { return &value(); }
  const T* operator->() const { return &value(); }
  T& value() & {
    assert(ok());
    return *std::get_if<0>(&state_);
  }
  const T& value() const& {
    assert(ok());
    return *std::get_if<0>(&state_);
  }

  // Require !ok().
  const Error& error() const& {
    assert(!ok());
    return *std::get_if<1>(&state_);
  }
  Error&& error() && {
    assert(!ok());
    return std::move(*std::get_if<1>(&state_));
  }

  T value_or(T fallback) && { return ok() ? std::move(value()) : std::move(fallback); }

 private:
  std::variant<T, Error> state_;
};

using Status = Result<Ok>;

}  // namespace candor

// Returns the error of `expr` from the enclosing function, if there is one.
#define CANDOR_TRY(expr)                                                                           \
  do {                                                                                             \
    if (auto candor_status = (expr); !candor_status.ok()) return std::move(candor_status).error(); \
  } while (false)

// Declares `name` with the value of `expr`, or returns its error.
#define CANDOR_ASSIGN(name, expr)                                   \
  auto name##_result = (expr);                                      \
  if (!name##_result.ok()) return std::move(name##_result).error(); \
  auto name = *std::move(name##_result)
