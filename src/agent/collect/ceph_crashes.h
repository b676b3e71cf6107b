// The crashes that a cluster remembers, as its own telemetry module reports them, minus what that
// module lets through.
//
// Of an entry of `ceph crash ls`
// - the host's name, and device and path of a failed read or write, stay home;
// - the daemon's name becomes its kind and a salted hash: "osd.0" is "osd.356a19…";
// - a crash_id that is not a time and a UUID is hashed with the salt, too;
// - of a failed assertion's message, thread and time become "-", and what the program put in while
//   it ran (the text of an abort, details of an assertion) is left out; a message of another shape
//   is left out altogether;
// - of a manager module's Python traceback only the frames remain: exceptions quote what they met;
// - the name of a user in a path below /home becomes "-";
// - what is not named in this file's table is left out;
// - `stack_sig` is computed anew from what remains. Where nothing of a message was left out, that
// is
//   the signature which the cluster computed.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/json.h"

namespace candor {

// The entries that happened at `since` or later, oldest first; the newest where there are more than
// the limits allow. An entry without id, time or shape is passed over. Pure. Requires a list.
Json ceph_crashes(const Json& list, std::optional<Instant> since, std::string_view salt);

// The parts, for tests.
// "osd.0" as "osd." and sha1hex(salt + "0" + salt); empty when it is no daemon's name.
std::string hashed_entity(std::string_view entity, std::string_view salt);
// Without what names a thread, a time or what the program met; empty when it is another message.
std::string cleaned_assert_message(std::string_view message);
// "/home/jo/ceph/x.cc" as "/home/-/ceph/x.cc"
std::string without_user(std::string_view text);

}  // namespace candor
