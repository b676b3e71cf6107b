#include "wire/basic_auth.h"

#include <crypt.h>
#include <fmt/format.h>

#include <algorithm>

#include "base/digest.h"
#include "base/numbers.h"
#include "wire/limits.h"
#include "wire/network.h"

namespace candor {
namespace {

constexpr std::string_view kScheme = "Basic ";

std::string crypt_with(const std::string& password, const std::string& setting) {
  crypt_data data{};
  const char* result = ::crypt_r(password.c_str(), setting.c_str(), &data);
  return result == nullptr || result[0] == '*' ? std::string() : std::string(result);
}

// "$2b$10$": the cost has two digits.
const std::string& dearest(const UserHashes& users) {
  return std::ranges::max_element(
             users, {}, [](const auto& user) { return std::string_view(user.second).substr(4, 2); })
      ->second;
}

}  // namespace

bool is_bcrypt(std::string_view hash) {
  constexpr std::string_view kDigits =
      "./ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
  return hash.size() == 60 && hash.starts_with("$2") && hash[3] == '$' && hash[6] == '$' &&
         std::string_view("abxy").find(hash[2]) != std::string_view::npos &&
         parse_unsigned<int>(hash.substr(4, 2)).value_or(0) >= 4 &&
         hash.find_first_not_of(kDigits, 7) == std::string_view::npos;
}

std::string basic_authorization(std::string_view user, std::string_view password) {
  return fmt::format("{}{}", kScheme, to_base64(fmt::format("{}:{}", user, password)));
}

std::optional<Credentials> parse_basic(std::string_view authorization) {
  if (!authorization.starts_with(kScheme)) return std::nullopt;
  const auto decoded = from_base64(authorization.substr(kScheme.size()));
  if (!decoded) return std::nullopt;
  const auto colon = std::min(decoded->find(':'), decoded->size());
  return Credentials{decoded->substr(0, colon),
                     decoded->substr(std::min(colon + 1, decoded->size()))};
}

std::string bcrypt(const std::string& password, int cost) {
  const auto random = random_bytes(16);
  char setting[CRYPT_GENSALT_OUTPUT_SIZE];
  ::crypt_gensalt_rn("$2b$", static_cast<unsigned long>(cost), random.data(),
                     static_cast<int>(random.size()), setting, sizeof setting);
  return crypt_with(password, setting);
}

PasswordCheck::PasswordCheck() : key_(random_bytes(32)) {}

std::string PasswordCheck::digest_of(const Credentials& credentials) const {
  return Hmac(key_).hex(credentials.user + '\0' + credentials.password);
}

bool PasswordCheck::knows(const UserHashes& users, const Credentials& credentials) {
  const auto user = users.find(credentials.user);
  if (user == users.end()) return false;
  const auto digest = digest_of(credentials);
  const MutexLock lock(mutex_);
  const auto known = known_.find(digest);
  return known != known_.end() && known->second == user->second;
}

PasswordCheck::Verdict PasswordCheck::check(const UserHashes& users, const Credentials& credentials,
                                            std::string_view peer, Moment now) {
  if (knows(users, credentials)) return {Outcome::kRight};
  const auto network = network_of(peer);
  {
    const MutexLock lock(mutex_);
    if (const auto wait = wait_of(network, now); wait.count() > 0) return {Outcome::kWait, wait};
  }
  // What bcrypt would not read to its end is nobody's password.
  if (users.empty() || credentials.password.find('\0') != std::string::npos)
    return {Outcome::kWrong};
  const auto user = users.find(credentials.user);
  // An unknown user costs as much as the dearest one: that hash is computed, and counts nothing.
  const auto& hash = user == users.end() ? dearest(users) : user->second;
  const auto computed = crypt_with(credentials.password, hash);
  const bool is_right = !computed.empty() && equal_secrets(computed, hash) && user != users.end();
  const auto digest = digest_of(credentials);
  const MutexLock lock(mutex_);
  if (!is_right) {
    failed(network, now);
    return {Outcome::kWrong};
  }
  failures_.erase(network);
  if (known_.size() >= kMaxKnownPasswords) known_.clear();
  known_[digest] = hash;
  return {Outcome::kRight};
}

std::chrono::seconds PasswordCheck::wait_of(std::uint64_t network, Moment now) {
  const auto found = failures_.find(network);
  if (found == failures_.end() || found->second.count < kFreeFailures) return {};
  const auto doublings = std::min(found->second.count - kFreeFailures, 6u);
  const auto pause =
      std::min<std::chrono::seconds>(kFirstPasswordWait * (1 << doublings), kLongestPasswordWait);
  const auto left = found->second.last + pause - now;
  return left.count() <= 0 ? std::chrono::seconds(0)
                           : std::chrono::ceil<std::chrono::seconds>(left);
}

void PasswordCheck::failed(std::uint64_t network, Moment now) {
  // Too many at once: those that have been quiet are forgotten, else all.
  if (failures_.size() >= kMaxFailingNetworks) {
    std::erase_if(failures_,
                  [&](const auto& one) { return now - one.second.last > kForgetFailuresAfter; });
    if (failures_.size() >= kMaxFailingNetworks) failures_.clear();
  }
  auto& failures = failures_[network];
  if (now - failures.last > kForgetFailuresAfter) failures.count = 0;
  ++failures.count;
  failures.last = now;
}

}  // namespace candor
