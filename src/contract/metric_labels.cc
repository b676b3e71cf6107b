#include "contract/metric_labels.h"

#include <algorithm>

namespace candor {

LabelFate fate_of(const MetricPart& part, std::string_view label) {
  const auto& labels = part.metric->labels;
  const auto& keyed = part.metric->keyed;
  if (std::ranges::find(keyed, label) != keyed.end()) return LabelFate::kKeyed;
  const bool is_listed = std::ranges::find(labels, label) != labels.end();
  return is_listed || label == part.implied ? LabelFate::kKept : LabelFate::kDropped;
}

}  // namespace candor
