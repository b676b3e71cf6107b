#include "server/protocol/otlp.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/json.h"
#include "server/protocol/limits.h"
#include "server/protocol/media_type.h"
#include "server/protocol/otlp_points.h"
#include "wire/protobuf.h"

namespace candor {
namespace {

constexpr std::string_view kProtocol = "otlp";
constexpr std::string_view kJson = "application/json";
constexpr std::string_view kProtobuf = "application/x-protobuf";
constexpr std::size_t kMaxNamed = 5;

// The encoding of a request, and so of its answer; empty: none of the two.
std::string_view encoding_of(const HttpRequest& request) {
  const auto type = media_type_of(request).type;
  if (type == kJson) return kJson;
  return type == kProtobuf ? kProtobuf : std::string_view();
}

SamplesOrRefusal read(const IncomingRequest& request, const Catalogue& catalogue,
                      const HashHere& hash, OtlpSignal signal) {
  const auto product = catalogue.route(request.prefix, write_key_of(request.http), kProtocol);
  if (!product.ok()) return refusal_of(product.error(), kProtocol);
  const auto refusal = [&](int status, std::string reason, std::string message) {
    return Refusal{status, std::move(reason), std::move(message), (*product)->name(),
                   std::string(kProtocol)};
  };
  const auto encoding = encoding_of(request.http);
  if (encoding.empty()) {
    return refusal(415, "unknown_type",
                   "This Content-Type is not known here. Send application/json or "
                   "application/x-protobuf.");
  }
  auto unpacked = unpack_body(request, kMaxSamplesBodyBytes);
  if (auto* refused = std::get_if<Refusal>(&unpacked))
    return refusal(refused->status, refused->reason, refused->message);
  const auto& body = std::get<std::string>(unpacked);
  SampleBatch batch{std::string(kProtocol), *product, (*product)->current, {}, 0, 0};
  SampleAdmission admission(*batch.contract, request.received, hash);
  OtlpPoints points(admission, request.received);
  const auto status = encoding == kJson ? read_otlp_json(body, signal, points)
                                        : read_otlp_protobuf(body, signal, points);
  if (!status.ok()) return refusal(400, "bad_document", status.error().message);
  batch.admitted = admission.take();
  batch.points = points.points();
  batch.rejected_points = points.rejected();
  batch.has_untimed = points.has_untimed();
  return batch;
}

template <OtlpSignal signal>
SamplesOrRefusal read_signal(const IncomingRequest& request, const Catalogue& catalogue,
                             const HashHere& hash) {
  return read(request, catalogue, hash, signal);
}

// Why something was not taken, for whoever reads the exporter's log.
std::string why(const SampleBatch& batch) {
  const auto& admitted = batch.admitted;
  if (admitted.refused.contains("logs") || admitted.refused.contains("traces"))
    return "Candor takes metrics only: logs and traces are never telemetry. Nothing was stored.";
  std::vector<std::string> causes;
  if (admitted.quarantined > 0) {
    std::vector<std::string_view> names;
    for (const auto& row : admitted.dropped) {
      if (row.type == "metric" && names.size() < kMaxNamed) names.push_back(row.path);
    }
    causes.push_back(fmt::format("the contract of {} does not take: {}", batch.product->name(),
                                 fmt::join(names, ", ")));
  }
  for (const auto& [reason, count] : admitted.refused)
    causes.push_back(fmt::format("{}: {}", reason, count));
  return fmt::format("{} of {} data points were not taken whole. {}.", batch.rejected_points,
                     batch.points, fmt::join(causes, "; "));
}

HttpResponse response_of(const IncomingRequest& request, int status, std::string json,
                         std::string protobuf) {
  const bool binary = encoding_of(request.http) == kProtobuf;
  HttpResponse response;
  response.status = status;
  response.content_type = binary ? kProtobuf : kJson;
  response.body = binary ? std::move(protobuf) : std::move(json);
  return response;
}

// `member` is what the signal calls its rejected ones.
HttpResponse taken(const IncomingRequest& request, const SampleBatch& batch, const char* member) {
  if (batch.rejected_points == 0) return response_of(request, 200, "{}", "");
  const auto message = why(batch);
  Json json;
  json["partialSuccess"][member] = std::to_string(batch.rejected_points);
  json["partialSuccess"]["errorMessage"] = message;
  std::string partial, protobuf;
  put_varint_field(partial, 1, batch.rejected_points);
  put_bytes_field(partial, 2, message);
  put_bytes_field(protobuf, 1, partial);
  return response_of(request, 200, to_line(json), std::move(protobuf));
}

HttpResponse metrics_taken(const IncomingRequest& request, const SampleBatch& batch) {
  return taken(request, batch, "rejectedDataPoints");
}
HttpResponse logs_taken(const IncomingRequest& request, const SampleBatch& batch) {
  return taken(request, batch, "rejectedLogRecords");
}
HttpResponse traces_taken(const IncomingRequest& request, const SampleBatch& batch) {
  return taken(request, batch, "rejectedSpans");
}

// gRPC's numbers of what went wrong.
int status_code(int http) {
  switch (http) {
    case 401:
      return 16;  // unauthenticated
    case 404:
      return 5;  // not found
    case 429:
      return 8;  // resource exhausted
    case 503:
      return 14;  // unavailable
    case 405:
    case 415:
      return 12;  // unimplemented
    default:
      return 3;  // invalid argument
  }
}

// google.rpc.Status{1 code, 2 message}
HttpResponse refused(const IncomingRequest& request, const Refusal& refusal) {
  const auto code = status_code(refusal.status);
  std::string protobuf;
  put_varint_field(protobuf, 1, static_cast<std::uint64_t>(code));
  put_bytes_field(protobuf, 2, refusal.message);
  auto response =
      response_of(request, refusal.status, to_line({{"code", code}, {"message", refusal.message}}),
                  std::move(protobuf));
  // Exporters try five times more, and for ten seconds in all unless told otherwise.
  if (refusal.status == 503) response.headers.push_back({"Retry-After", "2"});
  return response;
}

constexpr SampleRoute kRoutes[] = {
    {"/v1/metrics", kProtocol, read_signal<OtlpSignal::kMetrics>, metrics_taken, refused,
     kMaxSamplesBodyBytes},
    {"/v1/logs", kProtocol, read_signal<OtlpSignal::kLogs>, logs_taken, refused,
     kMaxSamplesBodyBytes},
    {"/v1/traces", kProtocol, read_signal<OtlpSignal::kTraces>, traces_taken, refused,
     kMaxSamplesBodyBytes},
};

}  // namespace

std::span<const SampleRoute> otlp_routes() { return kRoutes; }

}  // namespace candor
