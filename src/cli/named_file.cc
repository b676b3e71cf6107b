#include "cli/named_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <fstream>
#include <iostream>

namespace candor {

Result<std::unique_ptr<std::istream>> open_named(const std::string& name) {
  if (is_standard(name)) return std::make_unique<std::istream>(std::cin.rdbuf());
  auto file = std::make_unique<std::ifstream>(name, std::ios::binary);
  if (*file) return Result<std::unique_ptr<std::istream>>(std::move(file));
  auto error = system_error("open", name);
  error.kind = ErrorKind::kNotFound;
  return error;
}

Status check_new_file(const Path& file) {
  const auto cannot = [](std::string message) {
    return Error{ErrorKind::kCannotCreate, std::move(message)};
  };
  std::error_code ignored;
  if (std::filesystem::exists(file, ignored)) {
    return cannot(
        fmt::format("{} is there already. Name a new file, or remove that one.", file.string()));
  }
  const auto folder = file.has_parent_path() ? file.parent_path() : Path(".");
  if (!std::filesystem::is_directory(folder, ignored)) {
    return cannot(
        fmt::format("{} cannot be written: there is no folder {}. Make it, or name another file.",
                    file.string(), folder.string()));
  }
  if (::faccessat(AT_FDCWD, folder.c_str(), W_OK | X_OK, AT_EACCESS) == 0) return Ok{};
  return cannot(fmt::format("{}. Name a file in a folder that you may write to.",
                            system_error("create", file).message));
}

Status check_new_output(const std::string& name, bool json) {
  if (!is_standard(name)) return check_new_file(name);
  if (!json) return Ok{};
  return Error{ErrorKind::kUsage,
               "Standard output cannot hold both: name a file instead of -, or leave out --json."};
}

}  // namespace candor
