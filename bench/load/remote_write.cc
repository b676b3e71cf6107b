// Bodies of remote write 1.0.
//
//   message WriteRequest { repeated TimeSeries timeseries = 1; }
//   message TimeSeries { repeated Label labels = 1; repeated Sample samples = 2; }
//   message Label { string name = 1; string value = 2; }
//   message Sample { double value = 1; int64 timestamp = 2; }
#include <snappy.h>

#include <algorithm>
#include <cstring>
#include <fstream>
#include <stdexcept>
#include <utility>

#include "load/requests.h"

namespace candor::load {
namespace {

constexpr char kFirst = 1 << 3 | 2;   // field 1, bytes
constexpr char kSecond = 2 << 3 | 2;  // field 2, bytes
constexpr char kValue = 1 << 3 | 1;   // field 1, a double
constexpr char kTime = 2 << 3;        // field 2, a number

struct Series {
  std::string labels;  // as fields of TimeSeries
  double value = 0;
};

void put_varint(std::string& out, std::uint64_t value) {
  for (; value >= 0x80; value >>= 7) out += static_cast<char>(value | 0x80);
  out += static_cast<char>(value);
}

void put_bytes(std::string& out, char tag, std::string_view bytes) {
  out += tag;
  put_varint(out, bytes.size());
  out += bytes;
}

// A line `name{label="value",…} value time`; the values have no escapes.
Series parse(const std::string& line) {
  const auto open = line.find('{'), close = line.find("} ");
  if (open == std::string::npos || close == std::string::npos)
    throw std::runtime_error("No series: " + line);
  std::vector<std::pair<std::string, std::string>> labels = {{"__name__", line.substr(0, open)}};
  for (auto at = open + 1; at < close;) {
    const auto equals = line.find("=\"", at), end = line.find('"', equals + 2);
    if (equals == std::string::npos || end == std::string::npos)
      throw std::runtime_error("No series: " + line);
    labels.emplace_back(line.substr(at, equals - at), line.substr(equals + 2, end - equals - 2));
    at = end + 2;
  }
  std::sort(labels.begin(), labels.end());  // as Prometheus sends them
  Series series;
  for (const auto& [name, value] : labels) {
    std::string label;
    put_bytes(label, kFirst, name);
    put_bytes(label, kSecond, value);
    put_bytes(series.labels, kFirst, label);
  }
  series.value = std::stod(line.substr(close + 2));
  return series;
}

void put_series(std::string& out, const Series& series, double value, std::int64_t time,
                std::string& scratch) {
  scratch.clear();
  scratch += kValue;
  char bits[sizeof value];
  std::memcpy(bits, &value, sizeof value);
  scratch.append(bits, sizeof bits);
  scratch += kTime;
  put_varint(scratch, static_cast<std::uint64_t>(time));
  const auto sample_size = scratch.size();
  out += kFirst;
  put_varint(out, series.labels.size() + 2 + sample_size);  // of a sample below 128 bytes
  out += series.labels;
  put_bytes(out, kSecond, scratch);
}

}  // namespace

ScrapedRequests requests_of_series(const std::string& file, const Scrapes& scrapes,
                                   const Head& head) {
  std::ifstream in(file);
  if (!in) throw std::runtime_error(file + " cannot be read.");
  std::vector<Series> all;
  for (std::string line; std::getline(in, line);) all.push_back(parse(line));
  if (all.empty()) throw std::runtime_error(file + " has no series.");
  ScrapedRequests made;
  made.lanes = (all.size() + scrapes.per_request - 1) / scrapes.per_request;
  std::string message, packed, scratch;
  for (std::uint32_t scrape = 0; scrape < scrapes.scrapes; ++scrape) {
    const auto time = scrapes.first_ms + scrape * scrapes.interval_ms;
    for (std::size_t from = 0; from < all.size(); from += scrapes.per_request) {
      const auto to = std::min<std::size_t>(from + scrapes.per_request, all.size());
      message.clear();
      for (auto i = from; i < to; ++i) {
        // Each grows by an amount of its own, so that packing finds what it finds in real counters.
        const auto grown = all[i].value + scrape * static_cast<double>(1 + i % 37);
        put_series(message, all[i], grown, time, scratch);
      }
      snappy::Compress(message.data(), message.size(), &packed);
      made.requests.push_back(
          make_request(head, packed, {}, static_cast<std::uint32_t>(to - from)));
    }
  }
  return made;
}

}  // namespace candor::load
