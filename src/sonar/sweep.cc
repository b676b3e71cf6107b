#include "sonar/sweep.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/counted.h"
#include "base/numbers.h"
#include "sonar/cookies.h"
#include "sonar/json_path.h"
#include "sonar/limits.h"

namespace candor {
namespace {

constexpr std::int64_t kFirstSecond = 1'000'000'000;  // 2001-09-09; of ten digits from then on
constexpr std::int64_t kAfterSeconds = kFirstSecond * 10;

std::optional<Instant> creation_of(double number) {
  const auto first = static_cast<double>(kFirstSecond), end = static_cast<double>(kAfterSeconds);
  if (number >= first && number < end)
    return from_unix_millis(static_cast<std::int64_t>(number * 1000));
  if (number >= first * 1000 && number < end * 1000)
    return from_unix_millis(static_cast<std::int64_t>(number));
  return std::nullopt;
}

// Nothing as well where the path is none.
const Json* part_of(const Json& item, const std::string& path) {
  const auto found = at_path(item, path);
  return found.ok() ? *found : nullptr;
}

std::string text_in(const Json& item, const std::string& path) {
  const auto* found = part_of(item, path);
  return found != nullptr && found->is_string() ? found->get<std::string>() : std::string();
}

// Percent-encoded it stays one segment of a path, but for servers that decode first and look then.
bool is_usable_id(std::string_view id) {
  const bool printable = std::ranges::all_of(
      id, [](char c) { return static_cast<unsigned char>(c) >= ' ' && c != 0x7f; });
  if (id.empty() || id.size() > kMaxSweepIdBytes || !printable) return false;
  for (;;) {
    const auto slash = std::min(id.find_first_of("/\\"), id.size());
    const auto segment = id.substr(0, slash);
    if (segment == "." || segment == "..") return false;
    if (slash == id.size()) return true;
    id.remove_prefix(slash + 1);
  }
}

std::string id_of(const Json& item, const std::string& path) {
  const auto* found = part_of(item, path);
  if (found == nullptr) return "";
  if (found->is_number_integer()) return to_line(*found);
  return found->is_string() ? found->get<std::string>() : std::string();
}

// The earlier one: a clock that is wrong must make nothing older than it is.
Instant time_by_both(const ScanAnswer& answer, Instant now) {
  const auto date = http_date(find_header(answer.headers, "Date").value_or(""));
  return std::min(date.value_or(now), now);
}

Result<Url> address_of(const SonarSweep& sweep, ScanVariables variables, const std::string& id) {
  variables["id"] = id;
  CANDOR_ASSIGN(address, fill_url(sweep.remove, variables));
  return parse_url(address);
}

bool is_gone(int status) { return status / 100 == 2 || status == 404 || status == 410; }

// What is asked for one of them; its redirects are not followed.
ScanVisit remove_one(ScanSession& session, Url url, const std::vector<HttpHeader>& headers,
                     const Pace& pace) {
  ScanVisit visit;
  visit.at = url;
  if (!session.allows(url)) {
    visit.problem = ScanProblem{
        ScanFailure::kAuth,
        fmt::format("nothing is deleted at {}: the configuration does not name it", origin_of(url)),
        "", ""};
    return visit;
  }
  visit = session.visit({"DELETE", std::move(url), headers, "", {301, 302, 303, 307, 308}}, pace);
  if (!visit.problem && !is_gone(visit.answer.status)) {
    visit.problem = ScanProblem{
        ScanFailure::kHttpStatus,
        fmt::format("DELETE {}: the answer is {}", shown_place(visit.at), visit.answer.status),
        "200 to 299, 404, 410", fmt::to_string(visit.answer.status)};
  }
  return visit;
}

}  // namespace

std::optional<Instant> creation_in(const Json& value) {
  if (value.is_number()) return creation_of(value.get<double>());
  if (!value.is_string()) return std::nullopt;
  const auto& text = value.get_ref<const std::string&>();
  if (const auto number = parse_number(text)) return creation_of(*number);
  const auto time = parse_rfc3339(text);
  if (time && to_unix_seconds(*time) >= kFirstSecond) return time;
  return std::nullopt;
}

Result<Leftovers> leftovers_in(const SonarSweep& sweep, const ScanAnswer& answer,
                               std::string_view run, Instant now) {
  CANDOR_ASSIGN(document, json_in(answer));
  CANDOR_ASSIGN(list, at_path(document, sweep.items));
  if (list == nullptr || !list->is_array()) {
    return Error{ErrorKind::kBadData,
                 fmt::format("there is no list at {} in the answer", sweep.items)};
  }
  const auto newest = time_by_both(answer, now) - std::chrono::seconds(sweep.older_than);
  Leftovers leftovers;
  std::size_t ours = 0, dated = 0;
  for (const auto& item : *list) {
    const auto name = text_in(item, sweep.name);
    if (!name.starts_with(sweep.prefix) || name.find(run) != std::string::npos) continue;
    ++ours;
    const auto* created = part_of(item, sweep.created);
    const auto time = created == nullptr ? std::nullopt : creation_in(*created);
    dated += time ? 1 : 0;
    if (!time || *time > newest || leftovers.ids.size() == kMaxSweptItems) continue;
    auto id = id_of(item, sweep.id);
    if (is_usable_id(id)) {
      leftovers.ids.push_back(std::move(id));
    } else {
      leftovers.unclear = fmt::format("an item whose name begins with {} has no id at {} to delete",
                                      sweep.prefix, sweep.id);
    }
  }
  if (ours > 0 && dated == 0) {
    leftovers.unclear = fmt::format(
        "none of {} whose names begin with {} says at {} when it was "
        "made",
        counted(ours, "item"), sweep.prefix, sweep.created);
  }
  return leftovers;
}

Swept remove_leftovers(ScanSession& session, const SonarSweep& sweep, const Leftovers& leftovers,
                       const ScanVariables& variables, const std::vector<HttpHeader>& headers,
                       const Pace& pace) {
  Swept swept;
  std::optional<ScanProblem> first;
  // Where the configuration alone leads: no id may lead elsewhere.
  const auto fixed = address_of(sweep, variables, "0");
  for (const auto& id : leftovers.ids) {
    if (first && !pace.check().ok()) break;
    auto url = address_of(sweep, variables, id);
    const bool stays = url.ok() && fixed.ok() && origin_of(*url) == origin_of(*fixed);
    ScanVisit visit;
    if (stays) {
      visit = remove_one(session, *std::move(url), headers, pace);
    } else {
      visit.problem =
          ScanProblem{url.ok() ? ScanFailure::kAuth : ScanFailure::kVariable,
                      url.ok() ? "an id leads to another origin" : url.error().message, "", ""};
    }
    swept.requests += visit.requests;
    swept.phases += visit.phases;
    swept.status = visit.answer.status;
    swept.removed += visit.problem ? 0 : 1;
    if (!first) first = std::move(visit.problem);
  }
  if (!first && !leftovers.unclear.empty())
    first = ScanProblem{ScanFailure::kAssertion, leftovers.unclear, "", ""};
  const auto left = leftovers.ids.size() - static_cast<std::size_t>(swept.removed);
  if (left > 0) {
    first->message = fmt::format("{} of {} of older runs {} still there: {}", left,
                                 counted(leftovers.ids.size(), "leftover"),
                                 left == 1 ? "is" : "are", first->message);
  }
  swept.problem = std::move(first);
  return swept;
}

}  // namespace candor
