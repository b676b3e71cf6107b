// Changing the agent's configuration file, for the commands that do.
#pragma once

#include <string>

#include "cli/command.h"
#include "config/settings.h"

namespace candor {

// Sets one key in the configuration file, which is made when it is not there. The file is checked
// before it is replaced; mode and group stay. One that gets a password is for its user alone, and
// where root writes it and the group candor-config is there, for that group, too: the service is in
// it. kConfiguration, kCannotCreate.
Status set_in_file(const Paths& paths, const std::string& key, const Value& value);

// Whether the value of that key is a password, or a URL with one.
bool holds_password(const std::string& key, const Value& value);

// Who can read the file, and whether the service can: "which only you can read".
std::string who_reads(const Path& file);

// kConfiguration when the key takes a URL and `value` is none. Empty is one: it unsets.
Status check_url(const std::string& key, const Value& value);

// `text` as a value of the key, as it may be set: kUsage, kConfiguration. Of the product: that
// there is a contract of it, where contracts can be read.
Result<Value> value_for(const Context& context, const std::string& key, std::string_view text);

// Takes one key out of the file; whether it stood there.
Result<bool> unset_in_file(const Paths& paths, const std::string& key);

// Keeps what may leave by the configuration of now; to be called before and after a change of
// channels. Nothing where there is no agent to tell, for want of a contract.
Status note_leaving(const Context& context);
// To be called after a change of channels instead: besides, drops what is pending of devices and
// events with a channel that is off by now, and tells a running agent.
Status channels_changed(const Context& context);

// Stone's form names the section first: `config set mgr mgr/telemetry/interval 72`.
std::vector<std::string> without_section(std::vector<std::string> words);

}  // namespace candor
