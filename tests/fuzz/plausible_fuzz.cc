// The body of a request to /api/event: what is read of it keeps to the limits of its format, prints
// as JSON that can be read again, and holds no text of the query but what names a source.
#include <cstdint>
#include <string_view>

#include "require.h"
#include "visitor/limits.h"
#include "visitor/plausible_event.h"

namespace {

using namespace candor;

void check(const PlausibleEvent& event) {
  require(!event.name.empty() && event.name.size() <= 4 * kMaxPlausibleNameLength);
  require(!event.sites.empty() && event.sites.size() <= kMaxPlausibleSites + 1);
  for (const auto& site : event.sites) require(!site.empty());
  require(!event.page.empty() && event.page.size() <= kMaxPlausibleUrlBytes + 1);
  const auto again = parse_json(to_line(event.document));
  require(again.ok() && again->is_object());
  require(again->at("page").is_string() && again->at("host").is_string());
  if (!event.document.contains("props")) return;
  const auto& props = event.document.at("props");
  require(!props.empty() && props.size() <= kMaxPlausibleProps);
  for (const auto& [name, value] : props.items()) {
    require(!name.empty() && name.size() <= kMaxPlausiblePropNameBytes);
    require(value.is_string() &&
            value.get_ref<const std::string&>().size() <= kMaxPlausiblePropBytes);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto read =
      read_plausible_event(std::string_view(reinterpret_cast<const char*>(data), size));
  if (const auto* event = std::get_if<PlausibleEvent>(&read)) {
    check(*event);
  } else {
    const auto& errors = std::get<FieldErrors>(read);
    require(!errors.empty());
    for (const auto& [field, texts] : errors) require(!field.empty() && !texts.empty());
  }
  return 0;
}
