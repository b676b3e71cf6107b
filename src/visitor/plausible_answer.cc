#include "visitor/plausible_answer.h"

#include "wire/origins.h"

namespace candor {

HttpHeader plausible_dropped(std::uint64_t count) {
  return {"x-plausible-dropped", std::to_string(count)};
}

HttpResponse plausible_taken(std::uint64_t dropped) {
  HttpResponse response;
  response.status = 202;
  response.content_type = "text/plain; charset=utf-8";
  response.body = "ok";
  allow_origins(response);
  if (dropped > 0) response.headers.push_back(plausible_dropped(dropped));
  return response;
}

HttpResponse plausible_refused(int status, const FieldErrors& errors, const std::string& message) {
  HttpResponse response;
  response.status = status;
  Json body;
  if (errors.empty()) {
    body["errors"]["request"] = Json::array({message});
  } else {
    body["errors"] = errors;
  }
  response.body = to_line(body) + "\n";
  if (status == 503) response.headers.push_back({"Retry-After", "5"});
  allow_origins(response);
  return response;
}

}  // namespace candor
