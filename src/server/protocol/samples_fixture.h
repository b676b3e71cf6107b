// What the tests of protocols that send samples share.
#pragma once

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "base/files.h"
#include "contract/catalogue.h"
#include "server/admit/series_fixture.h"
#include "server/protocol/samples.h"

namespace candor {

// Product "acme", which lists a gauge, a counter, a histogram and a summary.
class SamplesTest : public testing::Test {
 protected:
  SamplesTest() {
    auto parsed = parse_contract(R"(candor = 1
[product]
name = "acme"
contact = "c@example.com"
accepts = ["otlp", "prometheus"]
[[channel]]
name = "monitoring"
about = "Load."
owner = "o"
[[channel.metric]]
name = "up"
type = "gauge"
labels = ["job", "number", "flag", "share"]
about = "A gauge."
[[channel.metric]]
name = "requests"
type = "counter"
about = "A counter."
[[channel.metric]]
name = "duration"
type = "histogram"
about = "A histogram."
[[channel.metric]]
name = "rpc"
type = "summary"
about = "A summary."
)",
                                 "acme.toml");
    EXPECT_TRUE(parsed.ok()) << parsed.error().message;
    std::vector<Catalogue::Entry> entries;
    entries.push_back({std::make_shared<const Contract>(*std::move(parsed)), {}, false});
    auto opened = Catalogue::open(std::move(entries), archive_.path());
    EXPECT_TRUE(opened.ok()) << opened.error().message;
    catalogue_ = *std::move(opened);
  }

  SamplesOrRefusal read_at(std::string_view path, std::span<const SampleRoute> routes,
                           std::string body, std::vector<HttpHeader> headers) {
    const auto route = std::ranges::find(routes, path, &SampleRoute::path);
    HttpRequest request;
    request.body = std::move(body);
    request.headers = std::move(headers);
    return route->read(IncomingRequest{request, "", received_, nullptr, nullptr, &known_},
                       catalogue_, hash_);
  }

  static SampleBatch taken(SamplesOrRefusal read) {
    if (const auto* refusal = std::get_if<Refusal>(&read)) {
      ADD_FAILURE() << refusal->status << " " << refusal->reason << ": " << refusal->message;
      return {};
    }
    return std::get<SampleBatch>(std::move(read));
  }

  // "400 bad_document"; "taken" when it was. Every refusal says something to people, too.
  static std::string refused(const SamplesOrRefusal& read) {
    const auto* refusal = std::get_if<Refusal>(&read);
    if (refusal == nullptr) return "taken";
    EXPECT_TRUE(refusal->message.ends_with('.') && refusal->message.find(' ') != std::string::npos)
        << refusal->message;
    return std::to_string(refusal->status) + " " + refusal->reason;
  }

  // "up {"job":"j"} 1.5" for each sample.
  static std::string series_of(const SampleBatch& batch) {
    std::string text;
    for (const auto& series : read_all(batch.admitted.series)) {
      for (const auto& sample : series.samples)
        text += fmt::format("{} {} {}\n", series.metric, series.labels, sample.value);
    }
    return text;
  }

  std::int64_t now() const { return to_unix_millis(received_); }

  const Instant received_ = *parse_rfc3339("2026-11-21T07:00:00Z");
  const HashHere hash_{"key"};
  KnownSeries known_;
  TemporaryFolder archive_;
  Catalogue catalogue_;
};

}  // namespace candor
