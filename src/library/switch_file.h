// The switch: what programs may record now (docs/formats/library.md). Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "library/layout.h"

namespace candor::library {

// A whole switch. `flags` has one for each declaration of the text, the first of declaration 1.
std::string make_switch(std::string_view text, std::span<const std::uint8_t> flags);

struct SwitchView {
  SwitchHeader header;
  std::string_view text;
};
// Nothing when it is no whole switch of this version. Views are into `bytes`.
std::optional<SwitchView> read_switch(std::string_view bytes);

}  // namespace candor::library
