// The relay as it runs in `candor agent`: its HTTP server, one thread that seals, one that sends.
#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "agent/events.h"
#include "agent/relay/event_desk.h"
#include "agent/relay/relay_books.h"
#include "base/environment.h"
#include "base/mutex.h"
#include "config/paths.h"
#include "visitor/visitors.h"
#include "wire/http_client.h"
#include "wire/http_server.h"

namespace candor {

// Made, told and ended by one thread.
class Relay {
 public:
  // kCannotCreate when the address is taken. `agent` says where the state folder is.
  static Result<std::unique_ptr<Relay>> start(const Paths& paths, const Environment& environment,
                                              const RelayOptions& options, const Agent& agent);
  // Seals what is in memory; ends within some seconds.
  ~Relay();
  Relay(const Relay&) = delete;
  Relay& operator=(const Relay&) = delete;

  const RelayOptions& options() const { return options_; }

  // Something may have changed: decision, channels, consent, configuration, contract. The threads
  // that seal and send look by themselves before they do.
  void follow();

 private:
  Relay(const Paths& paths, const Environment& environment, const RelayOptions& options,
        const Agent& agent);
  Status begin();
  AgentWorld world(std::shared_ptr<const std::atomic<bool>> stands) const;
  enum class Files { kWhenChanged, kAlways };
  void look(Files files) CANDOR_REQUIRES(looking_);
  void look_who_it_is() CANDOR_REQUIRES(looking_);
  void settle(std::string_view reason);
  void seal_all(const std::stop_token& stop);
  std::size_t seal() CANDOR_REQUIRES(looking_);
  void keep(const EventHarvest& harvest) CANDOR_REQUIRES(looking_);
  void send_all(const std::stop_token& stop);
  bool wait_to_send(const std::stop_token& stop);
  std::shared_ptr<const Agent> look_before_sending();
  void send(const Agent& agent);
  void failed(const Agent& agent, const Error& error, std::optional<Millis> asked);
  void work_came();
  void tell(const Error& error);

  const Paths paths_;
  const Environment environment_;
  const RelayOptions options_;
  const StateFolder state_;
  const StateFolder relay_;
  std::atomic<bool> stopping_ = false;
  std::atomic<bool> in_outage_ = false;

  Visitors visitors_;
  SaltKeeper salt_keeper_;
  RelayBooks books_;
  EventDesk desk_;
  std::unique_ptr<HttpServer> server_;

  // What may leave, and where to; what differs from it ends a transfer that is under way.
  struct Terms {
    ChannelSet channels;  // of events; empty: nothing may leave
    std::string contract;
    std::vector<std::string> uplink;  // all that it is told; empty: it cannot be sent to
    std::string domain;
    bool operator==(const Terms&) const = default;
  };
  // Held while that is looked at, and while events become a file: so a look finds each file. Taken
  // before every other one.
  Mutex looking_;
  Terms terms_ CANDOR_GUARDED_BY(looking_);
  EventLeavePtr leave_ CANDOR_GUARDED_BY(looking_);
  std::string installation_ CANDOR_GUARDED_BY(looking_);
  std::shared_ptr<std::atomic<bool>> stand_ CANDOR_GUARDED_BY(looking_);  // whether they still do

  Mutex mutex_;
  Condition told_;
  std::shared_ptr<const Agent> agent_ CANDOR_GUARDED_BY(mutex_);
  bool may_send_ CANDOR_GUARDED_BY(mutex_) = false;
  bool work_ CANDOR_GUARDED_BY(mutex_) = false;
  bool begin_anew_ CANDOR_GUARDED_BY(mutex_) = false;  // what failed says nothing any more
  std::string said_ CANDOR_GUARDED_BY(mutex_);         // the last trouble that was logged

  // Of the thread that sends.
  const std::unique_ptr<HttpClient> client_;  // kept: so is its connection
  int failures_ = 0;
  std::optional<std::chrono::steady_clock::time_point> again_;

  std::jthread sealer_;
  std::jthread sender_;
};

}  // namespace candor
