// The JSON interface of web analytics: visits, pages and ratings (docs/api.md).
#pragma once

#include "base/json.h"
#include "contract/contract.h"
#include "server/insight/questions.h"

namespace candor {

Json web_document(const Contract& contract, const Web& web);
Json ratings_document(const Contract& contract, const std::vector<Rating>& ratings);

}  // namespace candor
