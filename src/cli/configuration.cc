#include "cli/configuration.h"

#include <fmt/format.h>
#include <grp.h>
#include <sys/stat.h>
#include <unistd.h>

#include <optional>

#include "agent/devices.h"
#include "agent/events.h"
#include "agent/gathering.h"
#include "config/edit.h"
#include "config/limits.h"
#include "contract/find.h"
#include "wire/url.h"

namespace candor {
namespace {

constexpr unsigned kReadable = 0644;  // the service's user has to read it
constexpr unsigned kPrivate = 0600;
constexpr unsigned kOfGroup = 0640;
constexpr unsigned kGroupBits = 0070;
// Of packaging/sysusers/; not the service's own name, which systemd gives to a user it makes up.
constexpr const char* kServiceGroup = "candor-config";

// The group that the service reads by, where it is installed.
std::optional<gid_t> service_group() {
  const auto* group = ::getgrnam(kServiceGroup);
  return group == nullptr ? std::nullopt : std::optional(group->gr_gid);
}

// Who may read the file after a change.
struct Access {
  unsigned mode = kReadable;
  std::optional<gid_t> group;
};

Access access_for(const Path& file, const std::string& key, const Value& value) {
  struct stat found {};
  const bool exists = ::stat(file.c_str(), &found) == 0;
  if (!holds_password(key, value)) {
    if (!exists) return {};
    // Where everybody can read, the group says nothing.
    const bool by_group = (found.st_mode & (S_IRGRP | S_IROTH)) == S_IRGRP;
    return {found.st_mode & 0777, by_group ? std::optional(found.st_gid) : std::nullopt};
  }
  const auto group = ::geteuid() == 0 ? service_group() : std::nullopt;
  return group ? Access{kOfGroup, group} : Access{kPrivate, std::nullopt};
}

// A new file has the group of who writes it: until it has its own, no group can read it.
Status write_for(const Access& access, const Path& file, std::string_view text) {
  CANDOR_TRY(write_file(file, text, access.group ? access.mode & ~kGroupBits : access.mode));
  if (!access.group) return Ok{};
  // Who may not give it to the group leaves it to the user alone.
  if (::chown(file.c_str(), static_cast<uid_t>(-1), *access.group) != 0) return Ok{};
  return ::chmod(file.c_str(), access.mode) == 0 ? Status(Ok{}) : system_error("change", file);
}

Status make_config_folder(const Path& folder) {
  std::error_code ignored;
  if (std::filesystem::is_directory(folder, ignored)) return Ok{};
  const auto made = make_folder(folder);
  if (!made.ok()) {
    return Error{ErrorKind::kCannotCreate,
                 made.error().message +
                     ". Set CANDOR_DIR, or use --config, to name a place that can be written."};
  }
  if (::geteuid() == 0 && folder == "/etc/candor") ::chmod(folder.c_str(), 0755);
  return Ok{};
}

}  // namespace

Status set_in_file(const Paths& paths, const std::string& key, const Value& value) {
  const auto& file = paths.config_file;
  auto text = read_file(file, kMaxConfigBytes);
  if (!text.ok() && text.error().kind != ErrorKind::kNotFound) return text.error();
  CANDOR_ASSIGN(changed, set_in_text(text.ok() ? *text : "", file, key, value));
  CANDOR_TRY(make_config_folder(file.parent_path()));
  return write_for(access_for(file, key, value), file, changed);
}

bool holds_password(const std::string& key, const Value& value) {
  const auto* known = find_key(agent_keys(), key);
  const auto* text = std::get_if<std::string>(&value);
  if (known == nullptr || text == nullptr) return false;
  return known->is_secret ? !text->empty() : known->may_hold_password && has_password(*text);
}

std::string who_reads(const Path& file) {
  struct stat found {};
  if (::stat(file.c_str(), &found) != 0) return "which cannot be found";
  const bool by_group = (found.st_mode & S_IRGRP) != 0 && service_group() == found.st_gid;
  if ((found.st_mode & S_IROTH) != 0) return "which everybody can read";
  if (by_group) return "which root and candor.service can read";
  if (::geteuid() != 0) return "which only you can read";
  return "which only root can read: candor.service, which runs as a user of its own, cannot, and "
         "does not start";
}

Status check_url(const std::string& key, const Value& value) {
  const auto* known = find_key(agent_keys(), key);
  const auto* text = std::get_if<std::string>(&value);
  // What may hold a password is a URL.
  if (known == nullptr || !known->may_hold_password || text == nullptr || text->empty())
    return Ok{};
  auto url = parse_url(*text);
  return url.ok() ? Status(Ok{}) : Status(std::move(url).error().in(key));
}

Result<Value> value_for(const Context& context, const std::string& key, std::string_view text) {
  auto known = *find_key(agent_keys(), key);
  known.name = key;  // a channel by its own
  CANDOR_ASSIGN(value, parse_value(known, text));
  CANDOR_TRY(check_url(key, value));
  if (key != "product" || text.empty()) return value;
  CANDOR_ASSIGN(places, context.paths());
  const auto settings = load_settings({places.config_file, places.drop_ins}, context.environment);
  const auto folder = settings.ok()
                          ? find_contract_folder(settings->text("contracts"), this_executable())
                          : Result<Path>(settings.error());
  if (!folder.ok() || !list_products(*folder).ok()) return value;
  const auto found = find_contract(text, *folder);
  if (found.ok()) return value;
  return Error{found.error().kind,
               found.error().message +
                   " If its contract is elsewhere, say that before: candor config set contracts "
                   "FOLDER"};
}

Result<bool> unset_in_file(const Paths& paths, const std::string& key) {
  const auto& file = paths.config_file;
  const auto text = read_file(file, kMaxConfigBytes);
  if (!text.ok() && text.error().kind == ErrorKind::kNotFound) return false;
  if (!text.ok()) return text.error();
  CANDOR_ASSIGN(changed, unset_in_text(*text, file, key));
  if (!changed) return false;
  CANDOR_TRY(write_for(access_for(file, key, Value(false)), file, *changed));
  return true;
}

Status note_leaving(const Context& context) {
  const auto agent = context.open_agent(Context::About::kDeciding);
  return agent.ok() ? agent->note_leaving() : Status(Ok{});
}

Status channels_changed(const Context& context) {
  const auto agent = context.open_agent(Context::About::kDeciding);
  if (!agent.ok()) return Ok{};
  CANDOR_TRY(agent->note_leaving());
  const auto& state = agent->state();
  // The agent watches the folder, and hears of the lock's end. First of all: so it counts by itself
  // what goes.
  if (state.has("consent.json")) CANDOR_TRY(state.lock());
  // A report is dropped when the next one is due.
  CANDOR_TRY(DeviceReports(*agent).drop_unwanted());
  // What programs recorded in a channel that is off now stays home.
  const auto gathered = gather(std::make_shared<const Agent>(*agent));
  if (!gathered.ok() && gathered.error().kind != ErrorKind::kOff) return gathered.error();
  CANDOR_TRY(pass_over_counts(*agent));
  return drop_unwanted_events(*agent);
}

std::vector<std::string> without_section(std::vector<std::string> words) {
  if (words.size() > 1 && words[0] == "mgr" && words[1].starts_with("mgr/"))
    words.erase(words.begin());
  return words;
}

}  // namespace candor
