// The way to the collector: where it is, how to reach it, and its answers.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "agent/send/retry.h"
#include "base/result.h"
#include "config/settings.h"
#include "contract/contract.h"
#include "contract/deletion.h"
#include "contract/receipt.h"
#include "wire/http_client.h"

namespace candor {

// What is spoken with the endpoint.
enum class Wire {
  kNative,
  kSegment,     // POST /v1/batch; whoever takes it signs no receipt
  kRemoteWrite  // POST /api/v1/write; the same
};

struct UplinkOptions {
  std::string endpoint;  // "https://host/prefix", no final slash
  std::string proxy;     // may hold a password
  std::string ca_file;
  std::string write_key;
  std::string receipt_key;  // that the operator was given; empty: pinned at first contact
  Wire wire = Wire::kNative;
  std::string path = "/v1/reports";
  std::string setting = "endpoint";  // the key that names the endpoint
  bool carries_no_key = false;       // whatever write_key_file says

  // Where reports go, as an operator may see it.
  std::string shown_url() const;
};

// From configuration and contract. kConfiguration when there is no endpoint, when it is no URL, or
// when it is plain http to another machine and `insecure` does not allow that.
Result<UplinkOptions> uplink_options(const Settings& settings, const Contract& contract);
// kConfiguration when the endpoint of reports, or the wire, could never be sent to. No endpoint at
// all is right: telemetry may be off, or for local eyes only.
Status check_uplink(const Settings& settings, const Contract& contract);
// The same as uplink_options for device reports, by `device_endpoint` first. To another collector
// than the one of the reports, without write key and receipt key.
Result<UplinkOptions> device_uplink_options(const Settings& settings, const Contract& contract);
// The same for files of events: to the collector of the reports, or, with `relay_target`, to a
// Plausible server, which gets no key of ours.
Result<UplinkOptions> event_uplink_options(const Settings& settings, const Contract& contract);
// The same for what programs recorded, which goes to the collector of the reports alone.
// kConfiguration besides when that takes Segment's tracks and nothing else.
Result<UplinkOptions> program_uplink_options(const Settings& settings, const Contract& contract);
// The same for files of metrics, by remote write. kConfiguration besides when the contract does not
// accept that.
Result<UplinkOptions> metric_uplink_options(const Settings& settings, const Contract& contract);
// Whether the collector of the device reports takes the reports, too.
bool is_one_collector(const Settings& settings, const Contract& contract,
                      const UplinkOptions& devices);

struct Delivery {
  TryOutcome outcome;
  std::string problem;  // a sentence, when the collector did not take it
  Json answer;          // the collector's document; null when it was none
};

class Uplink {
 public:
  using KeepGoing = std::function<bool()>;

  // `client` must outlive the uplink. `keep_going` is asked all the time; false stops a transfer.
  Uplink(UplinkOptions options, HttpClient& client, KeepGoing keep_going)
      : options_(std::move(options)), client_(client), keep_going_(std::move(keep_going)) {}

  // The key of receipt_key_file; empty when there is none.
  const std::string& given_key() const { return options_.receipt_key; }
  const UplinkOptions& options() const { return options_; }
  std::string reports_url() const { return options_.endpoint + options_.path; }
  Wire wire() const { return options_.wire; }

  // The collector's receipt key (base64), nothing when it has none; kUnavailable when it cannot be
  // reached.
  Result<std::optional<std::string>> receipt_key(Millis timeout);

  // Posts the bytes, compressed. An error only when `keep_going` said stop (kTryAgain).
  Result<Delivery> post(std::string_view bytes, std::string_view sha256, Millis timeout);
  // The same for a batch of Segment's, which goes as it is.
  Result<Delivery> post_batch(std::string body, Millis timeout);
  // The same for a block of remote write.
  Result<Delivery> post_block(std::string body, Millis timeout);

  // Asks the collector to delete, and how far it is. An error only as of post().
  Result<Delivery> ask_to_forget(const DeletionRequest& asked, Millis timeout);

  // The product's bundle of insights; nothing when it still is the one of that ETag (empty: there
  // is none). The question has neither key nor name, so that all who ask look alike. kUnavailable
  // when there is none.
  Result<std::optional<std::string>> insights(const std::string& product,
                                              std::string_view kept_etag, Millis timeout);

 private:
  Result<Delivery> deliver(ClientRequest message);
  ClientRequest request(std::string method, std::string url, Millis timeout) const;
  UplinkOptions options_;
  HttpClient& client_;
  KeepGoing keep_going_;
};

}  // namespace candor
