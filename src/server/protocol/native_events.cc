#include "server/protocol/native_events.h"

#include "base/json.h"
#include "contract/receipt.h"
#include "server/admit/document.h"
#include "server/protocol/limits.h"
#include "server/protocol/native_start.h"

namespace candor {
namespace {

namespace dom = simdjson::dom;

constexpr int kFormat = 1;

struct Header {
  std::string product;
  std::string contract;
};

// A text member; false when it is there and no text.
bool read_text(const dom::object& object, std::string_view name, std::string& text) {
  dom::element member;
  if (object[name].get(member) != simdjson::SUCCESS) return true;
  std::string_view view;
  if (member.get(view) != simdjson::SUCCESS) return false;
  text = view;
  return true;
}

// The same of a boolean.
bool read_flag(const dom::object& object, std::string_view name, bool& flag) {
  dom::element member;
  if (object[name].get(member) != simdjson::SUCCESS) return true;
  return member.get(flag) == simdjson::SUCCESS;
}

// Nothing when it is no event.
std::optional<EventSubmission> read_event(const dom::element& element) {
  dom::object object;
  if (element.get(object) != simdjson::SUCCESS) return std::nullopt;
  EventSubmission event;
  std::string at;
  if (!read_text(object, "id", event.message_id) || !read_text(object, "name", event.name) ||
      !read_text(object, "source", event.source) || !read_text(object, "at", at) ||
      !read_flag(object, "automation", event.automation))
    return std::nullopt;
  if (event.name.empty() || event.message_id.empty() ||
      event.message_id.size() > kMaxNativeEventIdBytes)
    return std::nullopt;
  if (!at.empty()) {
    event.at = parse_rfc3339(at);
    if (!event.at) return std::nullopt;
  }
  dom::element document;
  if (object["document"].get(document) == simdjson::SUCCESS) {
    if (!document.is_object()) return std::nullopt;
    event.document = simdjson::minify(document);
  }
  return event;
}

// Fills in the header and the events, of which `batch` counts those that are none.
Result<Header> read_file(const std::string& body, EventBatch& batch) {
  CANDOR_ASSIGN(document, JsonDocument::parse(body));
  const auto json = object_member(document.root(), "candor");
  if (!json || number_member(*json, "format") != kFormat ||
      text_member(*json, "kind") != "events") {
    return Error{
        ErrorKind::kBadData,
        "This is no file of events of format 1: it has no \"candor\" header of that kind."};
  }
  Header header{text_member(*json, "product"), text_member(*json, "contract")};
  if (header.product.empty()) {
    return Error{ErrorKind::kBadData,
                 "The file of events has no product: its header needs its name in \"product\"."};
  }
  dom::array events;
  if (document.root()["events"].get(events) != simdjson::SUCCESS)
    return Error{ErrorKind::kBadData, "The file of events has no list \"events\"."};
  for (const auto& element : events) {
    if (batch.events.size() == kMaxNativeEvents) {
      ++batch.refused["too_many"];
    } else if (auto event = read_event(element)) {
      batch.events.push_back(*std::move(event));
    } else {
      ++batch.refused["bad_event"];
    }
  }
  return header;
}

EventsOrRefusal read(const IncomingRequest& request, std::string_view, const Catalogue& catalogue) {
  auto begun = begin_native(request);
  if (auto* refusal = std::get_if<Refusal>(&begun)) return std::move(*refusal);
  auto& file = std::get<Submission>(begun);
  EventBatch batch;
  batch.protocol = kNativeProtocol;
  const auto header = read_file(file.body, batch);
  if (!header.ok()) return refusal_of(header.error(), kNativeProtocol);
  if (auto refusal = address_native(request, catalogue, header->product, header->contract, file))
    return *std::move(refusal);
  batch.product = file.product;
  batch.contract = file.contract;
  batch.body_sha256 = std::move(file.body_sha256);
  return batch;
}

HttpResponse refused(const IncomingRequest&, const Refusal& refusal) { return answer(refusal); }

std::string_view status_of(const EventCounts& counts) {
  const bool all_here = counts.quarantined + counts.refused == 0;
  if (counts.accepted > 0) return all_here ? "accepted" : "partly_quarantined";
  if (counts.duplicates > 0 && all_here) return "duplicate";
  return all_here ? "accepted" : "quarantined";
}

constexpr EventRoute kRoutes[] = {
    {"/v1/events", kNativeProtocol, "POST", read, nullptr, refused, kMaxEventBodyBytes},
};

}  // namespace

std::span<const EventRoute> native_event_routes() { return kRoutes; }

HttpResponse native_events_answer(const std::string& body_sha256, const std::string& contract,
                                  const EventCounts& counts, Instant received,
                                  const SigningKey& key) {
  Json json;
  json["schema_version"] = 1;
  json["status"] = status_of(counts);
  json["receipt"] = to_json(sign_receipt(body_sha256, contract, format_rfc3339(received), key));
  json["events"] = {{"accepted", counts.accepted},
                    {"quarantined", counts.quarantined},
                    {"duplicates", counts.duplicates},
                    {"refused", counts.refused}};
  HttpResponse response;
  response.body = to_line(json) + "\n";
  return response;
}

}  // namespace candor
