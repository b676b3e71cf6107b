#include "agent/verify.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "agent/outbox/audit_log.h"
#include "agent/programs/rings.h"
#include "agent/seal/report_id.h"
#include "agent/send/sender.h"
#include "base/digest.h"
#include "base/nearest.h"

namespace candor {
namespace {

constexpr std::string_view kDevices = "devices";
constexpr std::string_view kRelay = "relay";
constexpr std::string_view kMetrics = "metrics";
constexpr std::string_view kKeyFile = "collector-key";
constexpr std::size_t kIdsTold = 5;  // of several that begin alike

Error wrong(std::string message) { return Error{ErrorKind::kGeneral, std::move(message)}; }

// Every id that the folder knows, with or without its bytes.
Result<std::vector<std::string>> ids_of(const StateFolder& state) {
  const Outbox outbox(state);
  CANDOR_ASSIGN(ids, outbox.kept());
  CANDOR_ASSIGN(entries, outbox.log().entries());
  for (auto& entry : entries) ids.push_back(std::move(entry.id));
  std::ranges::sort(ids);
  // Not ranges::unique: clang 14 cannot read what it returns.
  ids.erase(std::unique(ids.begin(), ids.end()), ids.end());
  return ids;
}

// The pinned key, base64. The whole file is the key: what else stands in it was put there by
// somebody else.
Result<std::optional<std::string>> whole_key(const StateFolder& state) {
  auto text = state.read(kKeyFile);
  if (!text.ok() && text.error().kind == ErrorKind::kNotFound) return std::optional<std::string>();
  if (!text.ok()) return text.error();
  if (!text->ends_with('\n') || text->find('\n') + 1 != text->size())
    return wrong(fmt::format("{} is damaged.", state.file(kKeyFile).string()));
  text->pop_back();
  return std::optional(std::move(*text));
}

Error unsent(Whereabouts where, const std::string& id) {
  if (where == Whereabouts::kRefused) {
    return wrong(fmt::format(
        "The collector refused report {}, so it gave no receipt. `candor log` says when.", id));
  }
  return wrong(fmt::format("Report {} is pending: it was not sent yet. Send it: candor send", id));
}

}  // namespace

Result<Proof> verify_report(std::string_view report, std::string_view receipt, std::string_view key,
                            KeyFrom from) {
  auto parsed = parse_receipt_text(receipt);
  if (!parsed.ok()) return wrong(parsed.error().message);
  if (key.ends_with('\n')) key.remove_suffix(1);
  Proof proof;
  proof.bytes = report.size();
  proof.sha256 = sha256_hex(report);
  proof.receipt = std::move(*parsed);
  if (proof.receipt.body_sha256 != proof.sha256) {
    return wrong(fmt::format(
        "{} are not those of the receipt: their SHA-256 is {}, and the receipt is for {}.",
        from == KeyFrom::kPinned ? "The bytes that are kept" : "These bytes", proof.sha256,
        proof.receipt.body_sha256));
  }
  if (from == KeyFrom::kGiven && proof.receipt.key != key) {
    return wrong(fmt::format("The receipt is signed with the key {}, not with the one given.",
                             proof.receipt.key));
  }
  CANDOR_TRY(verify_receipt_of(proof.receipt, report, key));
  CANDOR_ASSIGN(document, parse_json(report));
  proof.product = string_member(document.at("candor"), "product");
  return proof;
}

Result<Proof> verify_kept(const StateFolder& state, const std::string& id) {
  const Outbox outbox(state);
  const auto where = outbox.find(id);
  if (where && *where != Whereabouts::kSent) return unsent(*where, id);
  CANDOR_ASSIGN(report, outbox.read_kept(id));
  const auto receipt = outbox.read_receipt(id);
  if (!receipt.ok() && receipt.error().kind == ErrorKind::kNotFound)
    return wrong(fmt::format("Report {} has no receipt: what took it signs none.", id));
  if (!receipt.ok()) return wrong(receipt.error().message);
  const auto key = whole_key(state);
  if (!key.ok()) return wrong(key.error().message);
  if (!*key) return wrong("No receipt key is pinned here, so no receipt can be checked.");
  CANDOR_ASSIGN(proof, verify_report(report, *receipt, **key, KeyFrom::kPinned));
  proof.id = id;
  CANDOR_ASSIGN(line, outbox.log().find(id));
  if (!line) return wrong(fmt::format("The audit log has no line for report {}.", id));
  if (line->sha256 != proof.sha256 || line->bytes != proof.bytes) {
    return wrong(
        fmt::format("The audit log has report {} with {} bytes and SHA-256 {}, but the bytes that "
                    "are kept are {} "
                    "with SHA-256 {}.",
                    id, line->bytes, line->sha256, proof.bytes, proof.sha256));
  }
  // A device report does not say when; its id does.
  const auto header = parse_json(report)->at("candor");
  const auto sealed_at = find_member(header, "sealed_at") == nullptr
                             ? sealed_at_of(id)
                             : parse_rfc3339(string_member(header, "sealed_at"));
  if (line->sealed_at != sealed_at)
    return wrong(fmt::format("The audit log has another time at which report {} was sealed.", id));
  return proof;
}

StateFolder devices_of(const StateFolder& state) { return StateFolder(state.file(kDevices)); }

StateFolder relay_of(const StateFolder& state) { return StateFolder(state.file(kRelay)); }

StateFolder metrics_of(const StateFolder& state) { return StateFolder(state.file(kMetrics)); }

Result<KeptReport> find_kept(const StateFolder& state, const std::string& prefix) {
  std::vector<KeptReport> found;
  std::vector<std::string> known;
  for (const auto& folder :
       {state, devices_of(state), relay_of(state), programs_of(state), metrics_of(state)}) {
    CANDOR_ASSIGN(ids, ids_of(folder));
    for (const auto& id : ids) {
      known.push_back(id);
      if (id == prefix) return KeptReport{folder, id};
      if (!prefix.empty() && id.starts_with(prefix)) found.push_back({folder, id});
    }
  }
  if (found.size() == 1) return std::move(found.front());
  if (found.empty()) {
    return Error{
        ErrorKind::kNotFound,
        fmt::format("There is no report \"{}\".{} `candor log` lists those that were sent.", prefix,
                    did_you_mean(prefix, known))};
  }
  std::vector<std::string> some;
  for (std::size_t i = 0; i < std::min(found.size(), kIdsTold); ++i) some.push_back(found[i].id);
  return Error{ErrorKind::kUsage,
               fmt::format("{} reports begin with \"{}\": {}{}. Write more of the one you mean.",
                           found.size(), prefix, fmt::join(some, ", "),
                           found.size() > some.size() ? ", …" : "")};
}

}  // namespace candor
