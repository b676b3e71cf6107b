// Programs that are no visitors. Pure.
#pragma once

#include <string_view>

namespace candor {

// Whether the User-Agent says that it is a bot, or a browser without a head.
bool is_bot(std::string_view user_agent);

}  // namespace candor
