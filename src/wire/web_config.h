// web.yml: TLS and users, in the format of Prometheus's exporter-toolkit.
//
// Taken: tls_server_config {cert_file, key_file, min_version}, basic_auth_users {name: bcrypt}. Any
// other key, also one of that format, is an unknown one: taking it would be a promise not kept.
// https://prometheus.io/docs/prometheus/latest/configuration/https/
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "base/files.h"
#include "base/mutex.h"
#include "base/result.h"
#include "wire/http_server.h"
#include "wire/tls.h"

namespace candor {

struct WebConfig {
  std::optional<TlsServerOptions> tls;
  std::map<std::string, std::string> users;  // name to bcrypt hash
};

// Relative paths in it are relative to its folder. kConfiguration with file, line and column.
Result<WebConfig> read_web_config(const Path& file);

// The text of the file with that user's entry added or replaced; the rest stays as it is.
Result<std::string> with_user(std::string_view text, const std::string& name,
                              const std::string& bcrypt_hash);

struct Credentials {
  std::string user;
  std::string password;
};
// Of an "Authorization: Basic …" header's value.
std::optional<Credentials> parse_basic(std::string_view authorization);

// A bcrypt hash with a fresh salt; some 60 ms at cost 10.
std::string bcrypt(const std::string& password, int cost = 10);

// Checks passwords; remembers which were right (as a keyed hash) so that bcrypt is paid once each.
// Safe from any thread.
class PasswordCheck {
 public:
  PasswordCheck();
  // Takes the same time whether or not the user exists.
  bool allows(const std::map<std::string, std::string>& users, const Credentials& credentials);

 private:
  const std::string key_;
  Mutex mutex_;
  std::map<std::string, std::string> known_ CANDOR_GUARDED_BY(mutex_);  // keyed hash to bcrypt hash
};

}  // namespace candor
