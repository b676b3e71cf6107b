// Messages of Prometheus's remote write 1.0, written; server/protocol reads them. Pure: the same
// series make the same bytes, by which a receiver knows what comes again.
// https://prometheus.io/docs/specs/prw/remote_write_spec/
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "wire/http_client.h"

namespace candor {

// Views; valid while what they show is.
struct WrittenLabel {
  std::string_view name;
  std::string_view value;
};
struct WrittenSample {
  std::int64_t at = 0;  // milliseconds since 1970
  double value = 0;     // also NaN and infinities
};

class RemoteWriteMessage {
 public:
  // One series: the metric's name, its labels in any order and each once, its samples by time. An
  // empty label is as if it were not there.
  void add(std::string_view metric, std::vector<WrittenLabel> labels,
           std::span<const WrittenSample> samples);

  std::size_t bytes() const { return message_.size(); }  // unpacked
  // The body of the request: the message as one block of snappy.
  std::string block() const;

 private:
  std::string message_;
};

// What such a request says of its body.
std::vector<HttpHeader> remote_write_headers();

}  // namespace candor
