// What stands for a file: the hashes of its bytes, which themselves go nowhere.
#pragma once

#include "candor/candor.h"
#include "hashing.h"

namespace candor::sdk {

// CANDOR_OK or CANDOR_UNREADABLE. Without a key there is none for fields of class keyed. Reads at
// most kMaxDigestedFileBytes; a file that is none of a disk is not waited for.
candor_result digest_file(const char* path, const Keyed* key, candor_file_digest& digest);

// Whether a digest has the hash of that class.
bool has_digest(const candor_file_digest& digest, library::DeclaredClass privacy);
// Writes its digits: hash_digits(privacy) of them. Requires that it has it.
void write_digest(const candor_file_digest& digest, library::DeclaredClass privacy, char* digits);

}  // namespace candor::sdk
