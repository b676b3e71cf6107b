#pragma once

#include <span>
#include <string_view>

namespace candor {

// One file of src/server/load/sql/, carried inside the program.
struct SqlFile {
  std::string_view name;  // the file's name without its folder, such as "010_reports.sql"
  std::string_view text;  // its whole text, UTF-8
};

// Every file of src/server/load/sql/ in the order of their names. The views live as long as the
// program; any thread may ask.
std::span<const SqlFile> sql_files();

}  // namespace candor
