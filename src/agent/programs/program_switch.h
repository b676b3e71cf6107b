// The file that programs with libcandor map to know what they may record: library/switch in the
// state folder (docs/formats/library.md).
#pragma once

#include <string>

#include "agent/programs/declare.h"
#include "agent/seal/state_folder.h"
#include "base/result.h"

namespace candor {

std::string program_switch_name();  // in the state folder

// Whether the switch says this already; of nothing declared, and no switch, it does.
Result<bool> program_switch_says(const StateFolder& state, const ProgramDeclarations& declared);

// Makes the switch say this: where it stands, when it declares the same; else in a new file, after
// all of the old one is off. Requires the state folder's lock.
Status set_program_switch(const StateFolder& state, const ProgramDeclarations& declared);

// Whatever it says, it says no; fine where there is none. Requires the state folder's lock.
Status switch_programs_off(const StateFolder& state);

}  // namespace candor
