// Takes out of a smartctl document whatever names one drive or the machine it is in: serial number,
// world-wide names, host name, paths, the time of day. docs/formats/device.md says what and how.
//
// The whole document is searched, keys and values, whatever the contract declares. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"

namespace candor {

inline constexpr std::string_view kDeleted = "deleted";

// What names one drive, as its document tells.
struct DriveNames {
  std::vector<std::string> serials;    // as they came, without blanks around them
  std::vector<std::string> worldwide;  // hexadecimal digits, lower case: "5000c500a1b2c3d4"
};
DriveNames names_of(const Json& document);

// `hosts`: the machine's names. `also`: names of other drives of the same machine, which one drive
// may tell of another. A document that is no object gives an empty one.
Json scrub(const Json& document, const std::vector<std::string>& hosts,
           const std::vector<DriveNames>& also = {});

}  // namespace candor
