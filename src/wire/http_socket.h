// A connected socket that never blocks, plain or with TLS on it. Only the server's own files
// include this.
#pragma once

#include <openssl/ssl.h>

#include <cstddef>
#include <memory>
#include <span>
#include <string_view>

#include "base/files.h"
#include "wire/tls.h"

namespace candor {

struct FreeSsl {
  void operator()(SSL* ssl) const { SSL_free(ssl); }
};

class HttpSocket {
 public:
  enum class Progress { kDone, kWouldBlock, kEnded };
  struct Moved {
    Progress progress;
    std::size_t bytes = 0;  // 0 unless kDone
  };

  // `tls` is null for a plain connection. The descriptor does not block.
  HttpSocket(FileDescriptor fd, SSL_CTX* tls);
  ~HttpSocket();  // says good-bye on TLS, closes
  HttpSocket(const HttpSocket&) = delete;
  HttpSocket& operator=(const HttpSocket&) = delete;

  int fd() const { return fd_.get(); }
  bool is_tls() const { return ssl_ != nullptr; }
  // Whether the other side showed a certificate that was verified, and would be by the rules of
  // now. Only then `now` is asked.
  bool is_verified_by(const TlsSource& now) const {
    if (!ssl_) return false;
    const auto* then = SSL_get_SSL_CTX(ssl_.get());
    return verifies_as(then, then) && verifies_as(then, now().get());
  }

  Progress handshake();  // kDone at once on a plain connection
  // Some bytes, at least one. kEnded: the other side is gone or said what nobody understands.
  Moved read(std::span<char> into);
  // As many bytes of `head` and then `body` as go in at once.
  Moved write(std::string_view head, std::string_view body);
  // Reads what came and forgets it.
  Moved discard(std::span<char> scratch);
  // Nothing will be written any more; a plain peer sees the end.
  void end_writing();

 private:
  Moved outcome(int result);

  FileDescriptor fd_;
  std::unique_ptr<SSL, FreeSsl> ssl_;
  bool established_ = false;
};

// Sets what the server wants of every TLS connection: no memory while nothing moves, no
// renegotiation, and sessions that can be taken up again.
void prepare_for_sockets(SSL_CTX* context);

}  // namespace candor
