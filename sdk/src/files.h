// Files as a host may read them: what is none of a disk is not waited for.
#pragma once

#include <cstddef>
#include <string>

namespace candor::sdk {

// A descriptor of the regular file, and its size; -1: there is none.
int open_regular(const std::string& file, std::size_t& bytes);

// At most so many bytes of it, with nothing when it cannot be read.
std::string read_small_file(const std::string& file, std::size_t most);

}  // namespace candor::sdk
