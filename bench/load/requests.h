// Requests that are made before the clock starts: complete bytes, of which only numbered ids change
// from one sending to the next.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace candor::load {

// What makes each sending another one: after each `marker` in a body, `width` digits that begin
// `offset` bytes later are overwritten by a number that grows by one each time.
struct Numbering {
  std::string marker;  // empty: nothing is numbered
  std::size_t offset = 0;
  std::size_t width = 0;
  bool hex = true;
};

struct Request {
  std::string bytes;                // head and body
  std::vector<std::size_t> places;  // of the digits in bytes
  std::uint32_t items = 1;          // events or samples in it
};

struct Head {
  std::string method = "POST";
  std::string host;
  std::string path = "/";
  std::vector<std::string> headers;  // "Name: value"
};

Request make_request(const Head& head, std::string_view body, const Numbering& numbering,
                     std::uint32_t items);

// Each line of a file, or `group` of them put together, is a body. Lines that do not fill the last
// group are left out. Throws std::runtime_error.
struct Grouping {
  std::uint32_t group = 1;
  std::string before, between, after;
};
std::vector<Request> requests_of_lines(const std::string& file, const Grouping& grouping,
                                       const Head& head, const Numbering& numbering);

// Each file is a body. Throws std::runtime_error.
std::vector<Request> requests_of_files(const std::vector<std::string>& files, const Head& head,
                                       const Numbering& numbering);

// Prometheus's remote write 1.0, snappy and all: the series of a file in its text format, `scrapes`
// times, `per_request` series in each request. A scrape is `interval` later than the one before,
// and counters have grown; the file's own times are not used. Throws std::runtime_error.
struct Scrapes {
  std::int64_t first_ms = 0;
  std::int64_t interval_ms = 15'000;
  std::uint32_t scrapes = 1;
  std::uint32_t per_request = 500;
};
struct ScrapedRequests {
  std::vector<Request> requests;  // scrape by scrape
  std::size_t lanes = 1;          // requests of a scrape: number i is of the series of i % lanes
};
ScrapedRequests requests_of_series(const std::string& file, const Scrapes& scrapes,
                                   const Head& head);

}  // namespace candor::load
