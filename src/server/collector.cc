#include "server/collector.h"

#include <fmt/format.h>
#include <malloc.h>

#include <algorithm>
#include <atomic>
#include <functional>
#include <thread>

#include "server/crashes/fixed_crashes.h"
#include "server/forgetting.h"
#include "server/insight_keeper.h"
#include "server/limits.h"
#include "server/load/loader.h"
#include "server/ops/operations.h"
#include "server/question_pool.h"
#include "server/rate_limits.h"
#include "server/receiver.h"
#include "server/record/intake.h"
#include "server/setup.h"
#include "server/site.h"
#include "server/watch.h"
#include "visitor/visitors.h"
#include "wire/url.h"

namespace candor {
namespace {

// "/p/PRODUCT/rest" as PRODUCT and "/rest"; any other path with an empty PRODUCT.
std::pair<std::string, std::string> split_prefix(const std::string& path) {
  if (!path.starts_with("/p/")) return {"", path};
  const auto slash = path.find('/', 3);
  if (slash == std::string::npos) return {"", path};
  return {path.substr(3, slash - 3), path.substr(slash)};
}

// Requests and blocks are given back to malloc by the thousand a second: what it returns to the
// system at once comes back page by page, and each page is a fault.
void keep_freed_memory() {
  ::mallopt(M_MMAP_THRESHOLD, kLargeAllocationBytes);
  ::mallopt(M_TRIM_THRESHOLD, kKeptMemoryBytes);
}

class CollectorProcess final : public Collector {
 public:
  CollectorProcess(const ServerConfig& config, FileLock lock)
      : config_(config), data_(config.data), lock_(std::move(lock)) {}

  ~CollectorProcess() override { stop(); }

  // The row, in the order of the data: each part is given the ones before it.
  Status start() {
    CANDOR_ASSIGN(web, open_web_config(config_));
    web_ = std::move(web);
    CANDOR_ASSIGN(catalogue, open_catalogue(config_, data_));
    catalogue_ = std::make_unique<Catalogue>(std::move(catalogue));
    CANDOR_ASSIGN(key, open_receipt_key(data_));
    key_ = std::make_unique<SigningKey>(std::move(key));
    CANDOR_ASSIGN(address, engine_address(config_, data_));
    address_ = std::move(address);
    CANDOR_TRY(start_engine());

    CANDOR_ASSIGN(seen, Seen::open(data_.seen(), data_.seen_events(), system_clock().now()));
    JournalOptions journal_options;
    journal_options.folder = data_.journal();
    journal_options.on_found = [&seen](Position position, std::string_view record) {
      auto added = seen.add(position, record, system_clock().now());
      return added.ok() ? std::move(added) : Status(std::move(added).error().in("the journal"));
    };
    journal_options.max_bytes = config_.journal_max_bytes;
    CANDOR_ASSIGN(journal, Journal::open(journal_options));
    journal_ = std::move(journal);
    CANDOR_ASSIGN(tombstones, Tombstones::open(data_.forgotten()));
    tombstones_ = std::move(tombstones);
    intake_ =
        std::make_unique<Intake>(*journal_, std::move(seen), system_clock(), tombstones_.get());
    CANDOR_ASSIGN(loader, Loader::start({data_.checkpoint(), data_.tables(), data_.pause(),
                                         address_, tombstones_.get(), in_time_},
                                        *journal_, *catalogue_, [this](Position loaded) {
                                          return intake_->release(loaded);
                                        }));
    loader_ = std::move(loader);
    CANDOR_ASSIGN(hash_key, open_hash_key(data_));
    hash_ = std::make_unique<HashHere>(hash_key);
    const auto keyed = [this](std::string_view text) { return hash_->keyed(text); };
    forgetting_ = std::make_unique<Forgetting>(Forgetting::Parts{
        *tombstones_, *intake_, *journal_, *loader_, *key_, system_clock(), address_, keyed});
    visitors_ = std::make_unique<Visitors>(config_.trusted_proxies);
    salt_keeper_ = std::make_unique<SaltKeeper>(*visitors_, system_clock());
    limits_ = RateLimits::of(config_, *catalogue_);
    watch_ = std::make_unique<Watch>(Watch::Watched{journal_.get(), loader_.get(), intake_.get(),
                                                    engine_.get(), address_, data_.root, in_time_,
                                                    web_->tls_source(), limits_.get()});
    pool_ = std::make_unique<QuestionPool>(address_, kQuestionThreads, in_time_);
    sign_in_pool_ = std::make_unique<QuestionPool>(address_, kSignInThreads, in_time_);
    insights_ = std::make_unique<InsightKeeper>(
        InsightKeeper::Parts{*catalogue_, *key_, system_clock(), address_, config_.insights_every,
                             in_time_, data_.fixed_crashes()});
    if (config_.ops.enabled) {
      CANDOR_ASSIGN(operations, Operations::open(data_.operations(), config_.ops, config_.monitor,
                                                 run_process, keyed));
      operations_ = std::move(operations);
      operations_pool_ = std::make_unique<QuestionPool>(address_, kOperationsThreads, in_time_);
    }
    receiver_ = std::make_unique<Receiver>(*catalogue_, *intake_, *key_, hash_key, system_clock(),
                                           visitors_.get(), pass_on());
    CANDOR_ASSIGN(session_key, open_session_key(data_));
    site_ = std::make_unique<Site>(
        Site::Parts{*catalogue_, *intake_, *hash_, *watch_, *key_, *web_, config_.trusted_proxies,
                    system_clock(), *pool_, *sign_in_pool_, crash_details_, *insights_, session_key,
                    operations_.get(), operations_pool_.get(), in_time_});
    CANDOR_TRY(listen());
    if (operations_) operations_->begin(own_url());
    return Ok{};
  }

  std::uint16_t port() const override { return http_->port(); }

  std::string url() const override {
    return fmt::format("{}://{}", web_->now()->tls ? "https" : "http",
                       with_port(config_.listen, port()));
  }

  bool reconfigure(const ServerConfig& config) override {
    if (operations_ == nullptr || !config.ops.enabled) return false;
    operations_->apply(config.ops, config.monitor);
    return true;
  }

  Status wait_ready(std::chrono::milliseconds limit) override {
    const auto deadline = std::chrono::steady_clock::now() + limit;
    auto ready = engine_ ? engine_->wait_ready(limit) : Status(Ok{});
    while (ready.ok() && !loader_->state().ready) {
      if (std::chrono::steady_clock::now() > deadline)
        ready = Error{ErrorKind::kUnavailable, loader_->state().trouble};
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    watch_->look_again();
    if (ready.ok()) return ready;
    // What is wrong with it says more than that it does not answer.
    auto trouble = watch_->condition().store_trouble;
    return trouble.empty() ? ready : Error{ErrorKind::kUnavailable, std::move(trouble)};
  }

  void stop() override {
    waits_until_ = std::chrono::steady_clock::now() + kStopGrace;
    // Against the flow: nothing new comes in, then each part finishes what it was given before what
    // it looks at goes: questions use site, watch and loader, and the intake's last answers the
    // receiver. The server object goes last: answers may still be on their way to it.
    if (http_) http_->stop(kStopGrace);
    operations_pool_.reset();
    sign_in_pool_.reset();
    pool_.reset();
    site_.reset();
    operations_.reset();
    insights_.reset();
    watch_.reset();
    forgetting_.reset();
    loader_.reset();
    intake_.reset();
    receiver_.reset();
    journal_.reset();
    if (engine_) engine_->stop();
    engine_.reset();
    http_.reset();
  }

 private:
  // Where a program on this machine asks, also when it listens on all addresses.
  std::string own_url() const {
    auto host = config_.listen.substr(0, config_.listen.rfind(':'));
    if (host.empty() || host == "0.0.0.0") host = "127.0.0.1";
    if (host == "[::]") host = "[::1]";
    return fmt::format("{}://{}:{}", web_->now()->tls ? "https" : "http", host, port());
  }

  Status start_engine() {
    if (!is_embedded(config_)) return Ok{};
    SupervisorOptions options;
    options.data = data_.engine();
    options.socket = data_.engine_socket();
    CANDOR_ASSIGN(engine, EngineSupervisor::start(std::move(options)));
    engine_ = std::move(engine);
    return Ok{};
  }

  // What admission kept of samples goes on to Prometheus, once it is on disk.
  Receiver::PassOn pass_on() {
    if (!operations_) return {};
    // The intake's last answers come when the operations have ended.
    return [to = operations_->pass_on()](const std::string& product, std::string series,
                                         std::uint64_t samples) {
      to->take(product, std::move(series), samples);
    };
  }

  Status listen() {
    HttpServerOptions options;
    options.listen = config_.listen;
    options.threads = std::clamp(static_cast<int>(std::thread::hardware_concurrency()),
                                 kMinReceivingThreads, kMaxReceivingThreads);
    options.tls = web_->tls_source();
    options.body_limit = [](std::string_view, std::string_view path) {
      const auto [prefix, rest] = split_prefix(std::string(path));
      return std::max(Receiver::body_limit(rest), kMaxOtherBodyBytes);
    };
    options.on_bad_request = [this](int status, std::string_view path, std::string_view why) {
      const char* reason = status == 413   ? "too_large"
                           : status == 431 ? "header_too_large"
                           : status == 408 ? "too_slow"
                                           : "bad_request";
      const auto [prefix, rest] = split_prefix(std::string(path));
      if (status == 413 || status == 408)
        return receiver_->refuse_unread(rest, prefix, {status, reason, std::string(why), "", ""});
      return error_answer(status, reason, why);
    };
    HttpHandler handler = [this](HttpRequest&& request, const Respond& respond) {
      const auto [prefix, rest] = split_prefix(request.path);
      if (limits_ && over_limit(request, rest, prefix, respond)) return;
      if (Forgetting::takes(rest)) return forgetting_->answer(request, prefix, respond);
      if (Receiver::takes(rest))
        return receiver_->receive(std::move(request), rest, prefix, respond);
      site_->answer(std::move(request), respond);
    };
    if (!config_.web_config_file.empty()) handler = framed_by(web_, std::move(handler));
    CANDOR_ASSIGN(http, HttpServer::start(std::move(options), std::move(handler)));
    http_ = std::move(http);
    return Ok{};
  }

  // Whether it is one too many, and was answered so.
  bool over_limit(const HttpRequest& request, const std::string& path, const std::string& prefix,
                  const Respond& respond) {
    // What a browser asks before it sends is no request of its own; pages have no limit.
    const bool counts = Receiver::takes(path) || Forgetting::takes(path);
    if (!counts || request.method == "OPTIONS") return false;
    const auto over = limits_->take(request, prefix, std::chrono::steady_clock::now());
    if (!over) return false;
    auto response = receiver_->refuse_unread(
        request, path, prefix,
        {429, "rate_limited",
         "There are too many requests a second. Nothing was stored; send it "
         "again later.",
         over->product, ""});
    std::erase_if(response.headers,
                  [](const auto& header) { return header.name == "Retry-After"; });
    response.headers.push_back({"Retry-After", std::to_string(over->wait.count())});
    respond(std::move(response));
    return true;
  }

  // Until when the store is waited for: a hung one must not hold up the end.
  std::atomic<std::chrono::steady_clock::time_point> waits_until_ =
      std::chrono::steady_clock::time_point::max();
  const std::function<bool()> in_time_ = [this] {
    return std::chrono::steady_clock::now() < waits_until_.load();
  };
  const ServerConfig config_;
  const DataFolder data_;
  const FileLock lock_;
  std::shared_ptr<WebConfigFile> web_;
  EngineAddress address_;
  std::unique_ptr<Catalogue> catalogue_;
  std::unique_ptr<SigningKey> key_;
  std::unique_ptr<EngineSupervisor> engine_;
  std::unique_ptr<Journal> journal_;
  std::unique_ptr<Tombstones> tombstones_;
  std::unique_ptr<Intake> intake_;
  std::unique_ptr<Loader> loader_;
  std::unique_ptr<Forgetting> forgetting_;
  std::unique_ptr<Visitors> visitors_;
  std::unique_ptr<SaltKeeper> salt_keeper_;
  std::unique_ptr<HashHere> hash_;
  std::unique_ptr<RateLimits> limits_;  // nullptr: none
  std::unique_ptr<Receiver> receiver_;
  std::unique_ptr<Watch> watch_;
  std::unique_ptr<QuestionPool> pool_;
  std::unique_ptr<QuestionPool> sign_in_pool_;
  CrashDetails crash_details_{data_.symbols(), data_.fixed_crashes()};
  std::unique_ptr<InsightKeeper> insights_;
  std::unique_ptr<Operations> operations_;         // nullptr: not enabled
  std::unique_ptr<QuestionPool> operations_pool_;  // the same
  std::unique_ptr<Site> site_;
  std::unique_ptr<HttpServer> http_;
};

}  // namespace

Result<std::unique_ptr<Collector>> Collector::start(const ServerConfig& config) {
  const DataFolder data(config.data);
  keep_freed_memory();
  CANDOR_TRY(make_folder(data.root));
  auto lock = FileLock::try_lock(data.lock());
  if (!lock.ok())
    return std::move(lock).error().in("the data folder is in use by another collector");
  CANDOR_TRY(check_restores_finished(data));
  auto collector = std::make_unique<CollectorProcess>(config, *std::move(lock));
  CANDOR_TRY(collector->start());
  return std::unique_ptr<Collector>(std::move(collector));
}

}  // namespace candor
