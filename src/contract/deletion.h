// Deletions: who may have which records deleted, and what a collector signs when they are gone.
// Agent and collector share this text (docs/formats/deletion.md). Pure.
#pragma once

#include <string>
#include <string_view>

#include "base/json.h"
#include "base/result.h"
#include "base/signature.h"

namespace candor {

// What an installation sends to have its records deleted.
struct DeletionRequest {
  std::string product;
  std::string installation;  // UUID
  std::string secret;        // never kept by a collector, never shown
};

// As it is posted, and from what was posted; kBadData when it is no such request.
std::string to_body(const DeletionRequest& request);
Result<DeletionRequest> deletion_request_of(std::string_view body);

// What a secret covers, as one hash: records of that product and installation that carry
// `deletion`, the SHA-256 of the secret in hex. 64 hex digits.
std::string deletion_subject(std::string_view product, std::string_view installation,
                             std::string_view deletion);
std::string deletion_subject(const DeletionRequest& request);

// The confirmation.
struct Deletion {
  std::string product;
  std::string installation;
  std::string deleted_at;  // RFC 3339, the collector's clock
  std::string key;         // base64
  std::string signature;   // base64
};

// A confirmation with key and signature.
Deletion sign_deletion(std::string product, std::string installation, std::string deleted_at,
                       const SigningKey& key);

// As it stands in the collector's answer.
Json to_json(const Deletion& deletion);
// From the collector's answer, whose member "deletion" it is; kBadData when something is missing.
Result<Deletion> deletion_of(const Json& answer);

// The text that is signed.
std::string signed_text(const Deletion& deletion);

// Whether the confirmation is for this installation and signed with that key (base64): kGeneral
// says what is wrong.
Status verify_deletion(const Deletion& deletion, std::string_view product,
                       std::string_view installation, std::string_view key);

}  // namespace candor
