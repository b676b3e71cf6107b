#include "simulate/progress.h"

#include <fmt/format.h>

#include <algorithm>

namespace candor {
namespace {

constexpr std::size_t kBarColumns = 24;

double rate_of(const PostProgress& progress) {
  const auto seconds =
      static_cast<double>(std::max<std::int64_t>(1, progress.elapsed.count())) / 1000;
  return static_cast<double>(progress.counts.answered()) / seconds;
}

std::string time_left(const PostProgress& progress) {
  if (!progress.trouble.empty()) return "trying again: " + progress.trouble;
  const auto rate = rate_of(progress);
  const auto left = progress.total - std::min(progress.total, progress.counts.answered());
  if (rate <= 0) return "starting";
  const auto seconds =
      static_cast<std::uint64_t>(static_cast<double>(left) / rate) + (left > 0 ? 1 : 0);
  return seconds < 120 ? fmt::format("{} s left", seconds)
                       : fmt::format("{} min left", (seconds + 59) / 60);
}

}  // namespace

std::string progress_bar(const PostProgress& progress, std::size_t width) {
  const auto total = std::max<std::uint64_t>(1, progress.total);
  const auto done = std::min(total, progress.counts.answered());
  const auto filled = static_cast<std::size_t>(done * kBarColumns / total);
  auto line = fmt::format("[{}{}]  {}/{}  {}%  {:.0f}/s  {}", std::string(filled, '#'),
                          std::string(kBarColumns - filled, '.'), done, progress.total,
                          done * 100 / total, rate_of(progress), time_left(progress));
  if (line.size() > width) line.resize(width);
  return line;
}

std::string progress_sentence(const PostProgress& progress) {
  return fmt::format("{} of {} reports, {:.0f}/s, {}", progress.counts.answered(), progress.total,
                     rate_of(progress), time_left(progress));
}

}  // namespace candor
