// Paths into JSON documents: $, .name, ['name'] and [0]; a part of JSONPath, for one value each.
#pragma once

#include <string_view>

#include "base/json.h"
#include "base/result.h"

namespace candor {

// What stands there; nullptr when nothing does. kConfiguration when the path is none of this form.
Result<const Json*> at_path(const Json& document, std::string_view path);

}  // namespace candor
