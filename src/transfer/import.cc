#include "transfer/import.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/digest.h"
#include "base/numbers.h"
#include "transfer/limits.h"
#include "wire/basic_auth.h"
#include "wire/compression.h"

namespace candor {
namespace {

using Steady = std::chrono::steady_clock;

std::chrono::milliseconds since(Steady::time_point then) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(Steady::now() - then);
}

bool may_pass(int status) { return status == 408 || status == 429 || status >= 500; }

// Whether an answer speaks of key, product or address, or is no collector's: no word on the report.
bool is_about_the_way(const ClientResponse& response, const Result<Json>& answer) {
  if (response.status >= 200 && response.status <= 299) return false;
  if (response.status == 401 || response.status == 404) return true;
  return !answer.ok() || find_member(*answer, "error") == nullptr;
}

// Posts one report until the collector has answered it for good.
class Poster {
 public:
  Poster(HttpClient& client, const ImportOptions& options, const ExportHeader& header)
      : client_(client),
        options_(options),
        write_key_(options.write_key(header.product)),
        url_(options.url + (header.kind == ExportKind::kDevice ? "/v1/devices" : "/v1/reports")) {}

  // kTryAgain when it did not answer for good in kImportTries, or not at all for kImportSilence;
  // kGeneral when what it answered is no word on the report.
  Result<CarriedAnswer> post(const ExportedReport& report) {
    auto request = request_for(report);
    std::string problem;
    auto silent_from = Steady::now();
    for (int tries = 0; tries < kImportTries; ++tries) {
      if (tries > 0) options_.pause(wait_);
      request.timeout = std::max(kImportSilence - since(silent_from), kImportRetryBase);
      request.connect_timeout = std::min(request.connect_timeout, request.timeout);
      const auto response = client_.send(request);
      wait_ = std::min(kImportRetryLongest, kImportRetryBase * (1 << tries));
      if (!response.ok()) {
        problem = response.error().message;
        if (since(silent_from) + wait_ >= kImportSilence) break;
        continue;
      }
      auto answer = parse_json(response->body);
      problem = problem_of(*response, answer);
      if (may_pass(response->status)) {
        heed(*response);
        silent_from = Steady::now() + wait_;
        continue;
      }
      if (is_about_the_way(*response, answer)) return Error{ErrorKind::kGeneral, problem};
      CarriedAnswer carried{report.id, report.sha256, "refused", Json(nullptr), problem};
      if (response->status < 200 || response->status > 299) return carried;
      carried.status = answer.ok() ? string_member(*answer, "status") : std::string();
      if (carried.status.empty()) {
        return Error{ErrorKind::kGeneral,
                     fmt::format("{} does not answer as a collector does.", options_.url)};
      }
      carried.answer = std::move(*answer);
      carried.problem.clear();
      return carried;
    }
    if (!problem.ends_with('.')) problem += '.';
    return Error{ErrorKind::kTryAgain, problem};
  }

 private:
  ClientRequest request_for(const ExportedReport& report) const {
    ClientRequest request;
    request.method = "POST";
    request.url = url_;
    request.headers = {{"Accept", "application/json"},
                       {"Content-Type", "application/json"},
                       {"Content-Encoding", "zstd"},
                       {"Idempotency-Key", report.sha256}};
    if (!write_key_.empty())
      request.headers.push_back({"Authorization", basic_authorization(write_key_, "")});
    request.body = zstd(report.bytes);
    request.ca_file = options_.ca_file;
    return request;
  }

  static std::string problem_of(const ClientResponse& response, const Result<Json>& answer) {
    const auto* error = answer.ok() ? find_member(*answer, "error") : nullptr;
    const auto message = error == nullptr ? std::string() : string_member(*error, "message");
    return fmt::format("The collector answered {}{}{}", response.status,
                       message.empty() ? "" : ": ", message.empty() ? "." : message);
  }

  // Retry-After in seconds, as the collector gives it.
  void heed(const ClientResponse& response) {
    const auto seconds = parse_unsigned<std::uint32_t>(response.header("Retry-After"));
    if (seconds)
      wait_ =
          std::min<std::chrono::milliseconds>(kImportRetryLongest, std::chrono::seconds(*seconds));
  }

  HttpClient& client_;
  const ImportOptions& options_;
  std::string write_key_;
  std::string url_;
  std::chrono::milliseconds wait_{0};
};

}  // namespace

Result<ImportSummary> import_reports(std::istream& in, HttpClient& client,
                                     const ImportOptions& options,
                                     const std::function<Status(const std::string&)>& write) {
  LineReader reader(in);
  std::string line;
  if (!reader.next(line)) return Error{ErrorKind::kBadData, "The file is empty."};
  CANDOR_ASSIGN(header, parse_export_header(line));
  CANDOR_TRY(write(receipts_header_line(header)));
  Poster poster(client, options, header);
  ImportSummary summary;
  auto told = std::chrono::steady_clock::now();
  while (reader.next(line)) {
    ++summary.lines;
    auto report = reader.too_long()
                      ? Result<ExportedReport>(Error{ErrorKind::kBadData, "It is too long."})
                      : parse_export_line(line);
    if (!report.ok()) {
      if (++summary.damaged <= kMaxDamagedNamed)
        summary.damaged_lines.push_back({reader.number(), report.error().message});
      continue;
    }
    const auto answer = poster.post(*report);
    if (!answer.ok()) {
      --summary.lines;
      summary.stopped = answer.error();
      return summary;
    }
    ++summary.outcomes[answer->status];
    if (answer->status == "refused" && summary.first_refusal.empty())
      summary.first_refusal = answer->problem;
    CANDOR_TRY(write(receipt_line(*answer)));
    const auto now = std::chrono::steady_clock::now();
    if (now - told < kImportProgress) continue;
    told = now;
    options.on_progress(summary.lines, header.reports);
  }
  return summary;
}

}  // namespace candor
