#include "contract/deletion.h"

#include <fmt/format.h>

#include "base/digest.h"

namespace candor {
namespace {

constexpr int kFormat = 1;

}  // namespace

std::string to_body(const DeletionRequest& request) {
  return to_line({{"format", kFormat},
                  {"product", request.product},
                  {"installation", request.installation},
                  {"secret", request.secret}});
}

Result<DeletionRequest> deletion_request_of(std::string_view body) {
  CANDOR_ASSIGN(json, parse_json(body));
  if (integer_member(json, "format") != kFormat)
    return Error{ErrorKind::kBadData, "This is no request of format 1: \"format\" is not 1."};
  DeletionRequest request{string_member(json, "product"), string_member(json, "installation"),
                          string_member(json, "secret")};
  if (request.product.empty())
    return Error{ErrorKind::kBadData, "The request names no product in \"product\"."};
  if (!is_uuid(request.installation))
    return Error{ErrorKind::kBadData, "The request has no UUID in \"installation\"."};
  if (request.secret.empty())
    return Error{ErrorKind::kBadData, "The request has no deletion secret in \"secret\"."};
  return request;
}

std::string deletion_subject(std::string_view product, std::string_view installation,
                             std::string_view deletion) {
  return sha256_hex(fmt::format("{}\n{}\n{}", product, installation, deletion));
}

std::string deletion_subject(const DeletionRequest& request) {
  return deletion_subject(request.product, request.installation, sha256_hex(request.secret));
}

Deletion sign_deletion(std::string product, std::string installation, std::string deleted_at,
                       const SigningKey& key) {
  Deletion deletion{std::move(product), std::move(installation), std::move(deleted_at),
                    to_base64(key.public_key()), ""};
  deletion.signature = to_base64(key.sign(signed_text(deletion)));
  return deletion;
}

Json to_json(const Deletion& deletion) {
  return {{"product", deletion.product},
          {"installation", deletion.installation},
          {"deleted_at", deletion.deleted_at},
          {"key", deletion.key},
          {"signature", deletion.signature}};
}

Result<Deletion> deletion_of(const Json& answer) {
  const auto* json = find_member(answer, "deletion");
  if (json == nullptr || !json->is_object())
    return Error{ErrorKind::kBadData, "The collector's answer confirms no deletion."};
  Deletion deletion{string_member(*json, "product"), string_member(*json, "installation"),
                    string_member(*json, "deleted_at"), string_member(*json, "key"),
                    string_member(*json, "signature")};
  for (const auto* part : {&deletion.product, &deletion.installation, &deletion.deleted_at,
                           &deletion.key, &deletion.signature}) {
    if (part->empty())
      return Error{ErrorKind::kBadData, "The collector's confirmation is not whole."};
  }
  return deletion;
}

std::string signed_text(const Deletion& deletion) {
  return fmt::format("candor deletion 1\n{}\n{}\n{}\n", deletion.product, deletion.installation,
                     deletion.deleted_at);
}

Status verify_deletion(const Deletion& deletion, std::string_view product,
                       std::string_view installation, std::string_view key) {
  if (deletion.product != product || deletion.installation != installation) {
    return Error{ErrorKind::kGeneral, "The confirmation is for another installation."};
  }
  if (deletion.key != key) {
    return Error{ErrorKind::kGeneral,
                 "The confirmation is signed with another key than the one pinned for this "
                 "collector."};
  }
  const auto raw_key = from_base64(deletion.key);
  const auto signature = from_base64(deletion.signature);
  // As for receipts: of the several texts of the same bytes only one is the collector's.
  const bool exact = raw_key && signature && to_base64(*raw_key) == deletion.key &&
                     to_base64(*signature) == deletion.signature;
  if (!exact || !verify_signature(*raw_key, signed_text(deletion), *signature))
    return Error{ErrorKind::kGeneral, "The confirmation's signature is not valid."};
  return Ok{};
}

}  // namespace candor
