#include <fmt/format.h>
#include <signal.h>

#include "agent/collect/crash_records.h"
#include "base/build_version.h"
#include "base/clock.h"
#include "base/crash_recorder.h"
#include "base/systemd.h"
#include "cli/commands.h"
#include "cli/server_file.h"
#include "config/server_config.h"
#include "server/collector.h"

namespace candor {
namespace {

constexpr std::chrono::seconds kStoreReadyTime{10};  // then it is told that there is none yet
constexpr std::chrono::milliseconds kSignalLook{250};

// Waits for one of the signals, or the time; 0 for the time.
int wait_for_signal(const sigset_t& signals, std::chrono::milliseconds time) {
  const timespec timeout{time.count() / 1000, (time.count() % 1000) * 1'000'000};
  const int signal = ::sigtimedwait(&signals, nullptr, &timeout);
  return signal < 0 ? 0 : signal;
}

bool ends(int signal) { return signal == SIGTERM || signal == SIGINT; }

// A wrong file changes nothing.
void reload(Context& context, Collector& collector) {
  const auto config = load_server_file(context);
  if (!config.ok()) {
    context.out.warn(fmt::format("the old configuration stays: {}", config.error().message));
  } else if (collector.reconfigure(*config)) {
    context.out.say(
        "candor: [ops] and [monitor] are read anew; restart the collector to take other changes");
  } else {
    context.out.say(
        "candor: nothing is read anew without [ops] enabled = true; restart the collector to take "
        "changes");
  }
}

// Waits for the store, in steps, so that signals are heard meanwhile.
Status wait_ready(Context& context, Collector& collector, const sigset_t& signals, int& signal) {
  const auto deadline = std::chrono::steady_clock::now() + kStoreReadyTime;
  for (;;) {
    auto ready = collector.wait_ready(kSignalLook);
    signal = wait_for_signal(signals, std::chrono::milliseconds(0));
    if (signal == SIGHUP) reload(context, collector);
    if (ready.ok() || ends(signal) || std::chrono::steady_clock::now() >= deadline) return ready;
  }
}

Result<int> run(Context& context) {
  CANDOR_ASSIGN(config, load_server_file(context));
  // Blocked before the first thread is made, so that none but this one gets them.
  sigset_t signals;
  sigemptyset(&signals);
  for (const int signal : {SIGTERM, SIGINT, SIGHUP}) sigaddset(&signals, signal);
  ::pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  ::signal(SIGPIPE, SIG_IGN);

  const auto crashes = Path(config.data) / "crashes";
  // Reading such a folder removes the old ones and those beyond the newest, and there may be nobody
  // else who reads the collector's. Before anything that may fail: one that crashes again and again
  // fills no disk.
  if (const auto cleared = collect_crash_records({crashes}, std::nullopt, system_clock().now());
      !cleared.ok())
    context.out.warn(fmt::format("old crash records stay: {}", cleared.error().message));
  CANDOR_TRY(record_crashes(crashes, "candor server", build_package()));
  CANDOR_ASSIGN(collector, Collector::start(config));
  context.out.say(fmt::format("candor: collecting on {}", collector->url()));
  int signal = 0;
  const auto ready = wait_ready(context, *collector, signals, signal);
  if (ready.ok()) {
    context.out.say("candor: the store answers; figures are up to date");
  } else if (!ends(signal)) {
    context.out.warn(fmt::format("reports are taken and kept, but there are no figures yet: {}",
                                 ready.error().message));
  }
  tell_systemd(context.environment, "READY=1");
  const auto beat = watchdog_interval(context.environment).value_or(std::chrono::hours(1)) / 2;
  while (!ends(signal)) {
    tell_systemd(context.environment, "WATCHDOG=1");
    signal = wait_for_signal(signals, std::chrono::duration_cast<std::chrono::milliseconds>(beat));
    if (signal == SIGHUP) reload(context, *collector);
  }
  tell_systemd(context.environment, "STOPPING=1");
  context.out.say("candor: stopping");
  collector->stop();
  return kExitOk;
}

}  // namespace

Command server_command() {
  return {
      .name = "server",
      .summary = "run the collector",
      .about =
          "Takes reports, keeps them in its journal, loads them into the store and serves the "
          "pages. Stays in the "
          "foreground and logs to standard error; SIGTERM ends it, SIGHUP has it read [ops] and "
          "[monitor] anew. Without --config it reads "
          "server.toml beside candor.toml.",
      .operands = {},
      .options = {},
      .examples = {{"candor server --config /etc/candor/server.toml", ""}},
      .exit_codes = {{kExitCannotCreate,
                      "the address is taken, or the data folder cannot be written"},
                     {kExitTryAgain, "another collector uses the data folder"},
                     {kExitConfiguration, "configuration, contract or web_config_file is wrong"}},
      .children = {},
      .run = run};
}

}  // namespace candor
