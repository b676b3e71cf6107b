#include "server/protocol/segment.h"

#include <algorithm>

#include "base/json.h"
#include "server/protocol/elements.h"
#include "server/protocol/limits.h"

namespace candor {
namespace {

namespace dom = simdjson::dom;

constexpr std::string_view kProtocol = "segment";

// Of a batch, beside its messages: with more it is read the slow way, which has a limit of its own.
constexpr std::size_t kMaxPlainMembers = 100;

// What is the protocol's own of a message; the rest is the event's document.
constexpr std::string_view kEnvelope[] = {
    "type",         "event",     "messageId",         "timestamp",  "sentAt",   "anonymousId",
    "integrations", "_metadata", "originalTimestamp", "receivedAt", "writeKey", "channel"};

bool is_envelope(std::string_view name) {
  return std::ranges::find(kEnvelope, name) != std::end(kEnvelope);
}

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
      if (!is_envelope(name)) document[name] = value;
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

// The same for messages that need no change: their members are taken from the parsed body as they
// are.
class PlainReader {
 public:
  PlainReader(const IncomingRequest& request, EventBatch& batch, std::optional<Instant> shared_sent)
      : request_(request), batch_(batch), shared_sent_(shared_sent) {}

  void add(const dom::element& message, std::string_view type, bool may_be_large) {
    dom::object object;
    if (message.get_object().get(object) != simdjson::SUCCESS) return refuse("bad_event");
    if (may_be_large && size_of(message) > kMaxSegmentMessageBytes) return refuse("too_large");
    if (batch_.events.size() == kMaxSegmentMessages) return refuse("too_many");
    Envelope envelope;
    EventSubmission::MemberRange range{batch_.members.size(), 0};
    for (const auto member : object) {
      if (!envelope.take(member)) batch_.members.push_back(member);
    }
    range.count = batch_.members.size() - range.from;
    const auto kind = type.empty() ? text_of(envelope.type) : type;
    EventSubmission event;
    event.name = kind == "track" ? text_of(envelope.event) : kind;
    event.message_id = id_of(envelope.message_id);
    event.source = id_of(envelope.anonymous_id);
    if (event.source.empty()) {
      dom::element user;
      if (object.at_key("userId").get(user) == simdjson::SUCCESS) event.source = id_of(user);
    }
    auto sent = parse_rfc3339(text_of(envelope.sent));
    if (!sent) sent = shared_sent_;
    event.at = parse_rfc3339(text_of(envelope.at));
    if (event.at && sent) event.at = request_.received - (*sent - *event.at);
    event.members = range;
    batch_.events.push_back(std::move(event));
  }

 private:
  using Member = std::optional<dom::element>;

  // What is the protocol's own; of several members of one name the first.
  struct Envelope {
    Member type, event, message_id, at, sent, anonymous_id;

    // Whether the member is of the envelope.
    bool take(const dom::key_value_pair& member) {
      const auto note = [&](Member& into) {
        if (!into) into = member.value;
        return true;
      };
      const auto& key = member.key;
      if (key == "type") return note(type);
      if (key == "event") return note(event);
      if (key == "messageId") return note(message_id);
      if (key == "timestamp") return note(at);
      if (key == "sentAt") return note(sent);
      if (key == "anonymousId") return note(anonymous_id);
      return is_envelope(key);
    }
  };

  static std::string_view text_of(const Member& member) {
    return member && member->is_string() ? member->get_string().value_unsafe() : std::string_view();
  }

  // Texts, and numbers of hand-made calls.
  static std::string id_of(const Member& member) {
    if (member && member->is_number()) return simdjson::minify(*member);
    return std::string(text_of(member));
  }

  // Bytes of the value as JSON, about: escapes are counted as what they stand for.
  static std::size_t size_of(const dom::element& value) {
    std::size_t bytes = 2;
    switch (value.type()) {
      case dom::element_type::OBJECT:
        for (const auto member : dom::object(value.get_object().value_unsafe()))
          bytes += member.key.size() + 4 + size_of(member.value);
        return bytes;
      case dom::element_type::ARRAY:
        for (const auto entry : dom::array(value.get_array().value_unsafe()))
          bytes += 1 + size_of(entry);
        return bytes;
      case dom::element_type::STRING:
        return bytes + value.get_string().value_unsafe().size();
      default:
        return 4;
    }
  }

  void refuse(const std::string& reason) { ++batch_.refused[reason]; }

  const IncomingRequest& request_;
  EventBatch& batch_;
  const std::optional<Instant> shared_sent_;
};

// What stands beside the messages of a plain batch.
struct Beside {
  dom::array messages;
  std::string_view write_key;
  std::optional<Instant> sent;
};

// Nothing for a batch that is not plain: with a context that its messages share, or two lists.
std::optional<Beside> beside_messages(const dom::object& root) {
  Beside beside;
  std::size_t members = 0, lists = 0;
  for (const auto member : root) {
    if (++members > kMaxPlainMembers || member.key == "context") return std::nullopt;
    std::string_view text;
    const bool is_text = member.value.get_string().get(text) == simdjson::SUCCESS;
    if (member.key == "writeKey" && is_text) beside.write_key = text;
    if (member.key == "sentAt" && is_text) beside.sent = parse_rfc3339(text);
    if (member.key != "batch") continue;
    if (++lists > 1 || member.value.get_array().get(beside.messages) != simdjson::SUCCESS)
      return std::nullopt;
  }
  return lists == 1 ? std::optional(beside) : std::nullopt;
}

// Reads a body whose messages need no change; nothing when it is another one, or no JSON.
std::optional<EventsOrRefusal> read_plain(const IncomingRequest& request, std::string_view body,
                                          std::string_view type, const Catalogue& catalogue,
                                          std::optional<std::string> key) {
  auto parsed = JsonDocument::parse(body);
  if (!parsed.ok()) return std::nullopt;
  Beside beside;
  if (type.empty()) {
    const auto found = beside_messages(parsed->root());
    if (!found) return std::nullopt;
    beside = *found;
  } else if (!key) {
    std::string_view text;
    if (parsed->root().at_key("writeKey").get_string().get(text) == simdjson::SUCCESS)
      beside.write_key = text;
  }
  if (!key && !beside.write_key.empty()) key = beside.write_key;
  const auto product = catalogue.route(request.prefix, key, kProtocol);
  if (!product.ok()) return refusal_of(product.error(), kProtocol);
  EventBatch batch{std::string(kProtocol), *product, (*product)->current, {}, {}};
  PlainReader reader(request, batch, beside.sent);
  if (!type.empty()) {
    reader.add(parsed->element(), type, false);
  } else {
    batch.events.reserve(std::min<std::size_t>(beside.messages.size(), kMaxSegmentMessages));
    const bool may_be_large = body.size() > kMaxSegmentMessageBytes;
    for (const auto message : beside.messages) reader.add(message, "", may_be_large);
  }
  batch.parsed = *std::move(parsed);
  return batch;
}

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
  auto unpacked = unpack_packed(request, kMaxEventBodyBytes);
  if (auto* refused = std::get_if<Refusal>(&unpacked)) {
    refused->protocol = kProtocol;
    return std::move(*refused);
  }
  const auto& own = std::get<std::optional<std::string>>(unpacked);
  const std::string_view body = own ? *own : request.http.body;
  auto key = write_key_of(request.http);
  const auto type = type_of(path);
  if (body.size() > (type.empty() ? kMaxSegmentBatchBytes : kMaxSegmentMessageBytes)) {
    // A key in the body is not looked for.
    const auto product = catalogue.route(request.prefix, key, kProtocol);
    return refusal(400, "too_large", "The request is larger than Segment's limit.",
                   product.ok() ? *product : nullptr);
  }
  if (auto plain = read_plain(request, body, type, catalogue, key)) return *std::move(plain);
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
