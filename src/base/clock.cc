#include "base/clock.h"

#include <fmt/format.h>

namespace candor {
namespace {

class SystemClock final : public Clock {
 public:
  Instant now() const override {
    return std::chrono::floor<Millis>(std::chrono::system_clock::now());
  }
};

// Takes exactly `digits` decimal digits off the front of `text`.
std::optional<int> take_digits(std::string_view& text, std::size_t digits) {
  if (text.size() < digits) return std::nullopt;
  int number = 0;
  for (const char c : text.substr(0, digits)) {
    if (c < '0' || c > '9') return std::nullopt;
    number = number * 10 + (c - '0');
  }
  text.remove_prefix(digits);
  return number;
}

bool take(std::string_view& text, char expected) {
  if (text.empty() || text.front() != expected) return false;
  text.remove_prefix(1);
  return true;
}

std::optional<std::chrono::sys_days> take_day(std::string_view& text) {
  const auto year = take_digits(text, 4);
  if (!year || !take(text, '-')) return std::nullopt;
  const auto month = take_digits(text, 2);
  if (!month || !take(text, '-')) return std::nullopt;
  const auto day = take_digits(text, 2);
  if (!day || *year < 1970) return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year(*year),
                                         std::chrono::month(static_cast<unsigned>(*month)),
                                         std::chrono::day(static_cast<unsigned>(*day))};
  if (!date.ok()) return std::nullopt;
  return std::chrono::sys_days(date);
}

// The fraction after the seconds, if there is one; nullopt when a point has no digit behind it.
std::optional<Millis> take_fraction(std::string_view& text) {
  if (!take(text, '.')) return Millis(0);
  int millis = 0;
  std::size_t digits = 0;
  for (; !text.empty() && text.front() >= '0' && text.front() <= '9'; ++digits) {
    if (digits < 3) millis = millis * 10 + (text.front() - '0');
    text.remove_prefix(1);
  }
  if (digits == 0) return std::nullopt;
  for (; digits < 3; ++digits) millis *= 10;
  return Millis(millis);
}

std::optional<std::chrono::minutes> take_zone(std::string_view& text) {
  if (text.empty() || take(text, 'Z')) return std::chrono::minutes(0);
  const int sign = take(text, '+') ? 1 : take(text, '-') ? -1 : 0;
  if (sign == 0) return std::nullopt;
  const auto hours = take_digits(text, 2);
  take(text, ':');
  const auto minutes = take_digits(text, 2);
  if (!hours || !minutes || *hours > 23 || *minutes > 59) return std::nullopt;
  return sign * (std::chrono::hours(*hours) + std::chrono::minutes(*minutes));
}

// The value of two digits; more than 99 when one is none.
unsigned two_digits(const char* at) {
  const auto tens = static_cast<unsigned char>(at[0] - '0'),
             ones = static_cast<unsigned char>(at[1] - '0');
  return tens > 9 || ones > 9 ? 100u : tens * 10u + ones;
}

// "2026-11-21T07:00:00.123Z", as most clients write it; nothing for another form, or an impossible
// time.
std::optional<Instant> usual_form(std::string_view text) {
  constexpr std::string_view kForm = "0000-00-00T00:00:00.000Z";
  if (text.size() != kForm.size() || text[4] != '-' || text[7] != '-' || text[10] != 'T' ||
      text[13] != ':' || text[16] != ':' || text[19] != '.' || text[23] != 'Z')
    return std::nullopt;
  const auto* at = text.data();
  const auto century = two_digits(at), year = two_digits(at + 2), hours = two_digits(at + 11),
             minutes = two_digits(at + 14), seconds = two_digits(at + 17),
             tenths = two_digits(at + 20);
  const auto last = static_cast<unsigned char>(at[22] - '0');
  const std::chrono::year_month_day date{std::chrono::year(static_cast<int>(century * 100 + year)),
                                         std::chrono::month(two_digits(at + 5)),
                                         std::chrono::day(two_digits(at + 8))};
  if (century < 20 || century > 99 || year > 99 || !date.ok() || hours > 23 || minutes > 59 ||
      seconds > 59 || tenths > 99 || last > 9)
    return std::nullopt;
  return Instant(std::chrono::sys_days(date)) + std::chrono::hours(hours) +
         std::chrono::minutes(minutes) + std::chrono::seconds(seconds) + Millis(tenths * 10 + last);
}

}  // namespace

const Clock& system_clock() {
  static const SystemClock clock;
  return clock;
}

std::string format_day(std::int64_t day) {
  const std::chrono::year_month_day date{std::chrono::sys_days(std::chrono::days(day))};
  return fmt::format("{:04}-{:02}-{:02}", static_cast<int>(date.year()),
                     static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()));
}

std::string format_rfc3339(Instant t) {
  const auto day = day_of(t);
  const auto in_day = to_unix_millis(t) - day * 86'400'000;
  const auto seconds = in_day / 1000;
  auto text = fmt::format("{}T{:02}:{:02}:{:02}", format_day(day), seconds / 3600,
                          seconds / 60 % 60, seconds % 60);
  if (in_day % 1000 != 0) text += fmt::format(".{:03}", in_day % 1000);
  return text + "Z";
}

std::optional<Instant> parse_rfc3339(std::string_view text) {
  if (const auto usual = usual_form(text)) return usual;
  const auto day = take_day(text);
  if (!day || !(take(text, 'T') || take(text, 't') || take(text, ' '))) return std::nullopt;
  const auto hours = take_digits(text, 2);
  if (!hours || !take(text, ':')) return std::nullopt;
  const auto minutes = take_digits(text, 2);
  if (!minutes || !take(text, ':')) return std::nullopt;
  const auto seconds = take_digits(text, 2);
  if (!seconds || *hours > 23 || *minutes > 59 || *seconds > 60) return std::nullopt;
  const auto fraction = take_fraction(text);
  const auto zone = fraction ? take_zone(text) : std::nullopt;
  if (!zone || !text.empty()) return std::nullopt;
  return Instant(*day) + std::chrono::hours(*hours) + std::chrono::minutes(*minutes) +
         std::chrono::seconds(*seconds) + *fraction - *zone;
}

std::optional<Instant> parse_day(std::string_view text) {
  const auto day = take_day(text);
  if (!day || !text.empty()) return std::nullopt;
  return Instant(*day);
}

}  // namespace candor
