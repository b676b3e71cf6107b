// The series of a list as values, for tests.
#pragma once

#include <string>
#include <vector>

#include "server/admit/series_list.h"

namespace candor {

struct ReadSeries {
  std::uint64_t id = 0;
  std::string metric, labels, installation;
  std::vector<AdmittedSample> samples;
};

inline std::vector<ReadSeries> read_all(const SeriesList& list) {
  std::vector<ReadSeries> all;
  SeriesReader reader(list.bytes());
  while (reader.next()) {
    const auto name = reader.name();
    ReadSeries series{name.id,
                      std::string(name.metric),
                      std::string(name.labels),
                      std::string(name.installation),
                      {}};
    for (std::size_t i = 0; i < reader.size(); ++i) series.samples.push_back(reader.sample(i));
    all.push_back(std::move(series));
  }
  return all;
}

}  // namespace candor
