// What a contract says of the labels of a series (docs/formats/metrics.md). Pure.
#pragma once

#include <string_view>

#include "contract/contract.h"

namespace candor {

enum class LabelFate {
  kDropped,  // not listed: the label goes, the sample stays
  kKept,
  kKeyed,  // its value becomes a keyed hash
};

// `part` is of a listed metric.
LabelFate fate_of(const MetricPart& part, std::string_view label);

}  // namespace candor
