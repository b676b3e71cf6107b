#include "cli/configuration.h"

#include <sys/stat.h>
#include <unistd.h>

#include "config/edit.h"
#include "config/limits.h"
#include "contract/find.h"
#include "wire/url.h"

namespace candor {
namespace {

constexpr unsigned kReadable = 0644;  // the service's user has to read it
constexpr unsigned kPrivate = 0600;

unsigned mode_for(const Path& file, const std::string& key, const Value& value) {
  const auto* known = find_key(agent_keys(), key);
  const auto* text = std::get_if<std::string>(&value);
  const bool secret = known != nullptr && known->may_hold_password && text != nullptr;
  if (secret && has_password(*text)) return kPrivate;
  struct stat found {};
  return ::stat(file.c_str(), &found) == 0 ? found.st_mode & 0777 : kReadable;
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
  return write_file(file, changed, mode_for(file, key, value));
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
  CANDOR_TRY(write_file(file, *changed, mode_for(file, key, Value(false))));
  return true;
}

Status note_leaving(const Context& context) {
  const auto agent = context.open_agent(Context::About::kDeciding);
  return agent.ok() ? agent->note_leaving() : Status(Ok{});
}

std::vector<std::string> without_section(std::vector<std::string> words) {
  if (words.size() > 1 && words[0] == "mgr" && words[1].starts_with("mgr/"))
    words.erase(words.begin());
  return words;
}

}  // namespace candor
