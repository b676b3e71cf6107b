// Makes the figures of a day anew, from the events themselves.
#pragma once

#include <cstdint>
#include <stop_token>
#include <string>

#include "base/result.h"
#include "contract/catalogue.h"
#include "server/engine/client.h"

namespace candor {

// As if each event had come as it is kept now, and once. Only while nobody else inserts events: on
// the loader's thread. What was done of it before, by an attempt that ended halfway, is no harm.
// kTryAgain when `stop` said so.
Status rebuild_day(EngineClient& engine, const Catalogue& catalogue, const std::string& product,
                   std::int64_t day, const std::stop_token& stop);

}  // namespace candor
