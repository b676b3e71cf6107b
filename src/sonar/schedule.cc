#include "sonar/schedule.h"

#include "base/sip_hash.h"

namespace candor {

ScanSchedule::ScanSchedule(const std::vector<std::string>& names,
                           std::chrono::milliseconds interval, Time begin)
    : interval_(interval) {
  const auto span = static_cast<std::uint64_t>(interval.count());
  for (std::size_t i = 0; i < names.size(); ++i)
    waiting_.emplace(begin + std::chrono::milliseconds(sip_hash(names[i]) % span), i);
}

std::optional<ScanSchedule::Due> ScanSchedule::take(Time now) {
  if (waiting_.empty() || waiting_.begin()->first > now) return std::nullopt;
  const auto [at, scan] = *waiting_.begin();
  waiting_.erase(waiting_.begin());
  return Due{scan, at};
}

std::uint64_t ScanSchedule::done(const Due& due, Time now) {
  const auto passed =
      static_cast<std::uint64_t>(std::max<std::int64_t>(0, (now - due.at) / interval_));
  // At the very moment it is on time.
  const auto missed = due.at + interval_ * passed == now && passed > 0 ? passed - 1 : passed;
  waiting_.emplace(due.at + interval_ * (missed + 1), due.scan);
  return missed;
}

std::optional<ScanSchedule::Time> ScanSchedule::next() const {
  if (waiting_.empty()) return std::nullopt;
  return waiting_.begin()->first;
}

}  // namespace candor
