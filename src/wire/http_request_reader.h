// Makes a request of bytes as they come, within limits: Beast's parser on one side, HttpRequest on
// the other. Only the server's own files include this.
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>

#include "wire/http_server.h"

namespace candor {

// Reads one request after the other; each begins with begin(). Pure: no sockets, no clock.
class HttpRequestReader {
 public:
  enum class Step {
    kNeedsMore,
    kHeader,   // the header is there, once: set body_limit() before the next put()
    kDone,     // `request` is whole
    kRefused,  // see refusal()
  };
  struct Refusal {
    int status;
    std::string_view why;
  };

  HttpRequestReader();
  ~HttpRequestReader();
  HttpRequestReader(const HttpRequestReader&) = delete;
  HttpRequestReader& operator=(const HttpRequestReader&) = delete;

  void begin();  // for the next request; what is left of the last one's memory is used again
  bool is_small() const;  // whether that memory is worth keeping
  // Nothing of the last request stays readable here, not even whom it was from.
  void forget();
  // Takes from the front of `bytes` what it understood. What is left comes again, with more
  // behind it. kDone may come with no bytes left.
  Step put(std::string_view& bytes);

  // After kHeader:
  bool keep_alive() const;
  bool is_version_10() const;
  bool expects_continue() const;
  // kRefused when a length was announced that is beyond it; kDone when there is no body.
  Step set_body_limit(std::uint64_t bytes);

  const Refusal& refusal() const { return refusal_; }
  HttpRequest& request() { return request_; }

 private:
  class Parser;

  Step refuse(int status, std::string_view why);

  HttpRequest request_;
  std::unique_ptr<Parser> parser_;
  Refusal refusal_{};
};

}  // namespace candor
