#include "server/present/sessions.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/numbers.h"
#include "server/present/limits.h"

namespace candor {
namespace {

// USER.BEGIN.END.ID.SEAL: the user in hex, begin and end in seconds since 1970, the others in hex.
constexpr char kBetween = '.';
constexpr std::size_t kIdBytes = 16;

// What stands before the first point, which is taken off `rest`.
std::string_view next_part(std::string_view& rest) {
  const auto end = std::min(rest.find(kBetween), rest.size());
  const auto part = rest.substr(0, end);
  rest.remove_prefix(std::min(end + 1, rest.size()));
  return part;
}

}  // namespace

Sessions::Sessions(std::string_view key) : hmac_(key) {}

// What is sealed and what is shown begin with other words: one is never the other.
std::string Sessions::seal_of(std::string_view body, std::string_view bcrypt_hash) const {
  return hmac_.hex(fmt::format("session\n{}\n{}", body, bcrypt_hash));
}

std::string Sessions::token_of(std::string_view id) const {
  return hmac_.hex(fmt::format("token\n{}", id));
}

std::string Sessions::form_token_of(std::string_view id) const {
  return hmac_.hex(fmt::format("form\n{}", id));
}

std::string Sessions::make(std::string_view user, std::string_view bcrypt_hash, Instant now) const {
  return renew({std::string(user), to_hex(random_bytes(kIdBytes)), now}, bcrypt_hash, now);
}

std::string Sessions::renew(const Session& session, std::string_view bcrypt_hash,
                            Instant now) const {
  const auto end = std::min(now + kSessionTime, session.begin + kLongestSession);
  const auto body = fmt::format("{}.{}.{}.{}", to_hex(session.user), to_unix_seconds(session.begin),
                                to_unix_seconds(end), session.id);
  return fmt::format("{}.{}", body, seal_of(body, bcrypt_hash));
}

std::optional<Session> Sessions::check(std::string_view value, const UserHashes& users,
                                       Instant now) const {
  if (value.size() > kMaxSessionBytes) return std::nullopt;
  const auto point = value.rfind(kBetween);
  if (point == std::string_view::npos) return std::nullopt;
  const auto body = value.substr(0, point);
  auto rest = body;
  const auto name = from_hex(next_part(rest));
  const auto begin = parse_unsigned<std::uint32_t>(next_part(rest));
  const auto end = parse_unsigned<std::uint32_t>(next_part(rest));
  const auto user = name ? users.find(*name) : users.end();
  if (user == users.end() || !begin || !end) return std::nullopt;
  if (!equal_secrets(value.substr(point + 1), seal_of(body, user->second))) return std::nullopt;
  // A clock that was ahead when the session began would make it a longer one.
  const auto left = std::chrono::seconds(std::int64_t{*end} - to_unix_seconds(now));
  if (left.count() <= 0 || left > kSessionTime + kSessionClockSlack) return std::nullopt;
  const auto longest =
      std::chrono::seconds(std::int64_t{*begin} - to_unix_seconds(now)) + kLongestSession;
  if (longest.count() <= 0 || longest > kLongestSession + kSessionClockSlack) return std::nullopt;
  // At the very end a new cookie would be no longer.
  const bool is_old = left < kSessionTime / 2 && longest > left;
  return Session{user->first, std::string(rest), from_unix_millis(std::int64_t{*begin} * 1'000),
                 is_old};
}

}  // namespace candor
