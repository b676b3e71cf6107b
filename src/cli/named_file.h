// Files that the operator names on the command line; "-" is standard input or output.
#pragma once

#include <istream>
#include <memory>
#include <string>

#include "base/files.h"
#include "base/result.h"

namespace candor {

inline bool is_standard(const std::string& name) { return name == "-"; }

// For reading; kNotFound when it cannot be opened.
Result<std::unique_ptr<std::istream>> open_named(const std::string& name);

// kCannotCreate when a file of that name is there already or could not be made, with what to do.
// Makes nothing.
Status check_new_file(const Path& file);

// The same for where a command's data go: kUsage when that is standard output, which --json wants.
Status check_new_output(const std::string& name, bool json);

}  // namespace candor
