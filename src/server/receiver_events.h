// What receiver.cc, receiver_events.cc and receiver_samples.cc share.
#pragma once

#include <string>
#include <string_view>

#include "contract/catalogue.h"
#include "server/protocol/events.h"

namespace candor {

// What senders of events and samples are told when nothing of a request is kept.
inline constexpr const char* kNothingStored =
    "The collector cannot store anything at the moment. Nothing was stored; send it again later.";
inline constexpr const char* kTooLargeToStore =
    "What is kept of the request is too large to store.";

// The address of an event protocol; nullptr for others.
const EventRoute* event_route_of(std::string_view path);

// Whom a request was for that could not be read far enough to say: the product of its path, or the
// only one that takes the protocol. Empty when nobody can tell.
std::string addressee(const Catalogue& catalogue, std::string_view prefix,
                      std::string_view protocol);

}  // namespace candor
