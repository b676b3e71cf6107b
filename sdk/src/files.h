// Files that the library reads and makes. Any thread.
#pragma once

#include <cstddef>
#include <string>

namespace candor::sdk {

// A file that is none of a disk is not waited for. -1: there is none.
int open_regular(const std::string& file, std::size_t& bytes);
// At most so many bytes; empty where it cannot be read.
std::string read_small_file(const std::string& file, std::size_t most);
// What root makes in the agent's folder is its agent's, who may be another user.
void give_to_owner_of(const std::string& folder, int fd);

// A file that outgrows the process's own limit would end the process.
bool may_grow_to(std::size_t bytes);

}  // namespace candor::sdk
