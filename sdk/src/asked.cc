#include "asked.h"

#include <algorithm>
#include <charconv>
#include <chrono>

#include "library/limits.h"

namespace candor::sdk {
namespace {

constexpr std::string_view kFirstLine = "candor asked 1\n";

// Takes the part up to that character off the text.
std::string_view take(std::string_view& text, char end) {
  const auto part = text.substr(0, text.find(end));
  text.remove_prefix(std::min(text.size(), part.size() + 1));
  return part;
}

template <typename Number>
bool take_number(std::string_view& line, Number& number) {
  const auto part = take(line, '\t');
  const auto [end, error] = std::from_chars(part.data(), part.data() + part.size(), number);
  return error == std::errc() && end == part.data() + part.size();
}

}  // namespace

bool AskedBook::read_line(std::string_view line) {
  Entry entry;
  std::uint32_t state = 0;
  if (!take_number(line, state) || state > static_cast<std::uint32_t>(State::kPassedOver) ||
      !take_number(line, entry.done))
    return false;
  entry.state = static_cast<State>(state);
  entry.version = take(line, '\t');
  entry.activity = line;
  entries_.push_back(std::move(entry));
  return !entries_.back().activity.empty() && entries_.size() <= library::kMaxAskedEntries;
}

std::optional<AskedBook> AskedBook::read(std::string_view text) {
  AskedBook book;
  if (text.empty()) return book;
  if (!text.starts_with(kFirstLine) || !text.ends_with('\n')) return std::nullopt;
  text.remove_prefix(kFirstLine.size());
  auto last = take(text, '\n');
  if (!take_number(last, book.last_ms_)) return std::nullopt;
  while (!text.empty()) {
    if (!book.read_line(take(text, '\n'))) return std::nullopt;
  }
  return book;
}

std::string AskedBook::text() const {
  std::string text(kFirstLine);
  text += std::to_string(last_ms_) + "\n";
  for (const auto& entry : entries_) {
    text += std::to_string(static_cast<std::uint32_t>(entry.state)) + "\t" +
            std::to_string(entry.done) + "\t" + entry.version + "\t" + entry.activity + "\n";
  }
  return text;
}

AskedBook::Entry& AskedBook::entry(std::string_view activity, std::string_view version) {
  const auto found = std::ranges::find_if(entries_, [&](const Entry& one) {
    return one.activity == activity && one.version == version;
  });
  if (found != entries_.end()) return *found;
  if (entries_.size() == library::kMaxAskedEntries) entries_.erase(entries_.begin());
  return entries_.emplace_back(
      Entry{State::kCounts, 0, std::string(version), std::string(activity)});
}

bool AskedBook::is_asked_now(std::string_view activity, std::string_view version,
                             const SurveyTerms& terms, std::int64_t now_ms, double draw) {
  auto& one = entry(activity, version);
  if (one.state == State::kAsked || one.state == State::kPassedOver) return false;
  if (one.done < terms.after) ++one.done;
  if (one.done < terms.after) return false;
  // Drawn once: who is drawn again and again is asked in the end.
  if (one.state == State::kCounts)
    one.state = draw < terms.share ? State::kWaits : State::kPassedOver;
  // A clock that was put back makes no day shorter.
  const auto pause = std::chrono::milliseconds(library::kAskPause).count();
  if (one.state != State::kWaits || (last_ms_ != 0 && now_ms < last_ms_ + pause)) return false;
  one.state = State::kAsked;
  last_ms_ = now_ms;
  return true;
}

}  // namespace candor::sdk
