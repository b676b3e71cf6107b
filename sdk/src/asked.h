// What was asked about, and when (docs/formats/library.md). Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace candor::sdk {

// A question's terms, as its contract has them.
struct SurveyTerms {
  std::uint32_t after = 1;
  double share = 1;
};

class AskedBook {
 public:
  // Of the file's bytes; an empty book of none. Nothing when they are no book.
  static std::optional<AskedBook> read(std::string_view text);
  std::string text() const;

  // The activity was done once more: whether it is asked about now, which then counts as asked.
  // `draw` is a number from 0 up to 1 by chance.
  bool is_asked_now(std::string_view activity, std::string_view version, const SurveyTerms& terms,
                    std::int64_t now_ms, double draw);

 private:
  enum class State : std::uint32_t { kCounts = 0, kWaits = 1, kAsked = 2, kPassedOver = 3 };
  struct Entry {
    State state = State::kCounts;
    std::uint32_t done = 0;
    std::string version;
    std::string activity;
  };
  Entry& entry(std::string_view activity, std::string_view version);
  bool read_line(std::string_view line);

  std::int64_t last_ms_ = 0;  // when something was asked; 0: never
  std::vector<Entry> entries_;
};

}  // namespace candor::sdk
