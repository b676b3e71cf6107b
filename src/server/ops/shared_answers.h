// Documents that many ask for and that take long: each is made once for all who wait.
#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/mutex.h"
#include "wire/http_server.h"

namespace candor {

// Safe from any thread. Who waits is a connection each, and those have their own limit.
class SharedAnswers {
 public:
  using Moment = std::chrono::steady_clock::time_point;

  // The answer that was made less than kOpsKeptTime ago.
  std::optional<HttpResponse> kept(std::string_view key, Moment now) const;

  // Responds with what is kept, or with what somebody makes already. True: the caller is to make
  // it, and then calls made(), whatever came of it.
  bool wants(const std::string& key, Respond respond, Moment now);

  // Responds to all who wait, and keeps what is good.
  void made(const std::string& key, const HttpResponse& response, Moment now);

 private:
  struct Kept {
    HttpResponse response;
    Moment at;
  };
  const HttpResponse* find(std::string_view key, Moment now) const CANDOR_REQUIRES(mutex_);

  mutable Mutex mutex_;
  std::map<std::string, Kept, std::less<>> kept_ CANDOR_GUARDED_BY(mutex_);
  std::map<std::string, std::vector<Respond>, std::less<>> waiting_ CANDOR_GUARDED_BY(mutex_);
};

}  // namespace candor
