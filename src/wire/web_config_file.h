// web.yml as it is now: who changes it, or a certificate that it names, need not restart anything.
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "base/mutex.h"
#include "wire/http_server.h"
#include "wire/web_config.h"

namespace candor {

// Safe from any thread.
class WebConfigFile : public std::enable_shared_from_this<WebConfigFile> {
 public:
  // What a file must not say where it is used, though it may be written so.
  using Check = std::function<Status(const WebConfig&)>;

  struct State {
    WebConfig config;
    TlsServer tls;  // null without tls_server_config
  };

  // `file` empty: nothing is configured. kConfiguration when it cannot be used; the certificates
  // are read, too.
  static Result<std::shared_ptr<WebConfigFile>> open(const Path& file, Check check);

  // Of a file that was changed since, within kLookAtWebConfig. One that is wrong is told in the
  // log, once, and the state of before stays; and so it does for TLS that was switched on or off,
  // which takes a new start. Reads files only when there is news.
  std::shared_ptr<const State> now();

  // Of an HttpServer that serves as the file says; empty without TLS.
  TlsSource tls_source();

 private:
  struct Stamp {
    std::string path;
    std::uint64_t inode = 0;
    std::int64_t bytes = -1;  // not there
    std::int64_t changed_at = 0;
    bool operator==(const Stamp&) const = default;
  };
  WebConfigFile(const Path& file, Check check) : file_(file), check_(std::move(check)) {}
  // Replaces `stamps` by those of all files that are named, also when it fails; each is taken
  // before its file is read, so that later changes are news.
  Result<std::shared_ptr<const State>> read(std::vector<Stamp>& stamps) const;
  static Stamp stamp_of(const std::string& path);
  void look() CANDOR_REQUIRES(mutex_);

  const Path file_;
  const Check check_;
  Mutex mutex_;
  std::chrono::steady_clock::time_point look_again_ CANDOR_GUARDED_BY(mutex_){};
  std::shared_ptr<const State> state_ CANDOR_GUARDED_BY(mutex_);
  std::vector<Stamp> stamps_ CANDOR_GUARDED_BY(mutex_);  // of what state_ was read from, or tried
};

// Answers as the file says besides: with its headers, and 429 to what is over its rate_limit.
HttpHandler framed_by(std::shared_ptr<WebConfigFile> file, HttpHandler handler);

}  // namespace candor
