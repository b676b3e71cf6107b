#include "metrics/exposition_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>

#include "base/numbers.h"
#include "metrics/limits.h"

namespace candor {
namespace {

bool is_name_start(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == ':';
}
bool is_name_part(char c) { return is_name_start(c) || (c >= '0' && c <= '9'); }
bool is_blank(char c) { return c == ' ' || c == '\t'; }

// One line, from its front to its end.
class Line {
 public:
  explicit Line(std::string_view text) : rest_(text) {}

  bool at_end() const { return rest_.empty(); }
  bool take(char c) {
    if (!rest_.starts_with(c)) return false;
    rest_.remove_prefix(1);
    return true;
  }
  void skip_blanks() {
    while (!rest_.empty() && is_blank(rest_.front())) rest_.remove_prefix(1);
  }
  // Empty when none is there, or it is too long.
  std::string_view name() {
    const auto end =
        static_cast<std::size_t>(std::ranges::find_if_not(rest_, is_name_part) - rest_.begin());
    if (end == 0 || end > kMaxExposedNameBytes || !is_name_start(rest_.front())) return {};
    return cut(end);
  }
  // Up to the next blank.
  std::string_view word() {
    return cut(static_cast<std::size_t>(std::ranges::find_if(rest_, is_blank) - rest_.begin()));
  }
  // What stands between quotes, the first of which was taken; nothing when they do not end.
  std::optional<std::string> quoted() {
    std::string text;
    while (!rest_.empty() && text.size() <= kMaxExposedValueBytes) {
      const char c = rest_.front();
      rest_.remove_prefix(1);
      if (c == '"') return text;
      if (c != '\\') {
        text += c;
      } else if (take('n')) {
        text += '\n';
      } else if (take('\\')) {
        text += '\\';
      } else if (take('"')) {
        text += '"';
      } else {
        text += '\\';
      }
    }
    return std::nullopt;
  }
  std::string_view rest() const { return rest_; }

 private:
  std::string_view cut(std::size_t size) {
    const auto part = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return part;
  }
  std::string_view rest_;
};

std::optional<double> value_of(std::string_view word) {
  std::string lower(word);
  std::ranges::transform(lower, lower.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
  });
  constexpr auto kInfinity = std::numeric_limits<double>::infinity();
  if (lower == "nan") return std::numeric_limits<double>::quiet_NaN();
  if (lower == "+inf" || lower == "inf" || lower == "+infinity" || lower == "infinity")
    return kInfinity;
  if (lower == "-inf" || lower == "-infinity") return -kInfinity;
  if (word.starts_with('+')) word.remove_prefix(1);
  return parse_number(word);
}

// Help text: "\n" and "\\" are escaped, in OpenMetrics quotes as well.
std::string unescaped(std::string_view text) {
  std::string plain;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char next = i + 1 < text.size() ? text[i + 1] : '\0';
    const bool escapes = text[i] == '\\' && (next == 'n' || next == '\\' || next == '"');
    plain += !escapes ? text[i] : next == 'n' ? '\n' : next;
    if (escapes) ++i;
  }
  return plain;
}

constexpr std::string_view kTotal = "_total";

class Reader {
 public:
  explicit Reader(Exposition format) : format_(format) {}

  Result<std::vector<MetricFamily>> read(std::string_view text) {
    while (!text.empty() && !is_over_) {
      const auto end = std::min(text.find('\n'), text.size());
      auto line = text.substr(0, end);
      text.remove_prefix(std::min(end + 1, text.size()));
      ++number_;
      while (line.ends_with('\r')) line.remove_suffix(1);
      CANDOR_TRY(read_line(line));
    }
    // Without its end an answer of OpenMetrics was cut off.
    if (format_ == Exposition::kOpenMetrics && !is_over_) return bad("# EOF is missing");
    std::erase_if(families_, [](const MetricFamily& family) { return family.samples.empty(); });
    return std::move(families_);
  }

 private:
  Error bad(std::string_view why) const {
    return Error{ErrorKind::kBadData, fmt::format("line {}: {}.", number_, why)};
  }

  Status read_line(std::string_view text) {
    Line line(text);
    line.skip_blanks();
    if (line.at_end()) return Ok{};
    if (!line.take('#')) return read_sample(line);
    // "#TYPE" is a comment.
    return line.at_end() || !is_blank(line.rest().front()) ? Status(Ok{}) : read_comment(line);
  }

  Status read_comment(Line& line) {
    line.skip_blanks();
    const auto what = line.word();
    if (what == "EOF" && format_ == Exposition::kOpenMetrics) is_over_ = true;
    if (what != "HELP" && what != "TYPE") return Ok{};
    line.skip_blanks();
    const auto name = line.name();
    if (name.empty()) return bad("what it describes has no name");
    line.skip_blanks();
    if (what == "HELP") {
      helps_[std::string(name)] = unescaped(line.rest().substr(0, kMaxExposedHelpBytes));
    } else {
      types_[std::string(name)] = type_named(line.word());
    }
    if (std::max(helps_.size(), types_.size()) > kMaxExposedFamilies)
      return bad(fmt::format("there are more than {} families", kMaxExposedFamilies));
    return Ok{};
  }

  // What has no such type is unknown: OpenMetrics has more of them, and programs are wrong.
  static std::optional<MetricType> type_named(std::string_view text) {
    for (const auto type :
         {MetricType::kCounter, MetricType::kGauge, MetricType::kHistogram, MetricType::kSummary}) {
      if (text == name_of(type)) return type;
    }
    if (text == "info" || text == "stateset") return MetricType::kGauge;
    return std::nullopt;
  }

  Status read_sample(Line& line) {
    if (++samples_ > kMaxExposedSamples)
      return bad(fmt::format("there are more than {} samples", kMaxExposedSamples));
    FamilySample sample;
    sample.name = line.name();
    if (sample.name.empty()) return bad("no metric's name begins it");
    line.skip_blanks();
    if (line.take('{')) CANDOR_TRY(read_labels(line, sample));
    line.skip_blanks();
    const auto value = value_of(line.word());
    if (!value) return bad("its value is no number");
    sample.value = *value;
    line.skip_blanks();
    // Behind # an exemplar stands, which nothing is made of.
    if (!line.at_end() && line.rest().front() != '#') CANDOR_TRY(read_time(line, sample));
    line.skip_blanks();
    if (!line.at_end() && line.rest().front() != '#') return bad("something follows its time");
    return add(std::move(sample));
  }

  Status read_labels(Line& line, FamilySample& sample) {
    for (;;) {
      line.skip_blanks();
      if (line.take('}')) break;
      if (sample.labels.size() == kMaxExposedLabels)
        return bad(fmt::format("it has more than {} labels", kMaxExposedLabels));
      if (++labels_ > kMaxExposedLabelsInAll)
        return bad(fmt::format("there are more than {} labels", kMaxExposedLabelsInAll));
      const auto name = line.name();
      line.skip_blanks();
      if (name.empty() || name.find(':') != name.npos || !line.take('='))
        return bad("a label has no name");
      line.skip_blanks();
      auto value = line.take('"') ? line.quoted() : std::nullopt;
      if (!value) return bad("the value of a label does not end, or is too long");
      sample.labels.push_back({std::string(name), *std::move(value)});
      line.skip_blanks();
      if (line.take(',')) continue;
      if (!line.take('}')) return bad("its labels do not end");
      break;
    }
    std::ranges::sort(sample.labels, {}, &FamilyLabel::name);
    if (std::ranges::adjacent_find(sample.labels, {}, &FamilyLabel::name) != sample.labels.end())
      return bad("a label stands there twice");
    return Ok{};
  }

  Status read_time(Line& line, FamilySample& sample) const {
    const auto word = line.word();
    if (format_ == Exposition::kText) {
      sample.at = parse_integer<std::int64_t>(word);
    } else if (const auto seconds = parse_number(word);
               seconds && std::abs(*seconds) < static_cast<double>(1ll << 52) / 1000) {
      sample.at = std::llround(*seconds * 1000);
    }
    if (!sample.at) return bad("its time is no number");
    return Ok{};
  }

  // The described name that a sample is of: its own, or that without the suffix of a part.
  std::string described_by(const std::string& name) const {
    const auto type_of = [&](std::string_view suffix) -> std::optional<MetricType> {
      if (!name.ends_with(suffix)) return std::nullopt;
      const auto known = types_.find(std::string_view(name).substr(0, name.size() - suffix.size()));
      return known == types_.end() ? std::nullopt : known->second;
    };
    using enum MetricType;
    for (const std::string_view suffix : {"_bucket", "_sum", "_count"}) {
      const auto type = type_of(suffix);
      if (type == kHistogram || (type == kSummary && suffix != "_bucket"))
        return name.substr(0, name.size() - suffix.size());
    }
    if (format_ == Exposition::kOpenMetrics && type_of(kTotal) == kCounter)
      return name.substr(0, name.size() - kTotal.size());
    return name;
  }

  Status add(FamilySample sample) {
    const auto described = described_by(sample.name);
    // A counter of OpenMetrics is called as its samples are.
    const auto type = types_.find(described);
    const auto is_counter = type != types_.end() && type->second == MetricType::kCounter;
    const auto& name = is_counter ? sample.name : described;
    const auto [place, is_new] = places_.try_emplace(name, families_.size());
    if (is_new) {
      families_.push_back({name, "", std::nullopt});
      auto& family = families_.back();
      if (type != types_.end()) family.type = type->second;
      if (const auto help = helps_.find(described); help != helps_.end())
        family.help = help->second;
    }
    std::string key = sample.name;
    for (const auto& label : sample.labels)
      key.append(1, '\0').append(label.name).append(1, '\0').append(label.value);
    if (!seen_.insert(std::move(key)).second) return bad("that sample was there before");
    families_[place->second].samples.push_back(std::move(sample));
    return Ok{};
  }

  const Exposition format_;
  std::size_t number_ = 0;  // of the line
  std::size_t samples_ = 0;
  std::size_t labels_ = 0;  // of all
  bool is_over_ = false;
  std::map<std::string, std::string, std::less<>> helps_;
  std::map<std::string, std::optional<MetricType>, std::less<>> types_;
  std::map<std::string, std::size_t, std::less<>> places_;
  std::set<std::string> seen_;
  std::vector<MetricFamily> families_;
};

}  // namespace

Exposition exposition_of(std::string_view content_type) {
  return content_type.starts_with("application/openmetrics-text") ? Exposition::kOpenMetrics
                                                                  : Exposition::kText;
}

Result<std::vector<MetricFamily>> read_exposition(std::string_view text, Exposition format) {
  return Reader(format).read(text);
}

}  // namespace candor
