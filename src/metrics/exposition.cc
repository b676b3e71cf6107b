#include "metrics/exposition.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/ascii.h"
#include "base/numbers.h"

namespace candor {
namespace {

constexpr std::string_view kTotal = "_total";

// Takes off the front what stands before `end`, and that.
std::string_view take_until(std::string_view& text, char end) {
  const auto at = std::min(text.find(end), text.size());
  const auto part = text.substr(0, at);
  text.remove_prefix(std::min(at + 1, text.size()));
  return without_blanks(part);
}

bool is_same(std::string_view a, std::string_view b) {
  return std::ranges::equal(a, b,
                            [](char one, char other) { return to_lower(one) == to_lower(other); });
}

void put_escaped(std::string& text, std::string_view value, bool quotes) {
  for (const char c : value) {
    if (c == '\n') {
      text += "\\n";
    } else {
      if (c == '\\' || (quotes && c == '"')) text += '\\';
      text += c;
    }
  }
}

void put_number(std::string& text, double value) {
  if (std::isnan(value)) {
    text += "NaN";
  } else if (std::isinf(value)) {
    text += value > 0 ? "+Inf" : "-Inf";
  } else {
    fmt::format_to(std::back_inserter(text), "{}", value);
  }
}

void put_sample(std::string& text, const FamilySample& sample, Exposition format) {
  text += sample.name;
  char before = '{';
  for (const auto& [name, value] : sample.labels) {
    text += before;
    text += name;
    text += "=\"";
    put_escaped(text, value, true);
    text += '"';
    before = ',';
  }
  if (before == ',') text += '}';
  text += ' ';
  put_number(text, sample.value);
  if (sample.at && format == Exposition::kText)
    fmt::format_to(std::back_inserter(text), " {}", *sample.at);
  if (sample.at && format == Exposition::kOpenMetrics)
    fmt::format_to(std::back_inserter(text), " {}", static_cast<double>(*sample.at) / 1000);
  text += '\n';
}

// The names and types of OpenMetrics: a counter's samples end in _total, and its name does not.
struct Head {
  std::string_view name;
  std::string_view type;
};
Head head_of(const MetricFamily& family, Exposition format) {
  std::string_view name = family.name;
  const bool is_text = format == Exposition::kText;
  if (!family.type) return {name, is_text ? "untyped" : "unknown"};
  if (is_text || family.type != MetricType::kCounter) return {name, name_of(*family.type)};
  if (!name.ends_with(kTotal)) return {name, "unknown"};
  name.remove_suffix(kTotal.size());
  return {name, name_of(*family.type)};
}

}  // namespace

Exposition exposition_for(std::string_view accept) {
  double open = 0, text = 0;
  while (!accept.empty()) {
    auto range = take_until(accept, ',');
    const auto media = take_until(range, ';');
    double quality = 1;
    bool is_known = true;
    while (!range.empty()) {
      auto parameter = take_until(range, ';');
      const auto name = take_until(parameter, '=');
      if (is_same(name, "q")) quality = parse_number(parameter).value_or(0);
      if (is_same(name, "version") && is_same(media, "application/openmetrics-text"))
        is_known = parameter == "1.0.0";
    }
    if (is_same(media, "application/openmetrics-text") && is_known) open = std::max(open, quality);
    if (is_same(media, "text/plain")) text = std::max(text, quality);
  }
  return open > 0 && open >= text ? Exposition::kOpenMetrics : Exposition::kText;
}

std::string_view content_type_of(Exposition format) {
  return format == Exposition::kText ? "text/plain; version=0.0.4; charset=utf-8"
                                     : "application/openmetrics-text; version=1.0.0; charset=utf-8";
}

std::string expose(std::span<const MetricFamily> families, Exposition format) {
  std::string text;
  for (const auto& family : families) {
    if (family.samples.empty()) continue;
    const auto head = head_of(family, format);
    fmt::format_to(std::back_inserter(text), "# HELP {} ", head.name);
    put_escaped(text, family.help, format == Exposition::kOpenMetrics);
    fmt::format_to(std::back_inserter(text), "\n# TYPE {} {}\n", head.name, head.type);
    for (const auto& sample : family.samples) put_sample(text, sample, format);
  }
  if (format == Exposition::kOpenMetrics) text += "# EOF\n";
  return text;
}

}  // namespace candor
