// Content-Type, taken apart: "application/x-protobuf;proto=io.prometheus.write.v2.Request".
#pragma once

#include <string>

#include "wire/http_server.h"

namespace candor {

struct MediaType {
  std::string type;   // lower case; empty when there is none
  std::string proto;  // the parameter of that name
};

MediaType media_type_of(const HttpRequest& request);

}  // namespace candor
