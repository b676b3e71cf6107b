// What receiver.cc and receiver_samples.cc share.
#pragma once

#include <string_view>

#include "server/protocol/samples.h"

namespace candor {

// The address of a protocol that sends samples; nullptr for others.
const SampleRoute* sample_route_of(std::string_view path);

}  // namespace candor
