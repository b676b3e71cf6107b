// The row of the collector's intake: request → protocol → admission → record → answer.
#pragma once

#include <string_view>

#include "base/clock.h"
#include "base/signature.h"
#include "contract/catalogue.h"
#include "server/protocol/submission.h"
#include "server/record/intake.h"
#include "wire/http_server.h"

namespace candor {

// Safe from any thread; what it is made of outlives it.
class Receiver {
 public:
  Receiver(const Catalogue& catalogue, Intake& intake, const SigningKey& key, const Clock& clock)
      : catalogue_(catalogue), intake_(intake), key_(key), clock_(clock) {}

  // Whether this address takes documents ("/v1/reports", "/v1/devices", "/report", "/device"), and
  // how large.
  static bool takes(std::string_view path);
  static std::uint64_t body_limit(std::string_view path);

  // Answers when the document is on disk, or at once when it is refused. `path` is without the
  // prefix /p/PRODUCT, `prefix` is PRODUCT or empty.
  void receive(const HttpRequest& request, std::string_view path, std::string_view prefix,
               const Respond& respond);

  // Counts a request that the HTTP server refused before its body was read; nothing for an address
  // that takes no documents.
  void refuse_unread(std::string_view path, std::string_view prefix, const std::string& reason);

 private:
  void accept(Submission submission, Instant received, const Respond& respond);
  void refuse(const Refusal& refusal, const Respond& respond);

  const Catalogue& catalogue_;
  Intake& intake_;
  const SigningKey& key_;
  const Clock& clock_;
};

}  // namespace candor
