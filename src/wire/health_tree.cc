#include "wire/health_tree.h"

#include <algorithm>
#include <array>

#include "base/build_version.h"
#include "wire/limits.h"

namespace candor {
namespace {

constexpr std::string_view kPath = "/actuator/health";
constexpr std::string_view kActuatorType = "application/vnd.spring-boot.actuator.v3+json";
constexpr std::array kOrder = {kDown, kOutOfService, kUp, kUnknown};

std::string status_of(const HealthComponent& component) {
  return component.components.empty() ? component.status
                                      : std::string(status_of(component.components));
}

Json json_of(const HealthComponent& component) {
  Json json;
  json["status"] = status_of(component);
  for (const auto& inner : component.components) json["components"][inner.name] = json_of(inner);
  if (!component.details.empty()) json["details"] = component.details;
  return json;
}

// Clients that ask for JSON and do not know the actuator's own type get JSON.
std::string_view type_for(std::string_view accept) {
  const bool knows = accept.empty() || accept.find("spring-boot.actuator") != accept.npos ||
                     accept.find("application/json") == accept.npos;
  return knows ? kActuatorType : "application/json";
}

HttpResponse answer_of(const Json& json, std::string_view accept) {
  const auto& status = json["status"].get_ref<const std::string&>();
  HttpResponse response;
  response.status = status == kDown || status == kOutOfService ? 503 : 200;
  response.content_type = type_for(accept);
  response.body = to_line(json) + "\n";
  return response;
}

Json json_of(const std::vector<HealthComponent>& components, Details details) {
  Json json;
  json["status"] = status_of(components);
  if (details == Details::kHidden) return json;
  for (const auto& component : components) json["components"][component.name] = json_of(component);
  return json;
}

const HealthComponent* find(const std::vector<HealthComponent>& components, std::string_view path) {
  const auto slash = std::min(path.find('/'), path.size());
  const auto found = std::ranges::find(components, path.substr(0, slash), &HealthComponent::name);
  if (found == components.end()) return nullptr;
  return slash == path.size() ? &*found : find(found->components, path.substr(slash + 1));
}

HttpResponse nothing_there() {
  HttpResponse response;
  response.status = 404;
  response.body = R"({"error":"not_found","message":"There is no such component."})"
                  "\n";
  return response;
}

}  // namespace

std::string_view status_of(const std::vector<HealthComponent>& components) {
  for (const auto status : kOrder) {
    for (const auto& component : components)
      if (status_of(component) == status) return status;
  }
  return kUnknown;
}

HealthComponent disk_space(const std::string& path, const DiskRoom& room) {
  return {"diskSpace",
          std::string(room.free >= kDiskThreshold ? kUp : kOutOfService),
          {{"total", room.total},
           {"free", room.free},
           {"threshold", kDiskThreshold},
           {"path", path},
           {"exists", room.total > 0}}};
}

bool is_health_path(std::string_view path) {
  return path == kPath || (path.starts_with(kPath) && path[kPath.size()] == '/');
}

HttpResponse health_answer(const HealthTree& tree, const HttpRequest& request, Details details) {
  const auto accept = request.header("Accept");
  if (request.path == kPath) {
    auto json = json_of(tree.components, details);
    for (const auto& group : tree.groups) json["groups"].push_back(group.name);
    return answer_of(json, accept);
  }
  const auto wanted = std::string_view(request.path).substr(kPath.size() + 1);
  const auto group = std::ranges::find(tree.groups, wanted, &HealthGroup::name);
  if (group != tree.groups.end()) {
    std::vector<HealthComponent> members;
    for (const auto& name : group->components)
      if (const auto* member = find(tree.components, name)) members.push_back(*member);
    return answer_of(json_of(members, details), accept);
  }
  // GROUP/COMPONENT is that component, where it is one of the group's.
  const auto slash = std::min(wanted.find('/'), wanted.size());
  const auto of = std::ranges::find(tree.groups, wanted.substr(0, slash), &HealthGroup::name);
  auto inside = wanted;
  if (of != tree.groups.end()) {
    inside = wanted.substr(slash + 1);
    if (std::ranges::find(of->components, inside) == of->components.end()) return nothing_there();
  }
  const auto* component = details == Details::kShown ? find(tree.components, inside) : nullptr;
  return component == nullptr ? nothing_there() : answer_of(json_of(*component), accept);
}

HttpResponse version_answer() {
  Json json;
  json["package"] = build_package();
  json["git"] = build_git();
  json["branch"] = build_branch();
  HttpResponse response;
  response.body = to_line(json) + "\n";
  return response;
}

}  // namespace candor
