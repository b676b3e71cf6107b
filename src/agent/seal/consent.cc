#include "agent/seal/consent.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/digest.h"
#include "contract/check.h"

namespace candor {
namespace {

constexpr std::string_view kFile = "consent.json";
constexpr std::string_view kContractFile = "consent-contract.toml";
constexpr std::string_view kNextFile = "consent-next.toml";

Json or_null(const std::string& text) { return text.empty() ? Json(nullptr) : Json(text); }

Json or_null(const std::optional<Instant>& time) {
  return time ? Json(format_rfc3339(*time)) : Json(nullptr);
}

Error damaged(const StateFolder& state, std::string_view file) {
  return Error{ErrorKind::kBadData,
               fmt::format("{} is damaged, so nothing is sent. {}", state.file(file).string(),
                           state.has(kForgettingFile)
                               ? "This installation is being forgotten; go on with `candor forget`."
                               : "Decide again with `candor on` or `candor off`.")};
}

std::optional<Announced> announced_of(const Json& json) {
  if (!json.is_object()) return std::nullopt;
  return Announced{string_member(json, "consent_hash"), string_member(json, "contract_hash"),
                   parse_rfc3339(string_member(json, "given_at")),
                   parse_rfc3339(string_member(json, "starts_at"))};
}

Json json_of(const Consent& consent) {
  Json json = {{"format", 1},
               {"state", name_of(consent.state)},
               {"product", consent.product},
               {"licence", or_null(consent.licence)},
               {"consent_hash", or_null(consent.consent_hash)},
               {"contract_hash", or_null(consent.contract_hash)},
               {"given_at", or_null(consent.given_at)},
               {"how", consent.how},
               {"channels", consent.channels},
               {"confirmed_by", Json::object()}};
  for (const auto& [channel, who] : consent.confirmed_by) json["confirmed_by"][channel] = who;
  if (consent.starts_at) json["starts_at"] = or_null(consent.starts_at);
  if (consent.next) {
    json["next"] = {{"consent_hash", consent.next->consent_hash},
                    {"contract_hash", consent.next->contract_hash},
                    {"given_at", or_null(consent.next->given_at)},
                    {"starts_at", or_null(consent.next->starts_at)}};
  }
  return json;
}

bool has_begun(const std::optional<Announced>& next, Instant now) {
  return next && next->starts_at && *next->starts_at <= now;
}

struct KeptText {
  std::string_view file;
  std::string text;
};

// The text with that hash, in whichever of the files it is.
std::optional<KeptText> text_of(const StateFolder& state, const std::string& contract_hash) {
  for (const auto file : {kContractFile, kNextFile}) {
    auto text = state.read(file);
    if (text.ok() && sha256_hex(*text) == contract_hash) return KeptText{file, std::move(*text)};
  }
  return std::nullopt;
}

Result<Contract> contract_of(const StateFolder& state, const std::string& contract_hash,
                             const std::string& consent_hash) {
  if (const auto kept = text_of(state, contract_hash)) {
    auto contract = parse_contract(kept->text, state.file(kept->file).string());
    if (contract.ok() && contract->consent_hash == consent_hash) return contract;
  }
  return damaged(state, kContractFile);
}

// Whether the agreed contract is this one, byte for byte, and kept whole: then nobody has to read
// it again.
bool is_kept(const StateFolder& state, const Consent& consent, const Contract& contract) {
  return contract.hash == consent.contract_hash && contract.consent_hash == consent.consent_hash &&
         text_of(state, contract.hash);
}

// Each label of a metric with its line of consent_lines().
template <typename Use>
void for_each_label(const DeclaredMetric& metric, const std::vector<std::string>& lines,
                    const Use& use) {
  auto line = lines.begin() + 1;
  for (const auto* labels : {&metric.labels, &metric.keyed}) {
    for (const auto& label : *labels) use(label, *line++);
  }
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
  if (const auto* confirmed = find_member(*json, "confirmed_by");
      confirmed != nullptr && confirmed->is_object()) {
    for (const auto& [channel, who] : confirmed->items()) {
      if (who.is_string()) consent.confirmed_by[channel] = who.get<std::string>();
    }
  }
  if (const auto* starts_at = find_member(*json, "starts_at")) {
    // A grace that cannot be read has no end.
    if (!starts_at->is_string()) return damaged(state, kFile);
    consent.starts_at = parse_rfc3339(starts_at->get_ref<const std::string&>());
    if (!consent.starts_at) return damaged(state, kFile);
  }
  if (const auto* next = find_member(*json, "next")) consent.next = announced_of(*next);
  return std::optional(std::move(consent));
}

Status write_consent(const StateFolder& state, const Consent& consent, const Contract* agreed) {
  // The contract first: a crash between the two leaves an old decision with a contract whose hash
  // is not its own, and that allows nothing.
  if (agreed != nullptr) CANDOR_TRY(state.write(kContractFile, agreed->text));
  CANDOR_TRY(state.write(kFile, to_pretty(json_of(consent))));
  if (agreed == nullptr) CANDOR_TRY(state.remove(kContractFile));
  return state.remove(kNextFile);
}

Status amend_consent(const StateFolder& state, const Consent& consent, const Contract* announced) {
  if (announced != nullptr) {
    // A settling that was cut short left the contract agreed to where the next one goes.
    const auto bound = contract_of(state, consent.contract_hash, consent.consent_hash);
    const auto kept = state.read(kContractFile);
    if (bound.ok() && (!kept.ok() || *kept != bound->text))
      CANDOR_TRY(state.write(kContractFile, bound->text));
    CANDOR_TRY(state.write(kNextFile, announced->text));
  }
  return state.write(kFile, to_pretty(json_of(consent)));
}

Status settle_announced(const StateFolder& state, Consent& consent, Instant now) {
  if (!has_begun(consent.next, now)) return Ok{};
  const auto next = contract_of(state, consent.next->contract_hash, consent.next->consent_hash);
  const auto announced = *consent.next;
  consent.next.reset();
  // An announcement whose contract is lost announced nothing.
  if (!next.ok()) return amend_consent(state, consent, nullptr);
  consent.contract_hash = announced.contract_hash;
  consent.consent_hash = announced.consent_hash;
  // In this order each file is found by its hash at any moment (contract_of).
  CANDOR_TRY(state.write(kFile, to_pretty(json_of(consent))));
  return state.write(kContractFile, next->text);
}

Result<Contract> read_agreed_contract(const StateFolder& state, const Consent& consent,
                                      Instant now) {
  if (has_begun(consent.next, now)) {
    auto next = contract_of(state, consent.next->contract_hash, consent.next->consent_hash);
    if (next.ok()) return next;
  }
  return contract_of(state, consent.contract_hash, consent.consent_hash);
}

void ConsentedFields::add(const Contract& contract) {
  for (const auto& field : contract.fields)
    lines_.emplace(consent_line(contract, field), names_beside_stars(contract, field));
  for (const auto& event : contract.events)
    events_.emplace(contract.channels[event.channel].name, event.name);
  for (const auto& metric : contract.metrics) {
    for (auto& line : consent_lines(contract, metric)) metric_lines_.insert(std::move(line));
  }
}

ConsentedFields ConsentedFields::all_of(const Contract& contract) {
  ConsentedFields fields;
  fields.add(contract);
  return fields;
}

ConsentedFields ConsentedFields::unconfirmed(const Contract& contract) {
  auto fields = all_of(contract);
  for (const auto& channel : contract.channels) {
    if (!channel.confirmation.empty()) fields.unconfirmed_.insert(channel.name);
  }
  return fields;
}

Result<ConsentedFields> ConsentedFields::agreed(const StateFolder& state, const Consent& consent,
                                                const Contract& contract, Instant now) {
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
  ConsentedFields fields;
  if (is_kept(state, consent, contract)) {
    fields.add(contract);
  } else {
    CANDOR_ASSIGN(bound, contract_of(state, consent.contract_hash, consent.consent_hash));
    fields.add(bound);
  }
  if (has_begun(consent.next, now)) {
    const auto next = contract_of(state, consent.next->contract_hash, consent.next->consent_hash);
    if (next.ok()) fields.add(*next);
  }
  for (const auto& channel : contract.channels) {
    if (!channel.confirmation.empty() && !consent.confirmed_by.contains(channel.name))
      fields.unconfirmed_.insert(channel.name);
  }
  return fields;
}

bool ConsentedFields::covers(const Contract& contract, const Field& field) const {
  const auto [begin, end] = lines_.equal_range(consent_line(contract, field));
  if (begin == end) return false;
  const auto beside = names_beside_stars(contract, field);
  // A key that had a field of its own was not agreed to as one of the others: it may have been
  // hashed, or kept home.
  return std::any_of(
      begin, end, [&](const auto& agreed) { return newly_taken(agreed.second, beside).empty(); });
}

bool ConsentedFields::allows(const Contract& contract, const Field& field) const {
  return !unconfirmed_.contains(contract.channels[field.channel].name) && covers(contract, field);
}

bool ConsentedFields::allows(const Contract& contract, const DeclaredEvent& event) const {
  const auto& channel = contract.channels[event.channel].name;
  return !unconfirmed_.contains(channel) && events_.contains({channel, event.name});
}

std::optional<ConsentedFields::LabelNames> ConsentedFields::labels_of(
    const Contract& contract, const DeclaredMetric& metric) const {
  const auto lines = consent_lines(contract, metric);
  const bool is_confirmed = !unconfirmed_.contains(contract.channels[metric.channel].name);
  if (!is_confirmed || !metric_lines_.contains(lines.front())) return std::nullopt;
  LabelNames names;
  for_each_label(metric, lines, [&](const std::string& label, const std::string& line) {
    if (metric_lines_.contains(line)) names.insert(label);
  });
  return names;
}

std::vector<std::string> ConsentedFields::withheld(const Contract& contract) const {
  std::vector<std::string> paths;
  for (const auto& field : contract.fields) {
    if (field.privacy != PrivacyClass::kNever && !covers(contract, field))
      paths.push_back(field.path);
  }
  for (const auto& metric : contract.metrics) {
    const auto lines = consent_lines(contract, metric);
    if (!metric_lines_.contains(lines.front())) {
      paths.push_back(metric.name);
      continue;
    }
    for_each_label(metric, lines, [&](const std::string& label, const std::string& line) {
      if (!metric_lines_.contains(line)) paths.push_back(label_path(metric.name, label));
    });
  }
  return paths;
}

}  // namespace candor
