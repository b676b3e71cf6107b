#include "server/receiver.h"

#include "server/admit/admit.h"
#include "server/protocol/ceph.h"
#include "server/protocol/limits.h"
#include "server/protocol/native.h"
#include "server/protocol/native_device.h"
#include "server/receiver_events.h"
#include "server/receiver_samples.h"

namespace candor {
namespace {

constexpr std::string_view kCannotStore =
    "The collector cannot store anything at the moment: its disk or its journal is full, or "
    "failed. Nothing was stored; send it "
    "again later.";

constexpr const char* kForgotten =
    "This installation asked to be forgotten. Nothing of it is taken any more: `candor forget` and "
    "`candor on` make it a new one.";

struct Route {
  std::string_view path;
  std::string_view protocol;
  std::string_view methods;  // separated by spaces
  SubmissionOrRefusal (*read)(const IncomingRequest&, const Catalogue&);
  std::uint64_t max_bytes;
};

constexpr Route kRoutes[] = {
    {"/v1/reports", "native", "POST", read_native_report, kMaxNativeReportBytes},
    {"/v1/devices", "native", "POST", read_native_device, kMaxNativeReportBytes},
    {"/report", "ceph", "PUT", read_ceph_report, kMaxCephReportBytes},
    {"/device", "ceph", "PUT", read_ceph_device, kMaxCephReportBytes},
};

const Route* route_of(std::string_view path) {
  for (const auto& route : kRoutes) {
    if (route.path == path) return &route;
  }
  return nullptr;
}

DocumentRecord record_of(const Submission& submission, Admitted admitted, Instant received) {
  DocumentRecord record;
  record.kind = submission.kind == SubmissionKind::kReport ? DocumentRecord::Kind::kReport
                                                           : DocumentRecord::Kind::kDevice;
  record.product = submission.product->name();
  record.protocol = submission.protocol;
  record.contract = submission.contract->hash;
  std::vector<std::string_view> identity = {
      record.product, record.protocol,
      record.kind == DocumentRecord::Kind::kReport ? "report" : "device"};
  for (const auto& part : submission.identity) identity.push_back(part);
  record.key = make_record_key(identity);
  record.installation = submission.installation;
  record.deletion = submission.deletion;
  record.reported = submission.reported;
  record.received = received;
  // Kept to the second it could be joined with the installation's report of that second.
  if (record.kind == DocumentRecord::Kind::kDevice)
    record.received = std::chrono::floor<std::chrono::days>(received);
  record.simulated = submission.simulated;
  record.automation = submission.automation;
  record.admitted = std::move(admitted);
  return record;
}

Refusal refusal_for(const Submission& submission, int status, std::string reason,
                    std::string message) {
  return Refusal{status, std::move(reason), std::move(message), submission.product->name(),
                 submission.protocol};
}

HttpResponse answer_for(const Submission& submission, Outcome outcome, const Admitted* admitted,
                        Instant received, const SigningKey& key) {
  if (submission.protocol == "ceph") return ceph_answer(outcome, admitted);
  return native_answer(submission, outcome, admitted, received, key);
}

}  // namespace

bool Receiver::takes(std::string_view path) {
  return route_of(path) != nullptr || event_route_of(path) != nullptr ||
         sample_route_of(path) != nullptr;
}

std::uint64_t Receiver::body_limit(std::string_view path) {
  if (const auto* events = event_route_of(path)) return events->max_bytes;
  if (const auto* samples = sample_route_of(path)) return samples->max_bytes;
  const auto* route = route_of(path);
  return route == nullptr ? 0 : route->max_bytes;
}

void Receiver::receive(HttpRequest&& request, std::string_view path, std::string_view prefix,
                       const Respond& respond) {
  if (const auto* events = event_route_of(path))
    return receive_events(*events, std::move(request), path, prefix, respond);
  if (const auto* samples = sample_route_of(path))
    return receive_samples(
        *samples, {request, prefix, clock_.now(), visitors_, &hash_, &known_series_}, respond);
  const auto* route = route_of(path);
  if (route->methods != request.method) {
    auto response = error_answer(405, "method_not_allowed",
                                 "This address takes " + std::string(route->methods) + " only.");
    response.headers.push_back({"Allow", std::string(route->methods)});
    return respond(std::move(response));
  }
  const IncomingRequest incoming{request, prefix, clock_.now(), nullptr, &hash_};
  auto read = route->read(incoming, catalogue_);
  if (auto* refusal = std::get_if<Refusal>(&read)) {
    if (refusal->product.empty())
      refusal->product = addressee(catalogue_, prefix, refusal->protocol);
    return refuse(*refusal, respond);
  }
  accept(std::get<Submission>(std::move(read)), incoming.received, respond);
}

HttpResponse Receiver::refuse_unread(std::string_view path, std::string_view prefix,
                                     Refusal refusal) {
  HttpRequest unread;
  unread.method = "POST";
  return refuse_unread(unread, path, prefix, std::move(refusal));
}

HttpResponse Receiver::refuse_unread(const HttpRequest& request, std::string_view path,
                                     std::string_view prefix, Refusal refusal) {
  const auto* events = event_route_of(path);
  const auto* samples = sample_route_of(path);
  const auto* route = route_of(path);
  if (route == nullptr && events == nullptr && samples == nullptr) return answer(refusal);
  refusal.protocol = events != nullptr    ? events->protocol
                     : samples != nullptr ? samples->protocol
                                          : route->protocol;
  if (refusal.product.empty()) refusal.product = addressee(catalogue_, prefix, refusal.protocol);
  intake_.refuse(refusal.product, refusal.protocol, refusal.reason);
  if (route != nullptr) return answer(refusal);
  const IncomingRequest incoming{request, prefix, clock_.now()};
  return events != nullptr ? events->refused(incoming, refusal)
                           : samples->refused(incoming, refusal);
}

void Receiver::accept(Submission submission, Instant received, const Respond& respond) {
  if (const auto in_time = check_report_time(submission.reported, received); !in_time.ok()) {
    return refuse(refusal_for(submission, 400, "outside_time_window", in_time.error().message),
                  respond);
  }
  auto apart = devices_of(submission, received, &hash_);
  submission.devices.clear();
  auto report = hold(std::move(submission), received);
  if (const auto* refusal = std::get_if<Refusal>(&report)) return refuse(*refusal, respond);
  if (!apart) return keep(std::get<Held>(std::move(report)), respond);
  // Held to the contract here: what keep() calls back is the journal's thread, which all wait for.
  auto devices = std::make_shared<std::variant<Held, Refusal>>(hold(*std::move(apart), received));
  // After the report: of an installation that is refused nothing is kept.
  keep(std::get<Held>(std::move(report)), [this, devices, respond](HttpResponse response) {
    if (response.status != 200) return respond(std::move(response));
    const auto answer = [response, respond](HttpResponse of_devices) {
      // The client sends all of it again for anything else, and for ever what can never be kept.
      respond(of_devices.status == 503 ? std::move(of_devices) : response);
    };
    if (const auto* refusal = std::get_if<Refusal>(devices.get())) return refuse(*refusal, answer);
    keep(std::get<Held>(std::move(*devices)), answer);
  });
}

std::variant<Receiver::Held, Refusal> Receiver::hold(Submission submission, Instant received) {
  const auto& contract = *submission.contract;
  const auto today = day_of(received);
  auto admitted = submission.document != nullptr
                      ? admit(submission.document->root(), contract, submission.envelope, today)
                      : admit(submission.body, contract, submission.envelope, today);
  if (!admitted.ok()) return refusal_for(submission, 400, "bad_document", admitted.error().message);
  submission.document.reset();
  std::string().swap(submission.body);
  // Without its body, which may be large, on the way, too.
  auto body = std::move(admitted->body);
  admitted->body.clear();
  auto verdict = std::make_shared<Admitted>(*admitted);
  admitted->body = std::move(body);
  auto record = record_of(submission, *std::move(admitted), received);
  return Held{std::make_shared<Submission>(std::move(submission)), std::move(verdict),
              std::move(record)};
}

void Receiver::keep(Held held, const Respond& respond) {
  const auto received = held.record.received;
  intake_.accept(std::move(held.record), [this, submission = held.submission,
                                          verdict = held.verdict, received,
                                          respond](const Result<Outcome>& outcome) {
    if (!outcome.ok() && outcome.error().kind == ErrorKind::kBadData) {
      return refuse(refusal_for(*submission, 413, "too_large",
                                "What is kept of the document is too large to store."),
                    respond);
    }
    if (!outcome.ok() && outcome.error().kind == ErrorKind::kForbidden)
      return refuse(refusal_for(*submission, 410, "forgotten", kForgotten), respond);
    if (!outcome.ok()) {
      // The journal's own words name folders of this machine; they are for health and the log.
      return respond(error_answer(503, "try_again", kCannotStore));
    }
    const bool duplicate = *outcome == Outcome::kDuplicate;
    respond(answer_for(*submission, *outcome, duplicate ? nullptr : verdict.get(), received, key_));
  });
}

void Receiver::refuse(const Refusal& refusal, const Respond& respond) {
  intake_.refuse(refusal.product, refusal.protocol, refusal.reason);
  respond(answer(refusal));
}

}  // namespace candor
