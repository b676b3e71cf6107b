#include "wire/http_socket.h"

#include <openssl/err.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include <cerrno>

namespace candor {
namespace {

HttpSocket::Moved outcome_of(ssize_t n) {
  using Progress = HttpSocket::Progress;
  if (n > 0) return {Progress::kDone, static_cast<std::size_t>(n)};
  const bool later = n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR);
  return {later ? Progress::kWouldBlock : Progress::kEnded};
}

}  // namespace

HttpSocket::HttpSocket(FileDescriptor fd, SSL_CTX* tls) : fd_(std::move(fd)) {
  if (tls == nullptr) return;
  ssl_.reset(SSL_new(tls));
  SSL_set_fd(ssl_.get(), fd_.get());
  SSL_set_accept_state(ssl_.get());
}

HttpSocket::~HttpSocket() {
  if (!established_) return;
  ERR_clear_error();
  SSL_shutdown(ssl_.get());
}

HttpSocket::Progress HttpSocket::handshake() {
  if (!ssl_) return Progress::kDone;
  ERR_clear_error();
  const int result = SSL_do_handshake(ssl_.get());
  if (result == 1) established_ = true;
  return outcome(result).progress;
}

// After an error OpenSSL forbids SSL_shutdown.
HttpSocket::Moved HttpSocket::outcome(int result) {
  if (result > 0) return {Progress::kDone, static_cast<std::size_t>(result)};
  switch (SSL_get_error(ssl_.get(), result)) {
    case SSL_ERROR_WANT_READ:
    case SSL_ERROR_WANT_WRITE:
      return {Progress::kWouldBlock};
    case SSL_ERROR_ZERO_RETURN:
      return {Progress::kEnded};
    default:
      established_ = false;
      return {Progress::kEnded};
  }
}

HttpSocket::Moved HttpSocket::read(std::span<char> into) {
  if (!ssl_) return outcome_of(::recv(fd_.get(), into.data(), into.size(), 0));
  ERR_clear_error();
  return outcome(SSL_read(ssl_.get(), into.data(), static_cast<int>(into.size())));
}

HttpSocket::Moved HttpSocket::write(std::string_view head, std::string_view body) {
  if (ssl_) {
    const auto piece = head.empty() ? body : head;
    ERR_clear_error();
    return outcome(SSL_write(ssl_.get(), piece.data(), static_cast<int>(piece.size())));
  }
  if (body.empty()) return outcome_of(::send(fd_.get(), head.data(), head.size(), MSG_NOSIGNAL));
  iovec pieces[] = {{const_cast<char*>(head.data()), head.size()},
                    {const_cast<char*>(body.data()), body.size()}};
  msghdr message{};
  message.msg_iov = pieces;
  message.msg_iovlen = 2;
  return outcome_of(::sendmsg(fd_.get(), &message, MSG_NOSIGNAL));
}

HttpSocket::Moved HttpSocket::discard(std::span<char> scratch) {
  established_ = false;  // what is thrown away here may be half a record
  return outcome_of(::recv(fd_.get(), scratch.data(), scratch.size(), 0));
}

void HttpSocket::end_writing() {
  if (established_) {
    ERR_clear_error();
    SSL_shutdown(ssl_.get());
  }
  ::shutdown(fd_.get(), SHUT_WR);
}

void prepare_for_sockets(SSL_CTX* context) {
  SSL_CTX_set_mode(context, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
                                SSL_MODE_RELEASE_BUFFERS);
  SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION);
  SSL_CTX_set_read_ahead(context, 1);
  static constexpr unsigned char kWhose[] = "candor";
  SSL_CTX_set_session_id_context(context, kWhose, sizeof kWhose - 1);
}

}  // namespace candor
