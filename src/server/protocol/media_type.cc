#include "server/protocol/media_type.h"

#include <algorithm>

namespace candor {
namespace {

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

std::string lower(std::string_view text) {
  std::string result(text);
  std::ranges::transform(result, result.begin(),
                         [](char c) { return c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c; });
  return result;
}

}  // namespace

MediaType media_type_of(const HttpRequest& request) {
  MediaType result;
  auto rest = request.header("Content-Type");
  const auto next = [&rest] {
    const auto end = std::min(rest.find(';'), rest.size());
    const auto part = trimmed(rest.substr(0, end));
    rest.remove_prefix(std::min(end + 1, rest.size()));
    return part;
  };
  result.type = lower(next());
  while (!rest.empty()) {
    const auto parameter = next();
    const auto equals = parameter.find('=');
    if (equals == std::string_view::npos || lower(parameter.substr(0, equals)) != "proto") continue;
    auto value = trimmed(parameter.substr(equals + 1));
    if (value.size() >= 2 && value.front() == '"' && value.back() == '"')
      value = value.substr(1, value.size() - 2);
    result.proto = value;
  }
  return result;
}

}  // namespace candor
