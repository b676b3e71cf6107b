// The agent's own address: metrics, health and version, for the operator's monitoring and whom the
// operator gives a password.
//
//   /metrics, /sonar          for who may see details
//   /actuator/health, /…/…    a word for everybody, details for who may see them
//   /version, /               for everybody
//
// With users in web.yml, who may see details has a password. Without, a client certificate that
// web.yml demands; where it demands none, who asks on this machine.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "base/json.h"
#include "base/mutex.h"
#include "metrics/family.h"
#include "wire/health_tree.h"
#include "wire/http_server.h"
#include "wire/web_config_file.h"

namespace candor {

// What is served; outlives the endpoint.
struct EndpointParts {
  // All there is now, within that time. On a thread of the endpoint's, one call at a time.
  std::function<std::vector<MetricFamily>(std::chrono::milliseconds limit)> metrics;
  std::chrono::milliseconds longest{0};  // its limit, where who asks has no less time
  // What was found out before: must not wait. Any thread.
  std::function<HealthTree()> health;
  // What is known of Sonar's scans (docs/formats/sonar.md); nothing where it does not run. The
  // same.
  std::function<std::optional<Json>()> sonar;
};

// What may be served at that address as that file says: without TLS or without users or client
// certificates only what cannot be reached from elsewhere.
Status check_endpoint(const std::string& listen, const WebConfig& web);

class Endpoint {
 public:
  // kCannotCreate when the address is taken.
  static Result<std::unique_ptr<Endpoint>> start(const std::string& listen,
                                                 std::shared_ptr<WebConfigFile> web,
                                                 EndpointParts parts);
  ~Endpoint();
  Endpoint(const Endpoint&) = delete;
  Endpoint& operator=(const Endpoint&) = delete;

  // "https://127.0.0.1:9443", with the port that the system chose.
  const std::string& url() const { return url_; }

 private:
  using Moment = std::chrono::steady_clock::time_point;
  struct Waiting {
    HttpRequest request;
    Respond respond;
    Moment since{};
  };
  // Requests that wait for one thread. Its own mutex, which is held for a moment.
  class Queue {
   public:
    // False when kMaxWaitingRequests are in it, or it is closed.
    bool put(Waiting waiting);
    // All there are, when there are some; none when it is closed.
    std::vector<Waiting> take();
    void close();

   private:
    Mutex mutex_;
    Condition came_;
    std::vector<Waiting> waiting_ CANDOR_GUARDED_BY(mutex_);
    bool closed_ CANDOR_GUARDED_BY(mutex_) = false;
  };
  enum class Sight { kAll, kSignIn, kWait, kCertificate, kLoopbackOnly };
  struct Standing {
    Sight sight;
    std::chrono::seconds wait{0};
  };

  Endpoint(std::shared_ptr<WebConfigFile> web, EndpointParts parts);
  void receive(HttpRequest&& request, const Respond& respond);
  bool needs_a_look(const HttpRequest& request);
  void answer(Waiting waiting);
  HttpResponse sonar() const;
  void put(Queue& queue, Waiting waiting);
  Standing standing_of(const HttpRequest& request);
  void look_at_passwords();
  void scrape();

  const std::shared_ptr<WebConfigFile> web_;
  const EndpointParts parts_;
  PasswordCheck passwords_;
  std::string url_;
  Queue unknown_;  // with a password that was not looked at before
  Queue scrapes_;  // who may see metrics
  std::unique_ptr<HttpServer> server_;
  std::thread looker_;
  std::thread scraper_;
};

}  // namespace candor
