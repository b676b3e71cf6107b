// What a program may record, as it stands in a switch and in each ring (docs/formats/library.md).
// Pure; any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace candor::library {

enum class DeclaredKind : std::uint8_t {
  kCounter,
  kHistogram,
  kEvent,
  kRun,
  kField,
  kCrashes,
  kSurvey
};
enum class DeclaredType : std::uint8_t { kBoolean, kInteger, kNumber, kString, kTimestamp };
enum class DeclaredClass : std::uint8_t { kClear, kMd5, kSha256, kKeyed };

struct Declared {
  DeclaredKind kind = DeclaredKind::kCounter;
  std::string_view name;
  std::uint32_t slot = 0;      // of counters and histograms: the first of theirs
  std::vector<double> bounds;  // of histograms, ascending
  std::uint32_t event = 0;     // of fields: number of the declaration they belong to
  DeclaredType type = DeclaredType::kString;
  DeclaredClass privacy = DeclaredClass::kClear;
  std::optional<double> min;
  std::optional<double> max;
  std::size_t max_length = 0;            // bytes, of texts
  std::vector<std::string_view> values;  // the only ones, where there are any
  // Of surveys, whose name is what they ask about.
  std::uint32_t scale = 0;
  std::uint32_t after = 0;
  double share = 0;
  std::string_view question;
};

struct Declarations {
  std::string_view product;
  std::string_view contract;
  std::vector<Declared> all;  // number I is all[I - 1]
  std::uint32_t slots = 1;    // slot 0 among them

  // Nothing for a number that is none.
  const Declared* find(std::uint32_t number) const {
    return number == 0 || number > all.size() ? nullptr : &all[number - 1];
  }
};

// Nothing when the text is not of the grammar, or goes beyond a limit. Views are into `text`.
std::optional<Declarations> read_declarations(std::string_view text);

}  // namespace candor::library
