// What receiver.cc and receiver_events.cc share.
#pragma once

#include <string>
#include <string_view>

#include "contract/catalogue.h"
#include "server/protocol/events.h"

namespace candor {

// The address of an event protocol; nullptr for others.
const EventRoute* event_route_of(std::string_view path);

// Whom a request was for that could not be read far enough to say: the product of its path, or the
// only one that takes the protocol. Empty when nobody can tell.
std::string addressee(const Catalogue& catalogue, std::string_view prefix,
                      std::string_view protocol);

}  // namespace candor
