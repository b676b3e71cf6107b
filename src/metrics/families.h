// Families as they are collected.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "metrics/family.h"

namespace candor {

// In the order of their first samples. Not thread-safe.
class Families {
 public:
  // The family of that name, made if it is not there. Until the next call.
  MetricFamily& of(std::string_view name, std::optional<MetricType> type, std::string_view help);
  void gauge(std::string_view name, std::string_view help, double value,
             std::vector<FamilyLabel> labels = {}) {
    of(name, MetricType::kGauge, help).add(value, std::move(labels));
  }
  void counter(std::string_view name, std::string_view help, double value,
               std::vector<FamilyLabel> labels = {}) {
    of(name, MetricType::kCounter, help).add(value, std::move(labels));
  }
  // Families of others: what they have is added to those of the same names.
  void add(std::vector<MetricFamily> families);
  std::vector<MetricFamily> take() && { return std::move(families_); }

 private:
  std::vector<MetricFamily> families_;
  std::map<std::string, std::size_t, std::less<>> places_;
};

}  // namespace candor
