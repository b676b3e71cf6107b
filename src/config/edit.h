// Changing one value in a configuration file that a person wrote: everything else stays as it is.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/files.h"
#include "base/result.h"
#include "config/settings.h"

namespace candor {

// The text with `key` set to `value`: its value replaced where it stands, or a line added where it
// belongs. Comments, order and other values stay. kConfiguration when the text is not valid before
// or after.
Result<std::string> set_in_text(std::string_view text, const Path& file, std::string_view key,
                                const Value& value);

// The text without the line that sets `key`, a comment behind the value included; nothing when the
// text does not set it. kConfiguration when that cannot be done without touching other values.
Result<std::optional<std::string>> unset_in_text(std::string_view text, const Path& file,
                                                 std::string_view key);

// Reads `text` as a value of the key: 72, true, "a text". kUsage with what the key takes;
// kConfiguration for a text that is none of its choices.
Result<Value> parse_value(const Key& key, std::string_view text);

// A key by its own name or by the name that Stone's module gives it ("mgr/telemetry/url" is
// "endpoint"); kUsage with the nearest known key.
Result<std::string> canonical_key(std::string_view name);

// As it stands in the file: quoted where it must be.
std::string to_toml(const Value& value);

}  // namespace candor
