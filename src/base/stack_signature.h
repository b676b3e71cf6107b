// The signature of a crash's stack, by which Ceph's crash module, its telemetry server and its
// dashboards tell equal crashes. The recipe is theirs, quirks and all, so that the same crash has
// the same signature wherever it is made. Pure; any bytes are taken.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace candor {

// What counts of one frame: without the address after its last space, without the first and last
// character of what remains, up to the first '+'.
//   "(OSD::handle()+0x12) [0x56]" -> "OSD::handle()"      "gsignal()" -> "signal("
std::string_view signed_part_of_frame(std::string_view frame);

// What counts of an assertion's message: all before the last " thread … time ", and from its last
// ": " to the end of its last whole line. Empty when the message is another one.
std::string signed_part_of_message(std::string_view message);

// SHA-256, in hex, over what counts of each frame and of the message, one after the other.
std::string stack_signature(const std::vector<std::string>& backtrace,
                            std::string_view assert_message);

}  // namespace candor
