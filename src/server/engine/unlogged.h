// For questions that name an installation or a customer.
#pragma once

#include "server/engine/client.h"

namespace candor {

// The store keeps no copy of such a statement in its query_log (docs/formats/deletion.md, "What
// stays").
inline const StatementSettings kUnlogged = {{"log_queries", "0"}};

}  // namespace candor
