#include "server/present/crash_documents.h"

#include "contract/lookup.h"

namespace candor {
namespace {

constexpr int kSchemaVersion = 1;

Json stack_of(const ExplainedGroup& group) {
  Json stack = Json::array();
  for (const auto& frame : group.frames) {
    if (frame.module.empty()) continue;
    Json one = {{"module", frame.module}, {"build_id", frame.build_id}, {"offset", frame.offset}};
    if (frame.place && !frame.place->function.empty()) one["function"] = frame.place->function;
    if (frame.place && !frame.place->file.empty()) {
      one["file"] = frame.place->file;
      one["line"] = frame.place->line;
    }
    stack.push_back(std::move(one));
  }
  // Of some frames without the others nothing could be told.
  return stack.size() == group.frames.size() ? stack : Json::array();
}

Json modules_of(const ExplainedGroup& group) {
  Json modules = Json::array();
  for (const auto& module : group.modules) {
    modules.push_back(
        {{"module", module.name}, {"build_id", module.build_id}, {"symbols", module.has_symbols}});
  }
  return modules;
}

Json group_document(const CrashGroup& group, const ExplainedGroup& explained,
                    const FixedCrashes& fixed) {
  Json json = {{"signature", group.signature},
               {"program", group.program},
               {"reason", group.reason},
               {"crashes", group.crashes},
               {"installations", group.installations},
               {"first_seen", format_rfc3339(group.first)},
               {"last_seen", format_rfc3339(group.last)},
               {"versions", group.releases},
               {"frames", group.frames},
               {"why", explained.why},
               {"stack", stack_of(explained)},
               {"modules", modules_of(explained)},
               {"alike", explained.alike}};
  const auto mark = fixed.find(group.signature);
  if (mark != fixed.end()) json["fixed_in"] = mark->second;
  return json;
}

}  // namespace

Json crashes_document(const Contract& contract, const DetailedCrashes& detailed,
                      Simulated simulated) {
  Json json = {{"schema_version", kSchemaVersion},
               {"product", contract.product},
               {"simulated", simulated == Simulated::kIncluded},
               {"crashes", detailed.crashes.crashes},
               {"signatures", detailed.crashes.signatures},
               {"groups", Json::array()}};
  const auto& groups = detailed.crashes.groups;
  for (std::size_t i = 0; i < groups.size(); ++i) {
    json["groups"].push_back(group_document(groups[i], detailed.explained[i], detailed.fixed));
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
