// The bytes in front of a response's body. Pure.
#pragma once

#include <string>

#include "wire/http_server.h"

namespace candor {

struct HttpReply {
  bool keep_alive = true;
  bool to_version_10 = false;  // which closes unless told otherwise
};

// Appends status line and header, with the blank line. Content-Length is that of response.body.
void append_head(std::string& out, const HttpResponse& response, HttpReply reply);

}  // namespace candor
