#include "server/protocol/submission.h"

#include "base/json.h"
#include "wire/compression.h"
#include "wire/web_config.h"

namespace candor {

std::variant<std::optional<std::string>, Refusal> unpack_packed(const IncomingRequest& request,
                                                                std::uint64_t max_bytes) {
  if (request.http.header("Content-Encoding").empty() && request.http.body.size() <= max_bytes)
    return std::nullopt;
  auto body = unpack_body(request, max_bytes);
  if (auto* refusal = std::get_if<Refusal>(&body)) return std::move(*refusal);
  return std::optional(std::get<std::string>(std::move(body)));
}

std::variant<std::string, Refusal> unpack_body(const IncomingRequest& request,
                                               std::uint64_t max_bytes) {
  const auto coding = request.http.header("Content-Encoding");
  auto body = decode_content(coding, request.http.body, max_bytes);
  if (!body.ok() && body.error().kind == ErrorKind::kUsage)
    return Refusal{415, "unknown_encoding", body.error().message, {}, {}};
  if (!body.ok()) return Refusal{400, "bad_encoding", body.error().message, {}, {}};
  return *std::move(body);
}

std::optional<std::string> write_key_of(const HttpRequest& request) {
  if (const auto credentials = parse_basic(request.header("Authorization")))
    return credentials->user;
  return request.parameter("key");
}

Refusal refusal_of(const Error& error, std::string_view protocol) {
  Refusal refusal{400, "bad_request", error.message, {}, std::string(protocol)};
  if (error.kind == ErrorKind::kNotFound) {
    refusal.status = 404;
    refusal.reason = "unknown_product";
  } else if (error.kind == ErrorKind::kForbidden) {
    refusal.status = 401;
    refusal.reason = "invalid_write_key";
  } else if (error.kind == ErrorKind::kUsage) {
    refusal.reason = "ambiguous_product";
  } else if (error.kind == ErrorKind::kTryAgain) {
    refusal.status = 503;
    refusal.reason = "try_again";
  } else if (error.kind == ErrorKind::kBadData) {
    refusal.reason = "bad_document";
  }
  return refusal;
}

HttpResponse error_answer(int status, std::string_view reason, std::string_view message) {
  Json json;
  json["schema_version"] = 1;
  json["error"]["reason"] = reason;
  json["error"]["message"] = message;
  HttpResponse response;
  response.status = status;
  response.body = to_line(json) + "\n";
  if (status == 503 || status == 429) response.headers.push_back({"Retry-After", "5"});
  if (status == 401) response.headers.push_back({"WWW-Authenticate", "Basic realm=\"candor\""});
  return response;
}

HttpResponse answer(const Refusal& refusal) {
  return error_answer(refusal.status, refusal.reason, refusal.message);
}

}  // namespace candor
