#include "server/protocol/snowplow.h"

#include <algorithm>

#include "base/json.h"
#include "server/protocol/elements.h"
#include "server/protocol/limits.h"
#include "server/protocol/snowplow_event.h"
#include "wire/url.h"

namespace candor {
namespace {

constexpr std::string_view kProtocol = "snowplow";

// A GIF of one transparent pixel.
constexpr std::string_view kPixel(
    "GIF89a\x01\x00\x01\x00\x80\x00\x00\x00\x00\x00\xff\xff\xff\x21\xf9\x04\x01\x00\x00\x00\x00"
    "\x2c\x00\x00\x00\x00\x01\x00\x01\x00\x00\x02\x02\x44\x01\x00\x3b",
    43);

// The events of one request to one product.
class Reader {
 public:
  Reader(EventBatch& batch, Instant received) : batch_(batch), received_(received) {}

  void refuse(const std::string& reason, std::uint64_t count = 1) {
    if (count > 0) batch_.refused[reason] += count;
  }

  void add(const Json& fields) {
    if (has_room(fields)) take(snowplow_event(fields, *batch_.contract, received_));
  }

  void add_document(const Json& document, const Json& fields) {
    if (has_room(document)) take(snowplow_document(document, fields, *batch_.contract, received_));
  }

  // The body of `tp2`.
  void add_payload(const std::string& body) {
    const auto json = parse_foreign_json(body);
    if (json.ok()) {
      const Json* events = find_member(*json, "data");
      if (events == nullptr || !events->is_array()) return refuse("bad_document");
      for (const auto& fields : *events) add(fields);
      return;
    }
    // What makes it no JSON may be in one event only.
    const auto elements = elements_of(body, "data", kMaxSnowplowEvents);
    if (!elements) return refuse("bad_document");
    for (const auto element : elements->texts) {
      if (!element.starts_with('{')) {
        refuse("bad_event");
        continue;
      }
      const auto fields = parse_foreign_json(element);
      add(fields.ok() ? *fields : Json());
    }
    refuse("too_many", elements->beyond);
  }

  // The body of `iglu/v1`; `fields` is the query.
  void add_documents(const std::string& body, const Json& fields) {
    auto json = parse_foreign_json(body);
    if (!json.ok()) return refuse("bad_document");
    if (const Json* schema = find_member(fields, "schema")) {
      const Json document = {{"schema", *schema}, {"data", *std::move(json)}};
      add_document(document, without_schema(fields));
    } else if (json->is_array()) {
      for (const auto& document : *json) add_document(document, fields);
    } else {
      add_document(*json, fields);
    }
  }

 private:
  bool has_room(const Json& event) {
    if (!event.is_object()) {
      refuse("bad_event");
    } else if (batch_.events.size() == kMaxSnowplowEvents) {
      refuse("too_many");
    } else if (documents_bytes_ > kMaxEventDocumentsBytes) {
      refuse("too_large");
    } else {
      return true;
    }
    return false;
  }

  void take(EventSubmission event) {
    documents_bytes_ += event.document.size();
    if (documents_bytes_ > kMaxEventDocumentsBytes) return refuse("too_large");
    batch_.events.push_back(std::move(event));
  }

  static Json without_schema(Json fields) {
    fields.erase("schema");
    return fields;
  }

  EventBatch& batch_;
  const Instant received_;
  std::size_t documents_bytes_ = 0;
};

// The parameters of a query as an object of texts, at most kMaxSnowplowFields of them.
Json fields_of(std::string_view query) {
  Json fields = Json::object();
  while (!query.empty() && fields.size() < kMaxSnowplowFields) {
    const auto end = std::min(query.find('&'), query.size());
    const auto pair = query.substr(0, end);
    query.remove_prefix(std::min(end + 1, query.size()));
    if (pair.empty()) continue;
    const auto equals = std::min(pair.find('='), pair.size());
    fields[url_decode(pair.substr(0, equals), UrlPart::kQuery)] =
        url_decode(pair.substr(std::min(equals + 1, pair.size())), UrlPart::kQuery);
  }
  return fields;
}

EventsOrRefusal read(const IncomingRequest& request, std::string_view path,
                     const Catalogue& catalogue) {
  const auto product = catalogue.route(request.prefix, write_key_of(request.http), kProtocol);
  if (!product.ok()) return refusal_of(product.error(), kProtocol);
  EventBatch batch{std::string(kProtocol), *product, (*product)->current, {}, {}};
  Reader reader(batch, request.received);
  if (request.http.method != "POST") {
    reader.add(fields_of(request.http.query));
    return batch;
  }
  auto unpacked = unpack_body(request, kMaxSnowplowBodyBytes);
  if (auto* refusal = std::get_if<Refusal>(&unpacked)) {
    refusal->protocol = kProtocol;
    refusal->product = (*product)->name();
    return std::move(*refusal);
  }
  const auto& body = std::get<std::string>(unpacked);
  if (path.ends_with("/tp2")) {
    reader.add_payload(body);
  } else {
    reader.add_documents(body, fields_of(request.http.query));
  }
  return batch;
}

HttpResponse taken(const IncomingRequest& request) {
  HttpResponse response;
  if (request.http.method == "POST") {
    response.content_type = "text/plain";
    response.body = "ok";
  } else {
    response.content_type = "image/gif";
    response.body = kPixel;
    response.headers.push_back({"Cache-Control", "no-cache, no-store, must-revalidate"});
  }
  allow_origin_of(request.http, response);
  return response;
}

// Trackers send again, without end, what is answered with most errors: only where that helps, or
// where they give up, they get one.
HttpResponse refused(const IncomingRequest& request, const Refusal& refusal) {
  const bool about_payload = refusal.reason == "too_large" || refusal.reason == "bad_encoding" ||
                             refusal.reason == "unknown_encoding";
  if (about_payload) return taken(request);
  auto response = answer(refusal);
  if (refusal.reason == "unknown_product") response.status = 400;
  allow_origin_of(request.http, response);
  return response;
}

constexpr EventRoute route(std::string_view path, std::string_view methods) {
  return {path, kProtocol, methods, read, taken, refused, kMaxSnowplowBodyBytes, true};
}

constexpr EventRoute kRoutes[] = {
    route("/com.snowplowanalytics.snowplow/tp2", "POST GET HEAD"),
    route("/com.snowplowanalytics.iglu/v1", "POST"),
    route("/i", "GET HEAD"),
    route("/ice.png", "GET HEAD"),
};

}  // namespace

std::span<const EventRoute> snowplow_routes() { return kRoutes; }

}  // namespace candor
