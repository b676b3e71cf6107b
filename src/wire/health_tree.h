// /actuator/health and /version in the shape of Spring Boot's actuator, for agent and collector.
// Pure: what is answered is what somebody else found out before.
// https://docs.spring.io/spring-boot/reference/actuator/endpoints.html#actuator.endpoints.health
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/disk_room.h"
#include "base/json.h"
#include "wire/http_server.h"

namespace candor {

// Spring's, from the one that counts most. Of another one, of a component's own, the whole takes
// nothing.
inline constexpr std::string_view kDown = "DOWN";
inline constexpr std::string_view kOutOfService = "OUT_OF_SERVICE";
inline constexpr std::string_view kUp = "UP";
inline constexpr std::string_view kUnknown = "UNKNOWN";

struct HealthComponent {
  std::string name;
  std::string status = std::string(kUp);
  Json details = Json::object();
  std::vector<HealthComponent> components{};  // then status is theirs
};

// Components that are asked about together: /actuator/health/NAME.
struct HealthGroup {
  std::string name;
  std::vector<std::string> components;
};

// What is asked of a process, and what of it is up.
struct HealthTree {
  std::vector<HealthComponent> components;
  std::vector<HealthGroup> groups;
};

enum class Details { kHidden, kShown };

// Where so many bytes are free of so many; OUT_OF_SERVICE when less than kDiskThreshold are.
HealthComponent disk_space(const std::string& path, const DiskRoom& room);

// The worst of them by Spring's order; UNKNOWN when none says anything.
std::string_view status_of(const std::vector<HealthComponent>& components);

// Whether it is answered by health_answer().
bool is_health_path(std::string_view path);
// GET /actuator/health, /actuator/health/GROUP, /actuator/health/COMPONENT/…: 503 for what is DOWN
// or OUT_OF_SERVICE, else 200; 404 for what there is not, and for single components while details
// are hidden.
HttpResponse health_answer(const HealthTree& tree, const HttpRequest& request, Details details);
// GET /version: {"package","git","branch"}.
HttpResponse version_answer();

}  // namespace candor
