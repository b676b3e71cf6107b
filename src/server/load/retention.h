// What is kept no longer: values out of bounds after a week, reports and what is known of
// installations after the contract's retention. The counts of drops and of the accounting stay.
#pragma once

#include "base/clock.h"
#include "base/result.h"
#include "contract/catalogue.h"
#include "server/engine/client.h"

namespace candor {

// Drops what is past its time on the day of `now`. Errors as EngineClient::execute; call it again
// then.
Status drop_expired(EngineClient& engine, const Catalogue& catalogue, Instant now);

}  // namespace candor
