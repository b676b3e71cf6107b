// What installations push, passed on to Prometheus, or another that takes remote write. It waits in
// memory: what must not be lost is in the journal before.
#pragma once

#include <atomic>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "base/clock.h"
#include "base/mutex.h"
#include "config/ops_config.h"
#include "metrics/families.h"
#include "wire/http_client.h"
#include "wire/remote_write.h"

namespace candor {

// Names of installations, by what admission made of their ids. A value.
class InstallationNames {
 public:
  using Keyed = std::function<std::string(std::string_view)>;  // as admission hashes labels
  InstallationNames(const std::vector<PushedInstallation>& pushed, const Keyed& keyed);

  // The configured one, or the beginning of the hash. `installation` is what admission kept.
  std::string name_of(const std::string& installation, const Keyed& keyed) const;

 private:
  std::map<std::string, std::string, std::less<>> names_;
};

// How many samples became what.
struct PassedOn {
  std::uint64_t written = 0;  // into the message
  std::uint64_t left_out =
      0;  // no names or times of Prometheus's, of nobody, or not to be told apart
};

// Adds admitted series (server/admit/series_list.h) to a message, with the labels `installation`,
// `instance`, unless there is one, and `product`. Pure.
PassedOn write_series(std::string_view series, std::string_view product,
                      const InstallationNames& names, const InstallationNames::Keyed& keyed,
                      Instant now, RemoteWriteMessage& message);

// All functions are safe from any thread.
class PassOn {
 public:
  struct Parts {
    InstallationNames::Keyed keyed;
    std::function<std::unique_ptr<HttpClient>()> make_client = make_http_client;
    const Clock* clock = &system_clock();
    // The wait before the next try, of at most so long.
    std::function<std::chrono::milliseconds(std::chrono::milliseconds)> jitter{};
  };
  PassOn(Parts parts, const std::vector<PushedInstallation>& pushed);
  ~PassOn();  // what still waits is not passed on
  PassOn(const PassOn&) = delete;
  PassOn& operator=(const PassOn&) = delete;

  // Where to; until then it waits. Once.
  void begin(std::string url);
  void name(const std::vector<PushedInstallation>& pushed);

  // Admitted series of one request; never waits. Beyond the limits the oldest go.
  void take(std::string product, std::string series, std::uint64_t samples);

  void add_metrics(Families& metrics) const;

 private:
  struct Request {
    std::string product;
    std::string series;
    std::uint64_t samples = 0;
  };
  enum class Fate { kPassed, kRefused, kAgain, kError };  // kError: maybe what it is sent
  void run();
  bool next(Request& request);
  void pass(const Request& request);
  Fate post(const std::string& block);
  bool wait_before_again(int tries);
  void tell(const std::string& trouble);
  void count(std::uint64_t PassOn::*which, std::uint64_t samples);

  const Parts parts_;
  std::atomic<bool> stopping_ = false;
  mutable Mutex mutex_;
  Condition changed_;
  std::string url_ CANDOR_GUARDED_BY(mutex_);
  std::shared_ptr<const InstallationNames> names_ CANDOR_GUARDED_BY(mutex_);
  std::deque<Request> waiting_ CANDOR_GUARDED_BY(mutex_);
  std::size_t bytes_ CANDOR_GUARDED_BY(mutex_) = 0;  // of waiting_
  // Samples, by what became of them.
  std::uint64_t passed_ CANDOR_GUARDED_BY(mutex_) = 0;
  std::uint64_t refused_ CANDOR_GUARDED_BY(mutex_) = 0;
  std::uint64_t dropped_ CANDOR_GUARDED_BY(mutex_) = 0;
  std::uint64_t left_out_ CANDOR_GUARDED_BY(mutex_) = 0;
  // Of the thread:
  std::unique_ptr<HttpClient> client_;
  std::string to_;
  std::string told_;  // the last trouble that was logged
  std::jthread thread_;
};

}  // namespace candor
