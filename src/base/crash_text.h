// Text put together where no memory can be asked for: in a signal handler.
#pragma once

#include <cstddef>
#include <cstdint>
#include <ctime>
#include <string_view>

namespace candor {

// Writes into a buffer of the caller's, always with a final zero; what does not fit is cut. Every
// function may be called in a signal handler.
class CrashText {
 public:
  CrashText(char* buffer, std::size_t room) : buffer_(buffer), room_(room) { buffer_[0] = '\0'; }

  void add(std::string_view text) {
    for (const char c : text) put(c);
  }
  void add_hex(std::uintptr_t number) { add_number(number, 16, 1); }
  // "2026-11-21T07:00:00.123Z"; seconds since 1970.
  void add_time(std::time_t seconds, long millis) { add_moment(seconds, millis, "-", ":"); }
  // "20261121T070000Z"
  void add_file_time(std::time_t seconds) { add_moment(seconds, -1, "", ""); }

  const char* c_str() const { return buffer_; }
  std::size_t size() const { return size_; }

 private:
  void put(char c) {
    if (size_ + 1 == room_) return;
    buffer_[size_++] = c;
    buffer_[size_] = '\0';
  }

  void add_number(std::uintmax_t number, unsigned base, int width) {
    char digits[24];
    int count = 0;
    do {
      digits[count++] = "0123456789abcdef"[number % base];
      number /= base;
    } while (number != 0);
    while (count < width) digits[count++] = '0';
    while (count > 0) put(digits[--count]);
  }

  // gmtime may take a lock; this is Howard Hinnant's civil_from_days.
  void add_moment(std::time_t seconds, long millis, std::string_view dash, std::string_view colon) {
    if (seconds < 0) seconds = 0;
    const auto of_day = static_cast<std::uintmax_t>(seconds % 86'400);
    const std::time_t z = seconds / 86'400 + 719'468;
    const std::time_t era = z / 146'097;
    const auto doe = static_cast<unsigned>(z - era * 146'097);
    const unsigned yoe = (doe - doe / 1'460 + doe / 36'524 - doe / 146'096) / 365;
    const unsigned doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    const unsigned mp = (5 * doy + 2) / 153;
    const unsigned month = mp < 10 ? mp + 3 : mp - 9;
    const auto year = static_cast<std::uintmax_t>(era) * 400 + yoe + (month <= 2 ? 1 : 0);
    add_number(year, 10, 4);
    add(dash);
    add_number(month, 10, 2);
    add(dash);
    add_number(doy - (153 * mp + 2) / 5 + 1, 10, 2);
    add("T");
    add_number(of_day / 3'600, 10, 2);
    add(colon);
    add_number(of_day / 60 % 60, 10, 2);
    add(colon);
    add_number(of_day % 60, 10, 2);
    if (millis >= 0) {
      add(".");
      add_number(static_cast<std::uintmax_t>(millis), 10, 3);
    }
    add("Z");
  }

  char* buffer_;
  std::size_t room_;
  std::size_t size_ = 0;
};

}  // namespace candor
