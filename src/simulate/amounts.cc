#include "simulate/amounts.h"

#include <fmt/format.h>

#include "simulate/limits.h"

namespace candor {

Status check_amount(std::string_view what, std::int64_t amount, std::uint64_t most) {
  if (amount >= 1 && static_cast<std::uint64_t>(amount) <= most) return Ok{};
  return Error{ErrorKind::kUsage, fmt::format("{} must be between 1 and {}.", what, most)};
}

Status check_days(std::int64_t days, std::int64_t until) {
  CANDOR_TRY(check_amount("The number of days", days, kMaxSimulatedDays));
  if (until >= days) return Ok{};
  return Error{ErrorKind::kUsage,
               "The days must not begin before 1970-01-01. Name a later day, or fewer days."};
}

}  // namespace candor
