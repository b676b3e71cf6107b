#include "agent/relay/plausible_posts.h"

#include <fmt/format.h>

#include "base/digest.h"
#include "base/json.h"
#include "wire/url.h"

namespace candor {
namespace {

constexpr std::size_t kGroups = 8;  // of an IPv6 address, of two bytes each

// As an address has it: what is between slashes, encoded.
std::string path_of(std::string_view page) {
  std::string path;
  while (!page.empty()) {
    const auto slash = std::min(page.find('/'), page.size());
    path += url_encode(page.substr(0, slash));
    if (slash < page.size()) path += '/';
    page.remove_prefix(std::min(slash + 1, page.size()));
  }
  return path.starts_with('/') ? path : "/" + path;
}

Json body_of(const Json& event, std::string_view domain) {
  static const Json kNone = Json::object();
  const auto* member = find_member(event, "document");
  const Json& document = member == nullptr ? kNone : *member;
  auto site = string_member(document, "site");
  if (site.empty()) site = domain;
  auto host = string_member(document, "host");
  if (host.empty()) host = site;
  auto url = fmt::format("https://{}{}", host, path_of(string_member(document, "page")));
  if (const auto source = string_member(document, "source"); !source.empty())
    url += "?utm_source=" + url_encode(source);
  Json body = {{"n", string_member(event, "name")}, {"u", std::move(url)}, {"d", site}};
  if (const auto referrer = string_member(document, "referrer"); !referrer.empty())
    body["r"] = "https://" + referrer + "/";
  if (const auto* props = find_member(document, "props")) body["p"] = *props;
  if (const auto* revenue = find_member(document, "revenue")) body["$"] = *revenue;
  if (const auto* interactive = find_member(document, "interactive"))
    body["interactive"] = *interactive;
  if (const auto* engagement = find_member(document, "engagement")) {
    if (const auto* depth = find_member(*engagement, "scroll_depth")) body["sd"] = *depth;
    if (const auto* time = find_member(*engagement, "milliseconds")) body["e"] = *time;
  }
  return body;
}

}  // namespace

std::string stand_in_address(std::string_view visitor) {
  // Hashed, so that whatever a source is, all of it counts.
  const auto digest = sha256_hex(visitor);
  std::string address = "fd" + digest.substr(2, 2);
  for (std::size_t group = 1; group < kGroups; ++group)
    address += ":" + digest.substr(4 * group, 4);
  return address;
}

Result<std::vector<PlausiblePost>> plausible_posts(std::string_view file, std::string_view domain) {
  CANDOR_ASSIGN(json, parse_json(file));
  const auto* events = find_member(json, "events");
  if (events == nullptr || !events->is_array())
    return Error{ErrorKind::kBadData, "This is no file of events"};
  std::vector<PlausiblePost> posts;
  for (const auto& event : *events) {
    auto source = string_member(event, "source");
    if (source.empty()) source = string_member(event, "id");
    posts.push_back({to_line(body_of(event, domain)), stand_in_address(source)});
  }
  return posts;
}

}  // namespace candor
