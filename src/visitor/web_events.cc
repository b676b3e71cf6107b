#include "visitor/web_events.h"

#include <numeric>

#include "visitor/bots.h"
#include "visitor/limits.h"

namespace candor {
namespace {

// What is added here is there where the contract wants it, and is no loss elsewhere.
constexpr std::string_view kAdded[] = {"host", "site", "entry", "source", "interactive"};

// Plausible's properties are texts; where the contract has them as numbers, they are numbers again.
void fit(Json& document, const Contract& contract, const std::string& name) {
  const auto* declared = contract.event(name);
  if (declared == nullptr) return;
  const auto& root = declared->schema.root();
  for (const auto added : kAdded) {
    if (root.member(added) == nullptr) document.erase(std::string(added));
  }
  const auto* node = root.member("props");
  if (node == nullptr || !document.contains("props")) return;
  for (auto& [key, value] : document["props"].items()) {
    const auto* member = node->member(key);
    if (member == nullptr || !member->field) continue;
    const auto type = contract.fields[*member->field].type;
    if (type == FieldType::kString || type == FieldType::kTimestamp) continue;
    const auto parsed = parse_json(value.get_ref<const std::string&>());
    if (parsed.ok() && (parsed->is_number() || parsed->is_boolean())) value = *parsed;
  }
}

}  // namespace

std::uint64_t WebEvents::dropped_count() const {
  return std::accumulate(dropped.begin(), dropped.end(), std::uint64_t{0},
                         [](std::uint64_t sum, const auto& row) { return sum + row.second; });
}

WebEvents web_events_of(const PlausibleEvent& event, const HttpRequest& request,
                        const Contract& contract, Visitors* visitors, Instant now,
                        const RefuseSite& refuse) {
  WebEvents made;
  const bool bot = is_bot(request.header("User-Agent"));
  // What happens by itself begins no visit.
  const bool viewed = event.name == "pageview" && !event.document.contains("interactive");
  for (const auto& site : event.sites) {
    auto why = refuse ? refuse(site) : std::string();
    if (why.empty() && made.events.size() == kMaxPlausibleSites) why = "too_many";
    if (why.empty() && bot) why = "bot";
    if (!why.empty()) {
      ++made.dropped[why];
      continue;
    }
    WebEvent made_event{event.name, "", event.document};
    made_event.document["site"] = site;
    if (visitors != nullptr) {
      auto visit =
          visitors->see(request, site, viewed ? Activity::kPageView : Activity::kOther, now);
      made_event.visitor = std::move(visit.visitor);
      if (visit.begins) made_event.document["entry"] = event.page;
    }
    fit(made_event.document, contract, event.name);
    made.events.push_back(std::move(made_event));
  }
  return made;
}

}  // namespace candor
