#include "wire/http_response_head.h"

#include <boost/beast/http/status.hpp>
#include <charconv>

namespace candor {
namespace {

void append_number(std::string& out, std::size_t number) {
  char digits[20];
  out.append(digits, std::to_chars(digits, digits + sizeof digits, number).ptr);
}

// What a value carries over a line's end would be a header of its own.
void append_header(std::string& out, std::string_view name, std::string_view value) {
  out.append(name).append(": ").append(value.substr(0, value.find_first_of("\r\n"))).append("\r\n");
}

}  // namespace

void append_head(std::string& out, const HttpResponse& response, HttpReply reply) {
  out.append("HTTP/1.1 ");
  append_number(out, static_cast<std::size_t>(response.status));
  const auto reason =
      boost::beast::http::obsolete_reason(static_cast<boost::beast::http::status>(response.status));
  out.append(" ").append(reason.data(), reason.size()).append("\r\n");
  for (const auto& header : response.headers) append_header(out, header.name, header.value);
  if (!response.content_type.empty()) append_header(out, "Content-Type", response.content_type);
  if (!reply.keep_alive) {
    out.append("Connection: close\r\n");
  } else if (reply.to_version_10) {
    out.append("Connection: keep-alive\r\n");
  }
  if (response.status != 204 && response.status != 304) {
    out.append("Content-Length: ");
    append_number(out, response.body.size());
    out.append("\r\n");
  }
  out.append("\r\n");
}

}  // namespace candor
