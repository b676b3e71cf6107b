#include "server/insight/daily.h"

#include <fmt/format.h>

#include "server/engine/statement.h"

namespace candor {

std::string rows_of_figure(const std::string& product, std::string_view figure, int days,
                           Instant now) {
  return fmt::format(
      "FROM candor.daily WHERE product = {} AND figure = {} AND day > '{}' AND day <= '{}'",
      sql_quote(product), sql_quote(figure), format_day(day_of(now) - days),
      format_day(day_of(now)));
}

}  // namespace candor
