// Sends requests over keep-alive connections from one thread, and measures how long answers take.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "load/histogram.h"
#include "load/requests.h"

namespace candor::load {

struct Plan {
  std::string host = "127.0.0.1";
  std::uint16_t port = 0;
  int connections = 1;
  double seconds = 0;        // nothing is sent after that; 0: until `most` are sent
  std::uint64_t most = 0;    // requests; 0: no bound
  double rate = 0;           // requests a second, evenly; 0: each connection sends on an answer
  std::size_t lanes = 0;     // requests i % lanes keep to one connection; 0: any takes the next
  std::uint64_t number = 0;  // the first id
  double patience = 120;     // seconds without an answer that end the run
};

struct Tally {
  std::uint64_t sent = 0;
  std::map<int, std::uint64_t> statuses;  // answers; 0: the connection ended without one
  std::uint64_t items = 0;                // in requests that were answered 2xx
  std::uint64_t bytes = 0;                // sent, heads included
  std::uint64_t next_number = 0;
  double seconds = 0;  // from the first sending to the last answer
  // From when a request was due to its answer; with a rate that is earlier than its sending where
  // all connections were busy, so that a stall counts for all that it held up.
  Histogram latency;
  std::string first_failure;  // the head and body of the first answer that is not 2xx
};

// Requests are taken in their order, again from the first when all were sent. Their digits are
// overwritten. Throws std::runtime_error when the server cannot be reached.
Tally send_all(const Plan& plan, const Numbering& numbering, std::vector<Request>& requests);

}  // namespace candor::load
