// The row of the collector's intake: request → protocol → admission → record → answer.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <variant>

#include "base/clock.h"
#include "base/signature.h"
#include "contract/catalogue.h"
#include "server/admit/hash_here.h"
#include "server/admit/known_series.h"
#include "server/protocol/events.h"
#include "server/protocol/samples.h"
#include "server/protocol/submission.h"
#include "server/record/intake.h"
#include "wire/http_server.h"

namespace candor {

// Safe from any thread; what it is made of outlives it.
class Receiver {
 public:
  // Told of admitted series (server/admit/series_list.h) that are on disk; must not wait.
  using PassOn =
      std::function<void(const std::string& product, std::string series, std::uint64_t samples)>;
  // `hash_key` is what admission hashes with, the collector's own; `visitors` may be nullptr, and
  // `pass_on` empty.
  Receiver(const Catalogue& catalogue, Intake& intake, const SigningKey& key,
           std::string_view hash_key, const Clock& clock, Visitors* visitors = nullptr,
           PassOn pass_on = {})
      : catalogue_(catalogue),
        intake_(intake),
        key_(key),
        hash_(hash_key),
        clock_(clock),
        visitors_(visitors),
        pass_on_(std::move(pass_on)) {}

  // Whether this address takes documents ("/v1/reports", "/report", …), events ("/v1/batch", …) or
  // samples ("/v1/metrics", …), and how large a request.
  static bool takes(std::string_view path);
  static std::uint64_t body_limit(std::string_view path);

  // Answers when the document is on disk, or at once when it is refused. `path` is without the
  // prefix /p/PRODUCT, `prefix` is PRODUCT or empty. Takes of the request what has to wait with it.
  void receive(HttpRequest&& request, std::string_view path, std::string_view prefix,
               const Respond& respond);

  // Counts a request that the HTTP server refused before its body was read, unless the address
  // takes no documents; the answer to it, as its clients understand it.
  HttpResponse refuse_unread(std::string_view path, std::string_view prefix, Refusal refusal);
  // The same of a request whose header is known.
  HttpResponse refuse_unread(const HttpRequest& request, std::string_view path,
                             std::string_view prefix, Refusal refusal);

 private:
  void receive_events(const EventRoute& route, HttpRequest&& request, std::string_view path,
                      std::string_view prefix, const Respond& respond);
  void receive_samples(const SampleRoute& route, const IncomingRequest& incoming,
                       const Respond& respond);
  struct EventsUnderWay;
  void accept(EventBatch batch, const EventRoute& route, HttpRequest&& request,
              std::string_view prefix, Instant received, const Respond& respond);
  void answer_events(EventsUnderWay& way, const Result<EventOutcomes>& outcomes);
  void accept(Submission submission, Instant received, const Respond& respond);
  // A document that was held to its contract, and is to be kept.
  struct Held {
    std::shared_ptr<Submission> submission;  // without its body
    std::shared_ptr<Admitted> verdict;       // the same
    DocumentRecord record;
  };
  std::variant<Held, Refusal> hold(Submission submission, Instant received);
  void keep(Held held, const Respond& respond);
  void refuse(const Refusal& refusal, const Respond& respond);

  const Catalogue& catalogue_;
  Intake& intake_;
  const SigningKey& key_;
  const HashHere hash_;
  KnownSeries known_series_;
  const Clock& clock_;
  Visitors* const visitors_;
  const PassOn pass_on_;  // may be empty
};

}  // namespace candor
