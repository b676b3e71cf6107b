// One connection of an HTTP client: the way it takes, and the bytes as Beast reads and writes them.
// Inside wire/ only.
#pragma once

#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/system/system_error.hpp>
#include <chrono>
#include <memory>
#include <optional>
#include <string>

#include "base/result.h"
#include "wire/byte_stream.h"
#include "wire/url.h"

namespace candor {

// What Beast reads from and writes to: a ByteStream, and the error that ended it.
class BeastWire {
 public:
  BeastWire(ByteStream& stream, const Pace& pace) : stream_(stream), pace_(pace) {}

  template <typename Buffers>
  std::size_t read_some(const Buffers& buffers, boost::system::error_code& ec) {
    const boost::asio::mutable_buffer into = *boost::asio::buffer_sequence_begin(buffers);
    auto got = stream_.read({static_cast<char*>(into.data()), into.size()}, pace_);
    if (got.ok() && *got == 0) ec = boost::asio::error::eof;
    return taken(std::move(got), ec);
  }

  template <typename Buffers>
  std::size_t write_some(const Buffers& buffers, boost::system::error_code& ec) {
    for (auto piece = boost::asio::buffer_sequence_begin(buffers);
         piece != boost::asio::buffer_sequence_end(buffers); ++piece) {
      const boost::asio::const_buffer bytes = *piece;
      if (bytes.size() == 0) continue;
      return taken(stream_.write({static_cast<const char*>(bytes.data()), bytes.size()}, pace_),
                   ec);
    }
    return 0;
  }

  // Beast asks that these be there, and calls the others.
  template <typename Buffers>
  std::size_t read_some(const Buffers& buffers) {
    boost::system::error_code ec;
    const auto n = read_some(buffers, ec);
    if (ec) throw boost::system::system_error(ec);
    return n;
  }
  template <typename Buffers>
  std::size_t write_some(const Buffers& buffers) {
    boost::system::error_code ec;
    const auto n = write_some(buffers, ec);
    if (ec) throw boost::system::system_error(ec);
    return n;
  }

  // Why it ended; Beast's own word when the stream did not fail.
  Error error(const boost::system::error_code& ec) const {
    return error_ ? *error_ : Error{ErrorKind::kUnavailable, ec.message()};
  }
  bool was_stopped() const { return error_ && error_->kind == ErrorKind::kTryAgain; }

 private:
  std::size_t taken(Result<std::size_t> done, boost::system::error_code& ec) {
    if (done.ok()) return *done;
    ec = boost::asio::error::connection_aborted;
    error_ = std::move(done).error();
    return 0;
  }
  ByteStream& stream_;
  const Pace& pace_;
  std::optional<Error> error_;
};

// "host:port", of an IPv6 address with brackets.
std::string authority_of(const Url& url);
// The same without the port where it is the scheme's.
std::string host_header_of(const Url& url);
// Path and query, as they stand in a request.
std::string origin_form_of(const Url& url);
// The value of a header that says user and password of the URL.
std::string basic_of(const Url& url);

// Where a request goes, and through what.
struct HttpWay {
  Url url;
  std::string socket;  // of a Unix socket; empty: TCP
  std::optional<Url> proxy;
  std::string ca_file;

  // A proxy forwards what is in the open, and opens a tunnel for what is not.
  bool is_tunnel() const { return proxy && url.scheme == "https"; }
  std::string target() const;  // as the request line has it
  std::string key() const;     // the same for ways that may share a connection
};

// The proxy that `configured` or the environment name for the URL (wire/proxy.h).
Result<std::optional<Url>> proxy_on_the_way(const Url& url, const std::string& configured);

struct HttpConnection {
  std::string key;
  std::unique_ptr<ByteStream> stream;
  boost::beast::flat_buffer buffer;  // what was read beyond the last answer
};

// Says which proxy failed; other errors stay as they are.
Error error_at_proxy(const HttpWay& way, Error error);
// What an answer of the proxy's own means; kUnavailable.
Error refused_by_proxy(unsigned status);

// Makes connections; keeps the certificates that were read last. One thread at a time.
class HttpConnector {
 public:
  // Errors as those of ByteStream.
  Result<HttpConnection> connect(const HttpWay& way, const Pace& pace,
                                 ConnectWatch* watch = nullptr);

 private:
  Status secure(HttpConnection& connection, const std::string& ca_file, const std::string& host,
                const Pace& pace, ConnectWatch* watch);

  TrustStore trust_;
  std::string trust_file_;
};

}  // namespace candor
