#include "server/protocol/remote_write.h"

#include <fmt/format.h>

#include "base/json.h"
#include "server/admit/limits.h"
#include "server/protocol/limits.h"
#include "server/protocol/media_type.h"
#include "wire/snappy.h"

namespace candor {
namespace {

constexpr std::string_view kProtocol = "prometheus";

// By the Content-Type; nothing for types that are not remote write's.
std::optional<RemoteWrite> version_of(const HttpRequest& request) {
  const auto media = media_type_of(request);
  // The client in npm says application/vnd.google.protobuf, and some say nothing.
  if (!media.type.empty() && media.type != "application/x-protobuf" &&
      media.type != "application/vnd.google.protobuf")
    return std::nullopt;
  if (media.proto.empty() || media.proto == "prometheus.WriteRequest")
    return RemoteWrite::kVersion1;
  if (media.proto == "io.prometheus.write.v2.Request") return RemoteWrite::kVersion2;
  return std::nullopt;
}

SamplesOrRefusal read(const IncomingRequest& request, const Catalogue& catalogue,
                      const HashHere& hash) {
  const auto product = catalogue.route(request.prefix, write_key_of(request.http), kProtocol);
  if (!product.ok()) return refusal_of(product.error(), kProtocol);
  const auto refusal = [&](int status, std::string reason, std::string message) {
    return Refusal{status, std::move(reason), std::move(message), (*product)->name(),
                   std::string(kProtocol)};
  };
  const auto version = version_of(request.http);
  if (!version) {
    return refusal(415, "unknown_type",
                   "This Content-Type is not known here. Send application/x-protobuf, with "
                   "proto=prometheus.WriteRequest or io.prometheus.write.v2.Request.");
  }
  // The client in npm sends snappy and does not say so.
  const auto coding = request.http.header("Content-Encoding");
  if (!coding.empty() && coding != "snappy") {
    return refusal(415, "unknown_encoding",
                   "This Content-Encoding is not known here. Remote write is sent as snappy.");
  }
  const auto message = unsnappy(request.http.body, kMaxSamplesBodyBytes);
  if (!message.ok()) return refusal(400, "bad_encoding", message.error().message);
  SampleBatch batch{std::string(kProtocol), *product, (*product)->current, {}, 0, 0};
  SampleAdmission admission(*batch.contract, request.received, hash, request.known);
  if (auto status = read_remote_write(*message, *version, admission); !status.ok())
    return refusal(400, "bad_document", status.error().message);
  batch.admitted = admission.take();
  return batch;
}

// Version 2 demands to know how much was written; version 1 does not mind.
void say_written(HttpResponse& response, std::uint64_t samples) {
  response.headers.push_back(
      {"X-Prometheus-Remote-Write-Samples-Written", std::to_string(samples)});
  response.headers.push_back({"X-Prometheus-Remote-Write-Histograms-Written", "0"});
  response.headers.push_back({"X-Prometheus-Remote-Write-Exemplars-Written", "0"});
}

HttpResponse error_of(int status, const std::string& message) {
  HttpResponse response;
  response.status = status;
  response.content_type = "text/plain; charset=utf-8";
  response.body = message + "\n";
  if (status == 503) response.headers.push_back({"Retry-After", "5"});
  if (status == 401) response.headers.push_back({"WWW-Authenticate", "Basic realm=\"candor\""});
  return response;
}

// What the contract does not list is left out on purpose, and so is no error of the sender's; what
// is no sample of today is one, though the rest of the request is stored.
HttpResponse taken(const IncomingRequest&, const SampleBatch& batch) {
  const auto& refused = batch.admitted.refused;
  HttpResponse response;
  if (refused.empty()) {
    response.status = 204;
    response.content_type.clear();
  } else {
    std::string causes;
    for (const auto& [reason, count] : refused)
      causes += fmt::format("{}{}: {}", causes.empty() ? "" : ", ", reason, count);
    response = error_of(400, fmt::format("{} of {} samples were refused ({}); the rest is stored.",
                                         batch.admitted.refused_count(),
                                         batch.admitted.refused_count() + batch.admitted.accepted +
                                             batch.admitted.quarantined,
                                         causes));
  }
  say_written(response, batch.admitted.accepted);
  return response;
}

HttpResponse refused(const IncomingRequest&, const Refusal& refusal) {
  auto response = error_of(refusal.status, refusal.message);
  say_written(response, 0);
  return response;
}

constexpr SampleRoute kRoutes[] = {
    {"/api/v1/write", kProtocol, read, taken, refused, kMaxSamplesBodyBytes},
    {"/api/prom/write", kProtocol, read, taken, refused, kMaxSamplesBodyBytes},
};

}  // namespace

std::span<const SampleRoute> remote_write_routes() { return kRoutes; }

}  // namespace candor
