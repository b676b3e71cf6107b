#include "agent/seal/seal.h"

#include <fmt/format.h>

#include <algorithm>

#include "agent/seal/limits.h"
#include "agent/seal/report_id.h"
#include "agent/seal/sieve.h"
#include "base/digest.h"

namespace candor {
namespace {

Json header_of(const SealTerms& terms) {
  Json channels = Json::array();
  for (const auto& channel : terms.contract.channels) {
    if (terms.channels.contains(channel.name)) channels.push_back(channel.name);
  }
  Json header = {{"format", 1},
                 {"product", terms.contract.product},
                 {"contract", terms.contract.hash},
                 {"installation", terms.identity.installation},
                 {"sealed_at", format_rfc3339(terms.now)},
                 {"channels", std::move(channels)}};
  if (terms.contract.licence) header["licence"] = terms.contract.licence->id;
  header["agent"] = terms.agent;
  header["automation"] = terms.attendance == Attendance::kAutomation;
  header["simulated"] = false;
  if (terms.lost > 0) header["lost"] = terms.lost;
  header["deletion"] = terms.identity.deletion_hash();
  return header;
}

}  // namespace

class ReportSeal {
 public:
  static SealedReport close(std::string bytes, Instant now) {
    auto digest = sha256_hex(bytes);
    auto id = report_id(now, digest);
    return {std::move(id), std::move(bytes), std::move(digest)};
  }
};

Result<Sealed> seal(const Observation& observation, const SealTerms& terms) {
  if (!observation.document().is_object()) {
    return Error{ErrorKind::kBadData,
                 "What was collected is no JSON object, so no report can be made of it."};
  }
  Sieve sieve({terms.contract, terms.fields, terms.channels, terms.identity.key, terms.now});
  Json document = {{"candor", header_of(terms)}};
  const auto kept = sieve.pass(observation.document());
  for (const auto& [key, value] : kept.items()) {
    // Drives have a document of their own, whatever a collector put here.
    if (key == "devices" && terms.contract.collects(CollectorKind::kSmart)) continue;
    document[key] = value;
  }
  auto bytes = to_pretty(document);
  if (bytes.size() > kMaxReportBytes) {
    return Error{ErrorKind::kBadData,
                 fmt::format("The report would be {} bytes large; at most {} are sent. Switch a "
                             "channel off with `candor channel disable NAME`.",
                             bytes.size(), kMaxReportBytes)};
  }
  return Sealed{ReportSeal::close(std::move(bytes), terms.now), sieve.take_left_out()};
}

bool may_still_leave(std::string_view report, std::string_view product,
                     const std::set<std::string, std::less<>>& channels) {
  const auto json = parse_json(report);
  const auto* header = json.ok() ? find_member(*json, "candor") : nullptr;
  const auto* with = header == nullptr ? nullptr : find_member(*header, "channels");
  if (with == nullptr || !with->is_array() || string_member(*header, "product") != product)
    return false;
  return std::ranges::all_of(*with, [&](const Json& channel) {
    return channel.is_string() && channels.contains(channel.get<std::string>());
  });
}

}  // namespace candor
