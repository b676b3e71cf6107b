// For tests: targets that are a table.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "wire/probe_client.h"

namespace candor {

// Answers from a table, and notes what was asked.
class TableClient final : public ProbeClient {
 public:
  using Answers = std::function<ProbeAnswer(const ProbeRequest&)>;
  std::map<std::string, Answers> answers;  // by "GET https://host/path"
  std::vector<ProbeRequest> asked;

  ProbeAnswer send(const ProbeRequest& request, const Pace&) override {
    asked.push_back(request);
    const auto place = request.method + " " + origin_of(request.url) + request.url.path;
    const auto found = answers.find(place);
    if (found == answers.end()) return {.status = 404};
    return found->second(request);
  }

  void always(const std::string& place, int status, std::string body = "",
              std::vector<HttpHeader> headers = {}) {
    answers[place] = [=](const ProbeRequest&) {
      return ProbeAnswer{.status = status, .headers = headers, .body = body};
    };
  }
  bool was_told(std::string_view secret, std::string_view host) const {
    for (const auto& request : asked) {
      if (request.url.host != host) continue;
      if (request.body.find(secret) != std::string::npos) return true;
      for (const auto& header : request.headers) {
        if (header.value.find(secret) != std::string::npos) return true;
      }
    }
    return false;
  }
};

inline std::string_view header_in(const ProbeRequest& request, std::string_view name) {
  for (const auto& header : request.headers) {
    if (header.name == name) return header.value;
  }
  return "";
}

}  // namespace candor
