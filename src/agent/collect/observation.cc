#include "agent/collect/observation.h"

namespace candor {
namespace {

void merge_into(Json& target, Json& from) {
  for (auto& [key, value] : from.items()) {
    auto& there = target[key];
    if (there.is_object() && value.is_object()) {
      merge_into(there, value);
    } else {
      there = std::move(value);
    }
  }
}

}  // namespace

void Observation::merge(Json document) { merge_into(document_, document); }

}  // namespace candor
