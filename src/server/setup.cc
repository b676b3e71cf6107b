#include "server/setup.h"

#include <fmt/format.h>

#include "base/digest.h"
#include "contract/find.h"
#include "wire/url.h"

namespace candor {
namespace {

constexpr std::size_t kKeyBytes = 32;

Result<Path> contract_file(const ServerConfig& config, const ServerProduct& product) {
  if (!product.contract.empty()) return product.contract;
  CANDOR_ASSIGN(folder, find_contract_folder(config.contracts, this_executable()));
  return find_contract(product.name, folder);
}

// A file that the configuration names and that is not there is a mistake of the configuration.
Error of_configuration(const ServerConfig& config, Error error) {
  if (error.kind != ErrorKind::kNotFound) return error;
  return Error{ErrorKind::kConfiguration,
               fmt::format("{}: {}.", config.file.string(), error.message)};
}

// Private pages are for users, and passwords are for TLS.
Status check_exposure(const ServerConfig& config, const WebConfig& web) {
  if (is_loopback_host(host_of(config.listen))) return Ok{};
  if (web.users.empty()) {
    return Error{ErrorKind::kConfiguration,
                 fmt::format("{}: listen = \"{}\" can be reached from elsewhere, and there are no "
                             "users: anybody could see private "
                             "pages. Set web_config_file and add one with: candor user add NAME",
                             config.file.string(), config.listen)};
  }
  if (!web.tls && !config.insecure) {
    return Error{ErrorKind::kConfiguration,
                 fmt::format("{}: listen = \"{}\" can be reached from elsewhere without TLS. Put "
                             "tls_server_config into {}, or, behind a "
                             "proxy that speaks TLS, set insecure = true.",
                             config.file.string(), config.listen, config.web_config_file.string())};
  }
  return Ok{};
}

// A key of the data folder, made where there is none yet.
Result<std::string> open_key(const Path& file, std::string_view advice) {
  auto kept = read_file(file);
  if (kept.ok() && kept->size() == kKeyBytes) return kept;
  if (kept.ok()) {
    return Error{ErrorKind::kBadData, fmt::format("{} is damaged: it holds {} bytes and not {}. {}",
                                                  file.string(), kept->size(), kKeyBytes, advice)};
  }
  if (kept.error().kind != ErrorKind::kNotFound) return kept.error();
  auto key = random_bytes(kKeyBytes);
  CANDOR_TRY(write_file(file, key));
  return key;
}

}  // namespace

Status check_restores_finished(const DataFolder& data) {
  std::error_code ignored;
  if (std::filesystem::exists(data.unfinished_restore(), ignored)) {
    return Error{ErrorKind::kBadData,
                 fmt::format("a restore into {} was not finished. Remove that folder and run "
                             "candor restore again",
                             data.root.string())};
  }
  if (std::filesystem::exists(data.unfinished_store(), ignored)) {
    return Error{ErrorKind::kBadData,
                 fmt::format("candor restore --store was not finished in {}: run it again",
                             data.root.string())};
  }
  return Ok{};
}

Result<Catalogue> open_catalogue(const ServerConfig& config, const DataFolder& data) {
  std::vector<Catalogue::Entry> entries;
  for (const auto& product : config.products) {
    CANDOR_ASSIGN(file, contract_file(config, product));
    auto read = read_contract(file);
    if (!read.ok()) return of_configuration(config, std::move(read).error());
    auto contract = *std::move(read);
    if (contract.product != product.name) {
      return Error{
          ErrorKind::kConfiguration,
          fmt::format("{}: product \"{}\" is configured with the contract of \"{}\" ({}).",
                      config.file.string(), product.name, contract.product, file.string())};
    }
    entries.push_back({std::make_shared<const Contract>(std::move(contract)), product.write_keys,
                       product.require_key});
  }
  return Catalogue::open(std::move(entries), data.contracts());
}

Result<SigningKey> open_receipt_key(const DataFolder& data) {
  const auto bytes = read_file(data.receipt_key());
  if (bytes.ok()) {
    auto key = SigningKey::from_bytes(*bytes);
    return key.ok() ? std::move(key) : std::move(key).error().in(data.receipt_key().string());
  }
  if (bytes.error().kind != ErrorKind::kNotFound) return bytes.error();
  auto key = SigningKey::generate();
  CANDOR_TRY(write_file(data.receipt_key(), key.bytes()));
  return key;
}

Result<std::string> open_hash_key(const DataFolder& data) {
  return open_key(data.hash_key(),
                  "Restore it from a backup; another key would make other hashes of the same "
                  "words.");
}

Result<std::string> open_session_key(const DataFolder& data) {
  return open_key(data.session_key(), "Remove it: another one is made, and users sign in again.");
}

Result<std::shared_ptr<WebConfigFile>> open_web_config(const ServerConfig& config) {
  auto web = WebConfigFile::open(config.web_config_file, [config](const WebConfig& read) {
    return check_exposure(config, read);
  });
  if (!web.ok()) return of_configuration(config, std::move(web).error());
  return web;
}

bool is_embedded(const ServerConfig& config) { return config.engine == "embedded"; }

Result<EngineAddress> engine_address(const ServerConfig& config, const DataFolder& data) {
  return parse_engine_address(is_embedded(config) ? "unix:" + data.engine_socket().string()
                                                  : config.engine);
}

}  // namespace candor
