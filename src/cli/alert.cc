#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "cli/commands.h"
#include "cli/server_file.h"
#include "server/ops/test_mail.h"

namespace candor {
namespace {

Result<std::string> alertmanager_url(const OpsConfig& ops) {
  if (!ops.enabled) {
    return Error{ErrorKind::kConfiguration,
                 "There is no operations center: [ops] enabled = true is missing in server.toml."};
  }
  if (is_url(ops.alertmanager)) {
    auto url = ops.alertmanager;
    while (url.ends_with('/')) url.pop_back();
    return url;
  }
  if (!ops.alertmanager_listen.ends_with(":0")) return "http://" + ops.alertmanager_listen;
  return Error{ErrorKind::kConfiguration,
               "Nobody knows where Alertmanager listens: ops.alertmanager_listen has port 0."};
}

Result<int> run_test(Context& context) {
  CANDOR_ASSIGN(config, load_server_file(context));
  CANDOR_ASSIGN(url, alertmanager_url(config.ops));
  const auto inboxes = config.monitor.inboxes();
  auto wanted = context.arguments.values("inbox");
  for (const auto& inbox : wanted) {
    if (std::ranges::find(inboxes, inbox) != inboxes.end()) continue;
    return Error{ErrorKind::kUsage,
                 fmt::format("{} is no inbox of the configuration. There {}: {}.", inbox,
                             inboxes.size() == 1 ? "is" : "are", fmt::join(inboxes, ", "))};
  }
  if (wanted.empty()) wanted = inboxes;
  if (wanted.empty()) {
    return Error{ErrorKind::kConfiguration,
                 "Nobody is mailed: monitor.alertAddresses and monitor.additionalAlertAddresses "
                 "are empty."};
  }
  const auto client = make_http_client();
  for (const auto& inbox : wanted) {
    auto sent = send_test_mail(*client, url, inbox);
    if (!sent.ok()) return std::move(sent).error().in(inbox);
    if (!context.globals.json)
      context.out.print(fmt::format("{}: the mail server took a test mail\n", inbox));
  }
  if (context.globals.json) context.answer({{"taken", wanted}}, "");
  return kExitOk;
}

Command test_command() {
  return {.name = "test",
          .summary = "send a marked test mail to inboxes of alerts",
          .about =
              "By the way that mails of alerts go: Alertmanager, its templates, the mail server. "
              "Waits until the mail server took it.",
          .operands = {},
          .options = {{"inbox", "ADDRESS", "Only this one of the configured inboxes.", true}},
          .examples = {{"candor alert test --inbox alerts@example.com", ""}},
          .exit_codes = {{kExitUnavailable,
                          "Alertmanager does not answer, or the mail server did not take it"},
                         {kExitConfiguration, "there is no operations center, or no inbox"}},
          .children = {},
          .run = run_test};
}

}  // namespace

Command alert_command() {
  return {.name = "alert",
          .summary = "see that mails of alerts arrive",
          .about = "",
          .operands = {},
          .options = {},
          .examples = {{"candor alert test --inbox alerts@example.com", "one marked mail"}},
          .exit_codes = {},
          .children = {test_command()},
          .run = nullptr};
}

}  // namespace candor
