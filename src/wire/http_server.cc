#include "wire/http_server.h"

#include <algorithm>

#include "base/mutex.h"
#include "wire/http_listener.h"
#include "wire/http_reactor.h"

namespace candor {
namespace {

class Server final : public HttpServer {
 public:
  Server(HttpServerOptions options, HttpHandler handler)
      : options_(std::move(options)), handler_(std::move(handler)) {}

  ~Server() override { stop(std::chrono::milliseconds(0)); }

  Status listen() {
    CANDOR_ASSIGN(listener, HttpListener::open(options_.listen));
    listener_ = std::move(listener);
    for (int i = 0; i < std::max(1, options_.threads); ++i) {
      reactors_.push_back(std::make_unique<HttpReactor>(
          options_, handler_, *listener_,
          [this]() -> HttpMailbox& { return next_reactor().mailbox(); }));
      CANDOR_TRY(reactors_.back()->prepare());
    }
    {
      const MutexLock lock(mutex_);
      running_ = reactors_.size();
    }
    for (auto& reactor : reactors_) reactor->start([this] { ended(); });
    return Ok{};
  }

  std::uint16_t port() const override { return listener_->port(); }

  void stop(std::chrono::milliseconds grace) override {
    if (!listener_) return;
    listener_->stop();
    for (auto& reactor : reactors_) reactor->finish();
    wait_for_reactors(grace);
    for (auto& reactor : reactors_) reactor->end();
    for (auto& reactor : reactors_) reactor->join();
    listener_->close();
  }

 private:
  HttpReactor& next_reactor() {
    return *reactors_[next_.fetch_add(1, std::memory_order_relaxed) % reactors_.size()];
  }

  void ended() {
    const MutexLock lock(mutex_);
    --running_;
    one_ended_.notify_all();
  }

  void wait_for_reactors(std::chrono::milliseconds grace) {
    const auto deadline = std::chrono::steady_clock::now() + grace;
    const MutexLock lock(mutex_);
    while (running_ > 0) {
      const auto left = deadline - std::chrono::steady_clock::now();
      if (left <= std::chrono::steady_clock::duration::zero()) return;
      one_ended_.wait_for(mutex_, left);
    }
  }

  const HttpServerOptions options_;
  const HttpHandler handler_;
  std::unique_ptr<HttpListener> listener_;
  std::vector<std::unique_ptr<HttpReactor>> reactors_;
  std::atomic<unsigned> next_{0};
  Mutex mutex_;
  Condition one_ended_;
  std::size_t running_ CANDOR_GUARDED_BY(mutex_) = 0;
};

}  // namespace

Result<std::unique_ptr<HttpServer>> HttpServer::start(HttpServerOptions options,
                                                      HttpHandler handler) {
  auto server = std::make_unique<Server>(std::move(options), std::move(handler));
  CANDOR_TRY(server->listen());
  return std::unique_ptr<HttpServer>(std::move(server));
}

}  // namespace candor
