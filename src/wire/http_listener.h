// The address a server listens on: TCP or a Unix socket. Only the server's own files include this.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "wire/http_answers.h"

namespace candor {

// accept() and stop() from any thread, at the same time.
class HttpListener {
 public:
  // `where` as in HttpServerOptions::listen. kCannotCreate when the address is taken.
  static Result<std::unique_ptr<HttpListener>> open(std::string_view where);
  ~HttpListener();

  int fd() const { return fd_.get(); }
  std::uint16_t port() const { return port_; }

  enum class Outcome { kAccepted, kNone, kNoMemory, kStopped };
  struct Accepted {
    Outcome outcome;
    NewConnection connection{};  // does not block, passes no delay on
  };
  Accepted accept();
  // Who connects from now on is refused.
  void stop();
  // Gives the address free. After the last accept().
  void close();

 private:
  HttpListener(FileDescriptor fd, std::uint16_t port, std::string unix_path)
      : fd_(std::move(fd)), port_(port), unix_path_(std::move(unix_path)) {}

  static Result<std::unique_ptr<HttpListener>> open_tcp(std::string_view where);
  static Result<std::unique_ptr<HttpListener>> open_unix(std::string path);

  FileDescriptor fd_;
  const std::uint16_t port_;
  const std::string unix_path_;
};

}  // namespace candor
