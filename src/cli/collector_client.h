// A collector, asked over its JSON interface by a command of its users.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "base/result.h"
#include "cli/command.h"
#include "wire/http_client.h"

namespace candor {

class CollectorClient {
 public:
  // By the options --server, --user and --password-file (with_collector_options).
  static Result<CollectorClient> from(const Context& context);

  // The answer's document. kNotFound for 404, kUnavailable for others, with what it says.
  Result<Json> get(std::string_view path_and_query);
  Result<Json> post(std::string_view path_and_query);

 private:
  explicit CollectorClient(std::string server)
      : server_(std::move(server)), client_(make_http_client()) {}
  Result<Json> send(std::string_view method, std::string_view path_and_query);

  std::string server_;
  std::vector<HttpHeader> headers_;
  std::unique_ptr<HttpClient> client_;
};

// The options that from() reads, and `more` behind them.
std::vector<Option> with_collector_options(std::vector<Option> more);

// What comes from outside, as names of undeclared members and values in quarantine do, without what
// would steer a terminal.
std::string printable(std::string text);

}  // namespace candor
