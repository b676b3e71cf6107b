// Nobody adds a kind of sealed document that no seal made.
// expect: private
#include "agent/seal/sealed_document.h"

struct Smuggled : candor::SealedDocument {
  Smuggled() : candor::SealedDocument("id", "{}", "hash") {}
};
Smuggled smuggle() { return {}; }
