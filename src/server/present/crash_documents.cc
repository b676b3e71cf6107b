#include "server/present/crash_documents.h"

#include "contract/lookup.h"

namespace candor {
namespace {

constexpr int kSchemaVersion = 1;

}  // namespace

Json crashes_document(const Contract& contract, const Crashes& crashes, Simulated simulated) {
  Json json = {{"schema_version", kSchemaVersion},
               {"product", contract.product},
               {"simulated", simulated == Simulated::kIncluded},
               {"crashes", crashes.crashes},
               {"signatures", crashes.signatures},
               {"groups", Json::array()}};
  for (const auto& group : crashes.groups) {
    json["groups"].push_back({{"signature", group.signature},
                              {"program", group.program},
                              {"reason", group.reason},
                              {"crashes", group.crashes},
                              {"installations", group.installations},
                              {"first_seen", format_rfc3339(group.first)},
                              {"last_seen", format_rfc3339(group.last)},
                              {"versions", group.releases},
                              {"frames", group.frames}});
  }
  return json;
}

Json installations_document(const Contract& contract,
                            const std::vector<FoundInstallation>& installations) {
  Json json = {{"schema_version", kSchemaVersion},
               {"product", contract.product},
               {"lookup", has_lookup(contract)},
               {"installations", Json::array()}};
  for (const auto& found : installations) {
    Json newest = Json::array();
    for (const auto& document : found.newest) {
      const auto body = parse_json(document.body);
      Json one = {{"kind", document.event.empty() ? "report" : "event"}};
      if (!document.event.empty()) one["event"] = document.event;
      one["at"] = format_rfc3339(document.at);
      one["document"] = body.ok() ? *body : Json(nullptr);
      newest.push_back(std::move(one));
    }
    json["installations"].push_back({{"installation", found.installation},
                                     {"first_seen", format_rfc3339(found.first)},
                                     {"last_seen", format_rfc3339(found.last)},
                                     {"version", found.version},
                                     {"newest", std::move(newest)}});
  }
  return json;
}

}  // namespace candor
