// The rollup of events by the day, as questions read it.
#pragma once

#include <string>
#include <string_view>

#include "base/clock.h"

namespace candor {

// "FROM … WHERE …": the rows of one figure in the last `days` days, today among them.
std::string rows_of_figure(const std::string& product, std::string_view figure, int days,
                           Instant now);

// The same of the events themselves, without those of automation.
std::string rows_of_events(const std::string& product, int days, Instant now);

// The same of all figures.
std::string rows_of_figures(const std::string& product, int days, Instant now);

}  // namespace candor
