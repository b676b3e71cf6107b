// What a certificate says of itself.
#pragma once

#include "base/clock.h"
#include "base/files.h"
#include "base/result.h"

namespace candor {

// When the first certificate of a PEM file stops being valid. kBadData when there is none in it;
// otherwise errors as read_file has them.
Result<Instant> certificate_not_after(const Path& pem);

}  // namespace candor
