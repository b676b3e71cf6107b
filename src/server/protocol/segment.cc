#include "server/protocol/segment.h"

#include <algorithm>

#include "base/json.h"
#include "server/protocol/elements.h"
#include "server/protocol/limits.h"

namespace candor {
namespace {

constexpr std::string_view kProtocol = "segment";

// What is the protocol's own of a message; the rest is the event's document.
constexpr std::string_view kEnvelope[] = {
    "type",         "event",     "messageId",         "timestamp",  "sentAt",   "anonymousId",
    "integrations", "_metadata", "originalTimestamp", "receivedAt", "writeKey", "channel"};

// What an address is for: the type of its one message; empty for batches.
std::string_view type_of(std::string_view path) {
  const auto last = path.substr(path.rfind('/') + 1);
  constexpr std::string_view kTypes[] = {"track", "identify", "page", "screen", "group", "alias"};
  for (const auto type : kTypes) {
    if (last == type || (last.size() == 1 && last[0] == type[0])) return type;
  }
  return "";
}

// Texts, and numbers of hand-made calls.
std::string id_member(const Json& message, std::string_view name) {
  const Json* member = find_member(message, name);
  if (member == nullptr || member->is_null()) return {};
  if (member->is_string()) return member->get<std::string>();
  return member->is_number() ? member->dump() : std::string();
}

// When it happened by the collector's clock: how long before its sending it was, by the client's.
std::optional<Instant> moment_of(const Json& message, const std::optional<Instant>& sent,
                                 Instant received) {
  const auto at = parse_rfc3339(string_member(message, "timestamp"));
  if (!at || !sent) return at;
  return received - (*sent - *at);
}

class Reader {
 public:
  // `shared` is what the batch says for every message; it outlives the reader.
  Reader(const IncomingRequest& request, EventBatch& batch, const Json& shared)
      : request_(request),
        batch_(batch),
        shared_sent_(parse_rfc3339(string_member(shared, "sentAt"))) {
    if (const Json* context = find_member(shared, "context"); context && context->is_object())
      shared_context_ = context;
  }

  // Whether what every message will have is small enough for one.
  bool fits() const {
    return shared_context_ == nullptr ||
           to_line(*shared_context_).size() <= kMaxSegmentMessageBytes;
  }

  void add(const Json& message, std::string_view type) {
    if (!message.is_object()) return refuse("bad_event");
    if (to_line(message).size() > kMaxSegmentMessageBytes) return refuse("too_large");
    if (batch_.events.size() == kMaxSegmentMessages) return refuse("too_many");
    if (documents_bytes_ > kMaxEventDocumentsBytes) return refuse("too_large");
    EventSubmission event;
    const auto kind = type.empty() ? string_member(message, "type") : std::string(type);
    event.name = kind == "track" ? string_member(message, "event") : kind;
    event.message_id = id_member(message, "messageId");
    event.source = id_member(message, "anonymousId");
    if (event.source.empty()) event.source = id_member(message, "userId");
    auto sent = parse_rfc3339(string_member(message, "sentAt"));
    if (!sent) sent = shared_sent_;
    event.at = moment_of(message, sent, request_.received);
    event.document = document_of(message);
    if (event.document.size() > kMaxSegmentMessageBytes) return refuse("too_large");
    documents_bytes_ += event.document.size();
    if (documents_bytes_ > kMaxEventDocumentsBytes) return refuse("too_large");
    batch_.events.push_back(std::move(event));
  }

 private:
  void refuse(const std::string& reason) { ++batch_.refused[reason]; }

  std::string document_of(const Json& message) const {
    Json document = Json::object();
    for (const auto& [name, value] : message.items()) {
      if (std::ranges::find(kEnvelope, name) == std::end(kEnvelope)) document[name] = value;
    }
    // What stands beside the messages holds for each of them, which may say otherwise.
    if (shared_context_ != nullptr) {
      auto& own = document["context"];
      auto both = *shared_context_;
      if (own.is_object()) {
        for (const auto& [name, value] : own.items()) both[name] = value;
      }
      own = std::move(both);
    }
    return to_line(document);
  }

  const IncomingRequest& request_;
  EventBatch& batch_;
  const std::optional<Instant> shared_sent_;
  const Json* shared_context_ = nullptr;
  std::size_t documents_bytes_ = 0;
};

// A batch that is no JSON, where what makes it none may be in one message only: clients write half
// of a surrogate pair as they find it.
struct Parted {
  Json shared;  // with an empty list of messages
  std::vector<std::string_view> messages;
};

std::optional<Parted> part(std::string_view body) {
  auto elements = elements_of(body, "batch", kMaxSegmentMessages);
  if (!elements || elements->beyond > 0 || elements->texts.empty()) return std::nullopt;
  const auto first = elements->texts.front(), last = elements->texts.back();
  if (first.empty() || last.empty()) return std::nullopt;
  const auto begin = static_cast<std::size_t>(first.data() - body.data());
  const auto end = static_cast<std::size_t>(last.data() - body.data()) + last.size();
  auto shared = parse_foreign_json(std::string(body.substr(0, begin)).append(body.substr(end)));
  if (!shared.ok()) return std::nullopt;
  return Parted{*std::move(shared), std::move(elements->texts)};
}

Refusal refusal(int status, std::string reason, std::string message,
                const Product* product = nullptr) {
  return {status, std::move(reason), std::move(message), product ? product->name() : "",
          std::string(kProtocol)};
}

EventsOrRefusal read(const IncomingRequest& request, std::string_view path,
                     const Catalogue& catalogue) {
  auto unpacked = unpack_body(request, kMaxEventBodyBytes);
  if (auto* refused = std::get_if<Refusal>(&unpacked)) {
    refused->protocol = kProtocol;
    return std::move(*refused);
  }
  const auto& body = std::get<std::string>(unpacked);
  auto key = write_key_of(request.http);
  const auto type = type_of(path);
  if (body.size() > (type.empty() ? kMaxSegmentBatchBytes : kMaxSegmentMessageBytes)) {
    // A key in the body is not looked for.
    const auto product = catalogue.route(request.prefix, key, kProtocol);
    return refusal(400, "too_large", "The request is larger than Segment's limit.",
                   product.ok() ? *product : nullptr);
  }
  auto json = parse_foreign_json(body);
  std::vector<std::string_view> apart;
  if (!json.ok() && type.empty()) {
    if (auto parted = part(body)) {
      json = std::move(parted->shared);
      apart = std::move(parted->messages);
    }
  }
  const bool readable = json.ok() && json->is_object();
  if (!key && readable) {
    if (auto in_body = string_member(*json, "writeKey"); !in_body.empty()) key = in_body;
  }
  const auto product = catalogue.route(request.prefix, key, kProtocol);
  if (!product.ok()) return refusal_of(product.error(), kProtocol);
  if (!json.ok()) return refusal(400, "bad_document", json.error().message, *product);
  if (!readable) return refusal(400, "bad_document", "The body is no JSON object.", *product);
  EventBatch batch{std::string(kProtocol), *product, (*product)->current, {}, {}};
  if (!type.empty()) {
    Reader(request, batch, Json::object()).add(*json, type);
    return batch;
  }
  const Json* messages = find_member(*json, "batch");
  // Clients of DC/OS send `null` where their queue was empty.
  if (messages == nullptr || messages->is_null()) return batch;
  if (!messages->is_array())
    return refusal(400, "bad_document", "`batch` is no list of messages.", *product);
  Reader reader(request, batch, *json);
  if (!reader.fits()) {
    return refusal(400, "too_large",
                   "The context that the messages share is larger than Segment's limit of one.",
                   *product);
  }
  for (const auto& message : *messages) reader.add(message, "");
  for (const auto text : apart) {
    const auto message = parse_foreign_json(text);
    reader.add(message.ok() ? *message : Json(), "");
  }
  return batch;
}

HttpResponse taken(const IncomingRequest&) {
  HttpResponse response;
  response.body = "{\"success\": true}\n";
  allow_origins(response);
  return response;
}

// Some clients try again for ever when an error has no `code` and `message`.
HttpResponse refused(const IncomingRequest&, const Refusal& refusal) {
  HttpResponse response;
  // It is what they wait for; other statuses use up their tries.
  response.status = refusal.status == 503 ? 429 : refusal.status;
  response.body = to_line({{"code", refusal.reason}, {"message", refusal.message}}) + "\n";
  if (response.status == 429) response.headers.push_back({"Retry-After", "5"});
  allow_origins(response);
  return response;
}

constexpr EventRoute route(std::string_view path) {
  return {path, kProtocol, "POST", read, taken, refused, kMaxEventBodyBytes};
}

constexpr EventRoute kRoutes[] = {
    route("/v1/batch"), route("/v1/import"),   route("/v1/b"), route("/v1/track"),
    route("/v1/t"),     route("/v1/identify"), route("/v1/i"), route("/v1/page"),
    route("/v1/p"),     route("/v1/screen"),   route("/v1/s"), route("/v1/group"),
    route("/v1/g"),     route("/v1/alias"),    route("/v1/a"),
};

}  // namespace

std::span<const EventRoute> segment_routes() { return kRoutes; }

}  // namespace candor
