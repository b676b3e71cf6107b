// What the page of one installation shows of its metrics: a fixed list. Pure.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "server/ops/prometheus_answers.h"

namespace candor {

struct PanelQuery {
  // PromQL; $i stands for the matcher of the installation, $w for the window of rates.
  std::string_view expression;
  std::string_view name;  // of its line
  // The label whose value names a line, where there are several.
  std::string_view by{};
};

struct Panel {
  std::string_view group;
  std::string_view id;
  std::string_view title;
  std::string_view unit;  // percent, bytes, bytes_per_second, number, per_second, seconds
  std::vector<PanelQuery> queries;
};

const std::vector<Panel>& panels();

// How far back, and how far apart the values are: at most kMaxPanelPoints.
struct PanelRange {
  std::string_view name;  // "24h"
  std::int64_t seconds = 0;
  std::int64_t step = 0;
};
// nullptr: there is no such range.
const PanelRange* panel_range(std::string_view name);

// The question of that query about one installation, which is scraped every so often: rates are of
// the time between values, and of four scrapes at least.
std::string question_of(const PanelQuery& query, std::string_view installation,
                        const PanelRange& range, std::chrono::seconds scrape_interval);

// A line: a value for each moment of the range that ends at `end`, null where there is none.
struct PanelLine {
  std::string name;
  std::vector<std::optional<double>> values;
};
std::vector<PanelLine> lines_of(const PanelQuery& query, const std::vector<PromSeries>& answer,
                                const PanelRange& range, std::int64_t end);

// null where it has no line. Lines beyond kMaxPanelLines are counted in `left_out`.
Json panel_document(const Panel& panel, std::vector<PanelLine> lines);

}  // namespace candor
