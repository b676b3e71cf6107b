#include "agent/seal/consent.h"

#include <fmt/format.h>

#include "base/digest.h"
#include "contract/check.h"

namespace candor {
namespace {

constexpr std::string_view kFile = "consent.json";
constexpr std::string_view kContractFile = "consent-contract.toml";

Json or_null(const std::string& text) { return text.empty() ? Json(nullptr) : Json(text); }

Error damaged(const StateFolder& state, std::string_view file) {
  return Error{
      ErrorKind::kBadData,
      fmt::format(
          "{} is damaged, so nothing is sent. Decide again with `candor on` or `candor off`.",
          state.file(file).string())};
}

}  // namespace

Result<std::optional<Consent>> read_consent(const StateFolder& state) {
  auto json = state.read_json(kFile);
  if (!json.ok() && json.error().kind == ErrorKind::kNotFound) return std::optional<Consent>();
  if (!json.ok() && json.error().kind == ErrorKind::kBadData) return damaged(state, kFile);
  if (!json.ok()) return json.error();
  const auto mode = parse_mode(string_member(*json, "state"));
  if (!mode) return damaged(state, kFile);
  Consent consent;
  consent.state = *mode;
  consent.product = string_member(*json, "product");
  consent.licence = string_member(*json, "licence");
  consent.consent_hash = string_member(*json, "consent_hash");
  consent.contract_hash = string_member(*json, "contract_hash");
  consent.given_at = parse_rfc3339(string_member(*json, "given_at"));
  consent.how = string_member(*json, "how");
  if (const auto* channels = find_member(*json, "channels");
      channels != nullptr && channels->is_array()) {
    for (const auto& channel : *channels) {
      if (channel.is_string()) consent.channels.push_back(channel.get<std::string>());
    }
  }
  return std::optional(std::move(consent));
}

Status write_consent(const StateFolder& state, const Consent& consent, const Contract* agreed) {
  Json json = {
      {"format", 1},
      {"state", name_of(consent.state)},
      {"product", consent.product},
      {"licence", or_null(consent.licence)},
      {"consent_hash", or_null(consent.consent_hash)},
      {"contract_hash", or_null(consent.contract_hash)},
      {"given_at", consent.given_at ? Json(format_rfc3339(*consent.given_at)) : Json(nullptr)},
      {"how", consent.how},
      {"channels", consent.channels}};
  // The contract first: a crash between the two leaves an old decision with a contract whose hash
  // is not its own, and that allows nothing.
  if (agreed != nullptr) CANDOR_TRY(state.write(kContractFile, agreed->text));
  CANDOR_TRY(state.write(kFile, to_pretty(json)));
  if (agreed == nullptr) CANDOR_TRY(state.remove(kContractFile));
  return Ok{};
}

ConsentedFields ConsentedFields::all_of(const Contract& contract) {
  ConsentedFields fields;
  for (const auto& field : contract.fields) fields.lines_.insert(consent_line(contract, field));
  return fields;
}

Result<ConsentedFields> ConsentedFields::agreed(const StateFolder& state, const Consent& consent,
                                                const Contract& contract) {
  if (consent.product != contract.product) {
    return Error{
        ErrorKind::kPending,
        fmt::format("The consent is for the product {}, not for {}. Agree with `candor on`.",
                    consent.product, contract.product)};
  }
  if (consent.licence != (contract.licence ? contract.licence->id : "")) {
    return Error{ErrorKind::kPending,
                 "The contract's licence is not the one agreed to. Agree again with `candor on`."};
  }
  const auto text = state.read(kContractFile);
  if (!text.ok() || sha256_hex(*text) != consent.contract_hash)
    return damaged(state, kContractFile);
  const auto agreed = parse_contract(*text, state.file(kContractFile).string());
  if (!agreed.ok() || agreed->consent_hash != consent.consent_hash)
    return damaged(state, kContractFile);
  return all_of(*agreed);
}

bool ConsentedFields::allows(const Contract& contract, const Field& field) const {
  return lines_.contains(consent_line(contract, field));
}

std::vector<std::string> ConsentedFields::withheld(const Contract& contract) const {
  std::vector<std::string> paths;
  for (const auto& field : contract.fields) {
    if (field.privacy != PrivacyClass::kNever && !allows(contract, field))
      paths.push_back(field.path);
  }
  return paths;
}

}  // namespace candor
