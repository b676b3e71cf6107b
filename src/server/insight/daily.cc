#include "server/insight/daily.h"

#include <fmt/format.h>

#include "server/engine/statement.h"

namespace candor {

std::string rows_of_figures(const std::string& product, int days, Instant now) {
  return fmt::format("FROM candor.daily WHERE product = {} AND day > '{}' AND day <= '{}'",
                     sql_quote(product), format_day(day_of(now) - days), format_day(day_of(now)));
}

std::string rows_of_figure(const std::string& product, std::string_view figure, int days,
                           Instant now) {
  return rows_of_figures(product, days, now) + " AND figure = " + sql_quote(figure);
}

std::string rows_of_events(const std::string& product, int days, Instant now) {
  return rows_of_figure(product, "", days, now) + " AND bucket = ''";
}

}  // namespace candor
