#include "wire/web_config_file.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>

#include "base/log.h"
#include "wire/limits.h"

namespace candor {
namespace {

using SteadyClock = std::chrono::steady_clock;

// A bucket of `burst` requests that one drops out of every `interval`; kept as the time at which it
// is empty. Safe from any thread.
class RequestRate {
 public:
  bool take(const WebRateLimit& limit, SteadyClock::time_point now) {
    if (limit.interval.count() == 0) return true;
    const MutexLock lock(mutex_);
    const auto empty = std::max(empty_at_, now);
    using Nanoseconds = std::chrono::duration<double, std::nano>;
    if (Nanoseconds(empty - now) > Nanoseconds(limit.interval) * (limit.burst - 1.0)) return false;
    empty_at_ = empty + limit.interval;
    return true;
  }

 private:
  Mutex mutex_;
  SteadyClock::time_point empty_at_ CANDOR_GUARDED_BY(mutex_){};
};

HttpResponse too_many(const WebRateLimit& limit) {
  HttpResponse response;
  response.status = 429;
  response.content_type = "text/plain; charset=utf-8";
  response.body = "There are too many requests: web.yml has a rate_limit. Try again later.\n";
  const auto wait = std::chrono::ceil<std::chrono::seconds>(limit.interval);
  response.headers.push_back(
      {"Retry-After", std::to_string(std::max(wait.count(), std::int64_t{1}))});
  return response;
}

}  // namespace

Result<std::shared_ptr<WebConfigFile>> WebConfigFile::open(const Path& file, Check check) {
  std::shared_ptr<WebConfigFile> opened(new WebConfigFile(file, std::move(check)));
  const MutexLock lock(opened->mutex_);
  CANDOR_ASSIGN(state, opened->read(opened->stamps_));
  opened->state_ = std::move(state);
  return opened;
}

Result<std::shared_ptr<const WebConfigFile::State>> WebConfigFile::read(
    std::vector<Stamp>& stamps) const {
  auto state = std::make_shared<State>();
  stamps = {stamp_of(file_.string())};
  if (!file_.empty()) {
    CANDOR_ASSIGN(config, read_web_config(file_));
    state->config = std::move(config);
  }
  const auto& tls = state->config.tls;
  if (tls) {
    for (const auto* pem : {&tls->cert, &tls->key, &tls->client_ca})
      if (!pem->file.empty()) stamps.push_back(stamp_of(pem->file));
  }
  CANDOR_TRY(check_(state->config));
  if (tls) {
    auto made = make_tls_server(*tls);
    if (!made.ok()) return std::move(made).error().in(file_.string());
    state->tls = *std::move(made);
  }
  return std::shared_ptr<const State>(std::move(state));
}

WebConfigFile::Stamp WebConfigFile::stamp_of(const std::string& path) {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) return {path};
  // Of permissions, too.
  return {path, status.st_ino, status.st_size,
          status.st_ctim.tv_sec * 1'000'000'000 + status.st_ctim.tv_nsec};
}

std::shared_ptr<const WebConfigFile::State> WebConfigFile::now() {
  const auto now = SteadyClock::now();
  const MutexLock lock(mutex_);
  if (!file_.empty() && look_again_ <= now) {
    look();
    look_again_ = now + kLookAtWebConfig;
  }
  return state_;
}

void WebConfigFile::look() {
  std::vector<Stamp> stamps;
  for (const auto& stamp : stamps_) stamps.push_back(stamp_of(stamp.path));
  if (stamps == stamps_) return;
  auto fresh = read(stamps_);
  if (fresh.ok() && ((*fresh)->tls == nullptr) != (state_->tls == nullptr)) {
    fresh = Error{
        ErrorKind::kConfiguration,
        fmt::format("{}: tls_server_config came or went; that takes a new start.", file_.string())};
  }
  if (!fresh.ok()) return log_warning("the old web.yml stays: {}", fresh.error().message);
  state_ = *std::move(fresh);
  log_info("{} was read again", file_.string());
}

TlsSource WebConfigFile::tls_source() {
  if (!now()->tls) return {};
  return [self = shared_from_this()] { return self->now()->tls; };
}

HttpHandler framed_by(std::shared_ptr<WebConfigFile> file, HttpHandler handler) {
  const auto rate = std::make_shared<RequestRate>();
  return [file = std::move(file), rate, handler = std::move(handler)](HttpRequest&& request,
                                                                      Respond respond) {
    const auto state = file->now();
    const auto& config = state->config;
    if (!config.headers.empty()) {
      respond = Respond([state, respond = std::move(respond)](HttpResponse response) {
        const auto& headers = state->config.headers;
        response.headers.insert(response.headers.end(), headers.begin(), headers.end());
        respond(std::move(response));
      });
    }
    if (!rate->take(config.rate_limit, SteadyClock::now()))
      return respond(too_many(config.rate_limit));
    handler(std::move(request), std::move(respond));
  };
}

}  // namespace candor
