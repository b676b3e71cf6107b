#include "agent/send/mend.h"

#include <fmt/format.h>

namespace candor {

std::string how_to_mend(const UplinkOptions& options, int status) {
  const auto url = options.shown_url();
  if (status != 401 && status != 403) {
    return fmt::format("{} does not take these reports: candor config set {} URL", url,
                       options.setting);
  }
  if (options.carries_no_key) {
    return fmt::format(
        "{} wants a write key, and the one of the reports is not shown to another collector. "
        "Name one that takes device reports without: candor config set {} URL",
        url, options.setting);
  }
  return fmt::format("{} wants {} write key: candor config set write_key_file FILE", url,
                     options.write_key.empty() ? "a" : "another");
}

}  // namespace candor
