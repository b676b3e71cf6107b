// The parts of node.h, each of the files of one subject. Pure but for reading; kUnavailable or
// kBadData when a file that every machine has is missing or of another form.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "agent/monitor/mounts.h"
#include "base/files.h"
#include "base/result.h"
#include "metrics/family.h"

namespace candor {

// Families in the order of their first samples.
class Families {
 public:
  // The family of that name, made if it is not there. Until the next call.
  MetricFamily& of(std::string_view name, std::optional<MetricType> type, std::string_view help);
  void gauge(std::string_view name, std::string_view help, double value,
             std::vector<MetricLabel> labels = {}) {
    of(name, MetricType::kGauge, help).add(value, std::move(labels));
  }
  void counter(std::string_view name, std::string_view help, double value,
               std::vector<MetricLabel> labels = {}) {
    of(name, MetricType::kCounter, help).add(value, std::move(labels));
  }
  std::vector<MetricFamily> take() && { return std::move(families_); }

 private:
  std::vector<MetricFamily> families_;
  std::map<std::string, std::size_t, std::less<>> places_;
};

Status add_cpu(const Path& root, Families& families);     // also boot time, processes, switches
Status add_memory(const Path& root, Families& families);  // also what was paged and killed
Status add_load(const Path& root, Families& families);
Status add_pressure(const Path& root, Families& families);  // nothing where the kernel has none
Status add_descriptors(const Path& root, Families& families);
Status add_disks(const Path& root, Families& families);
Status add_network(const Path& root, Families& families);
Status add_clock(Families& families);  // of this machine, whatever the root
Status add_uname(Families& families);
Status add_file_systems(const Path& root, Mounts& mounts, Families& families);

}  // namespace candor
