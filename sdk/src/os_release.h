// What os-release(5) says. Pure.
#pragma once

#include <string>
#include <string_view>

namespace candor::sdk {

// The value of a key, without its quotes; empty when there is none, or one with what a shell would
// do something with.
std::string os_release_value(std::string_view text, std::string_view key);

}  // namespace candor::sdk
