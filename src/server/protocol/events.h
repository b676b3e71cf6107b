// What the protocols that send events turn a request into, and what they answer.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/clock.h"
#include "server/admit/admit.h"
#include "server/admit/document.h"
#include "server/protocol/submission.h"
#include "wire/origins.h"

namespace candor {

// One event, not yet admitted.
struct EventSubmission {
  std::string name;        // as the contract would declare it; empty: the client gave none
  std::string message_id;  // what makes it the same when it comes again; empty: nothing does
  std::string source;      // what tells installations or visitors apart, as the client says it
  std::optional<Instant> at;
  bool automation = false;  // the client says that it happened in continuous integration
  std::string document;     // JSON object that the contract's fields are held against; empty: none
  // Or so many of the members of EventBatch::members, from that one on, which are as good as one.
  struct MemberRange {
    std::size_t from = 0;
    std::size_t count = 0;
  };
  std::optional<MemberRange> members{};
  std::vector<std::string> unreadable;  // members that were not understood: to quarantine, no value
};

// The events of one request.
struct EventBatch {
  std::string protocol;
  const Product* product = nullptr;
  ContractPtr contract;
  std::vector<EventSubmission> events;
  std::map<std::string, std::uint64_t> refused;  // by reason: what was no event at all
  std::vector<HttpHeader> headers{};             // that the answer has besides
  std::string body_sha256{};                     // hex; not empty: a receipt is given for it
  // What members of events are part of: until the next document is parsed on this thread.
  std::optional<JsonDocument> parsed{};
  std::vector<simdjson::dom::key_value_pair> members{};
};

using EventsOrRefusal = std::variant<EventBatch, Refusal>;

// One address that takes events.
struct EventRoute {
  std::string_view path;
  std::string_view protocol;
  std::string_view methods;  // separated by spaces
  EventsOrRefusal (*read)(const IncomingRequest&, std::string_view path, const Catalogue&);
  HttpResponse (*taken)(const IncomingRequest&);  // nullptr: the answer says what became of each
  HttpResponse (*refused)(const IncomingRequest&, const Refusal&);
  std::uint64_t max_bytes;
  // Browsers' clients send with credentials, though none is looked at: answers name the origin of
  // the request. Those of the other routes depend on nothing in it.
  bool with_credentials = false;
};

}  // namespace candor
