// What every client protocol is turned into, and what a request that cannot be taken is told.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "contract/catalogue.h"
#include "server/admit/document.h"
#include "server/admit/hash_here.h"
#include "server/admit/known_series.h"
#include "visitor/visitors.h"
#include "wire/http_server.h"

namespace candor {

enum class SubmissionKind { kReport, kDeviceReport };

// One document, not yet admitted.
struct Submission {
  SubmissionKind kind = SubmissionKind::kReport;
  std::string protocol;  // "native", "ceph"
  const Product* product = nullptr;
  ContractPtr contract;  // the version that admits it
  std::string installation;
  std::string deletion;
  Instant reported{};
  bool simulated = false;
  bool automation = false;
  // What is to be admitted: the request's body as a protocol parsed it, valid until the next
  // document is parsed on this thread; or, where there is none, this text.
  std::shared_ptr<const JsonDocument> document;
  std::string body;
  std::string body_sha256;                 // 64 hex digits; of native reports and device reports
  std::vector<std::string_view> envelope;  // top-level members that are the protocol's own
  std::vector<std::string> identity;       // what makes it the same document when it comes again
  std::string devices;                     // what stands apart as a device report; or empty
};

// A request that is not taken: the status, a code for programs, a sentence for people.
struct Refusal {
  int status = 400;
  std::string reason;  // snake_case; counted in the accounting
  std::string message;
  std::string product;  // empty when not known
  std::string protocol;
  std::map<std::string, std::vector<std::string>> fields{};  // sentences, where a protocol has them
};

using SubmissionOrRefusal = std::variant<Submission, Refusal>;

// A request as the protocols see it.
struct IncomingRequest {
  const HttpRequest& http;
  std::string_view prefix;  // PRODUCT of /p/PRODUCT/…, or empty
  Instant received{};
  Visitors* visitors = nullptr;    // who tells visitors of web pages apart; nullptr: nobody
  const HashHere* hash = nullptr;  // for names that a protocol must not pass on
  KnownSeries* known = nullptr;    // series that came before; nullptr: none are remembered
};

// The body where it is packed, unpacked; nothing where the request's is it.
std::variant<std::optional<std::string>, Refusal> unpack_packed(const IncomingRequest& request,
                                                                std::uint64_t max_bytes);
// The unpacked body, and the product it is for by prefix, write key or protocol; refusals of
// either. The write key is the user name of Basic authorization or the parameter `key`.
std::variant<std::string, Refusal> unpack_body(const IncomingRequest& request,
                                               std::uint64_t max_bytes);
std::optional<std::string> write_key_of(const HttpRequest& request);
Refusal refusal_of(const Error& error, std::string_view protocol);

HttpResponse answer(const Refusal& refusal);
// The body of every error: {"schema_version":1,"error":{"reason","message"}}.
HttpResponse error_answer(int status, std::string_view reason, std::string_view message);

}  // namespace candor
