#include "agent/seal/identity.h"

#include <fmt/format.h>

#include "base/digest.h"

namespace candor {
namespace {

constexpr std::string_view kFile = "identity.json";
constexpr std::string_view kKeyFile = "key";
constexpr std::string_view kForgottenFile = "forgotten";
constexpr std::size_t kSecretBytes = 32;

Error damaged(const StateFolder& state, std::string_view file) {
  return Error{ErrorKind::kBadData,
               fmt::format("{} is damaged. Restore it from a backup, or remove it and run "
                           "`candor on`: the installation then counts as a new one.",
                           state.file(file).string())};
}

}  // namespace

std::string Identity::deletion_hash() const { return sha256_hex(deletion_secret); }

std::string salt_of(const Identity& identity) { return Hmac(identity.key).hex("candor salt 1"); }

Identity make_identity(const std::optional<std::string>& adopted, Instant now) {
  Identity identity;
  identity.installation = adopted.value_or(random_uuid());
  identity.adopted = adopted.has_value();
  identity.created_at = now;
  identity.deletion_secret = to_hex(random_bytes(kSecretBytes));
  identity.agent = random_uuid();
  identity.key = random_bytes(kSecretBytes);
  return identity;
}

Result<std::optional<Identity>> read_identity(const StateFolder& state) {
  auto json = state.read_json(kFile);
  if (!json.ok() && json.error().kind == ErrorKind::kNotFound) return std::optional<Identity>();
  if (!json.ok() && json.error().kind == ErrorKind::kBadData) return damaged(state, kFile);
  if (!json.ok()) return json.error();
  Identity identity;
  identity.installation = string_member(*json, "installation");
  identity.adopted = bool_member(*json, "adopted");
  identity.created_at = parse_rfc3339(string_member(*json, "created_at"));
  identity.deletion_secret = string_member(*json, "deletion_secret");
  identity.agent = string_member(*json, "agent");
  if (!is_uuid(identity.installation) || identity.deletion_secret.empty())
    return damaged(state, kFile);
  auto key = state.read(kKeyFile);
  if (!key.ok())
    return key.error().kind == ErrorKind::kNotFound ? damaged(state, kKeyFile) : key.error();
  while (key->ends_with('\n')) key->pop_back();
  auto bytes = from_hex(*key);
  if (!bytes || bytes->size() != kSecretBytes) return damaged(state, kKeyFile);
  identity.key = std::move(*bytes);
  return std::optional(std::move(identity));
}

Status write_identity(const StateFolder& state, const Identity& identity) {
  const Json json = {
      {"format", 1},
      {"installation", identity.installation},
      {"adopted", identity.adopted},
      {"created_at", identity.created_at ? format_rfc3339(*identity.created_at) : ""},
      {"deletion_secret", identity.deletion_secret},
      {"agent", identity.agent}};
  CANDOR_TRY(state.write(kKeyFile, to_hex(identity.key) + "\n"));
  return state.write(kFile, to_pretty(json));
}

Result<bool> is_forgotten(const StateFolder& state, std::string_view installation) {
  const auto text = state.read(kForgottenFile);
  if (!text.ok() && text.error().kind == ErrorKind::kNotFound) return false;
  if (!text.ok()) return text.error();
  return ("\n" + *text).find("\n" + sha256_hex(installation) + "\n") != std::string::npos;
}

Status note_forgotten(const StateFolder& state, std::string_view installation) {
  CANDOR_ASSIGN(known, is_forgotten(state, installation));
  if (known) return Ok{};
  CANDOR_TRY(state.make());
  auto text = state.read(kForgottenFile);
  if (!text.ok() && text.error().kind != ErrorKind::kNotFound) return text.error();
  return state.write(kForgottenFile,
                     std::move(text).value_or("") + sha256_hex(installation) + "\n");
}

}  // namespace candor
