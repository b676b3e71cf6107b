#include <fmt/format.h>
#include <termios.h>
#include <unistd.h>

#include <iostream>

#include "cli/commands.h"
#include "cli/server_file.h"
#include "wire/web_config.h"

namespace candor {
namespace {

constexpr std::size_t kMinPasswordBytes = 8;

// One line of standard input, not shown when that is a terminal.
std::string read_password(Context& context) {
  termios shown{};
  const bool terminal = !context.globals.no_input && ::isatty(STDIN_FILENO) != 0 &&
                        ::tcgetattr(STDIN_FILENO, &shown) == 0;
  if (terminal) {
    context.out.say("Password: ");
    termios hidden = shown;
    hidden.c_lflag &= ~static_cast<tcflag_t>(ECHO);
    ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &hidden);
  }
  std::string password;
  std::getline(std::cin, password);
  if (terminal) ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &shown);
  return password;
}

Result<int> run_add(Context& context) {
  CANDOR_ASSIGN(config, load_server_file(context));
  if (config.web_config_file.empty()) {
    return Error{
        ErrorKind::kConfiguration,
        fmt::format("{}: web_config_file is not set. Add web_config_file = \"web.yml\" first.",
                    config.file.string())};
  }
  const auto name = context.arguments.value("NAME");
  if (name.empty() || name.find_first_not_of(
                          "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-@") !=
                          std::string::npos) {
    return Error{ErrorKind::kUsage, "A user's name has only letters, digits and . _ - @."};
  }
  const auto password = read_password(context);
  if (password.size() < kMinPasswordBytes) {
    return Error{
        ErrorKind::kUsage,
        fmt::format(
            "The password has less than {} characters. Give it on standard input, one line.",
            kMinPasswordBytes)};
  }
  const auto text = read_file(config.web_config_file);
  if (!text.ok() && text.error().kind != ErrorKind::kNotFound) return text.error();
  CANDOR_ASSIGN(changed, with_user(text.ok() ? *text : "", name, bcrypt(password)));
  CANDOR_TRY(write_file(config.web_config_file, changed));
  CANDOR_TRY(read_web_config(config.web_config_file));
  context.answer({{"user", name}, {"file", config.web_config_file.string()}}, "");
  context.out.say(fmt::format("User {} is in {}. A collector that runs takes it at once.", name,
                              config.web_config_file.string()));
  return kExitOk;
}

}  // namespace

Command user_command() {
  return {.name = "user",
          .summary = "who may see what is not public",
          .about = "",
          .operands = {},
          .options = {},
          .examples = {{"candor user add anna --config server.toml", "asks for the password"}},
          .exit_codes = {},
          .children = {{.name = "add",
                        .summary = "add a user, or change a password",
                        .about = "The password is read from standard input and kept as a bcrypt "
                                 "hash in web_config_file.",
                        .operands = {{"NAME", "the user's name"}},
                        .options = {},
                        .examples = {{"candor user add anna < password.txt", ""}},
                        .exit_codes = {{kExitConfiguration, "web_config_file is not set or wrong"}},
                        .children = {},
                        .run = run_add}},
          .run = {}};
}

}  // namespace candor
