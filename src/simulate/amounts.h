// How many of something may be asked for.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/result.h"

namespace candor {

// kUsage with a sentence unless `amount` is between 1 and `most`; `what` begins it, such as "The
// number of days".
Status check_amount(std::string_view what, std::int64_t amount, std::uint64_t most);

// The same of days up to the day `until` (since 1970), none of which is before 1970.
Status check_days(std::int64_t days, std::int64_t until);

}  // namespace candor
