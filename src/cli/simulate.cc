#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <cstdio>

#include "base/digest.h"
#include "base/numbers.h"
#include "cli/commands.h"
#include "contract/find.h"
#include "simulate/events.h"
#include "simulate/fleet.h"
#include "simulate/limits.h"
#include "simulate/post.h"
#include "simulate/progress.h"
#include "simulate/series.h"

namespace candor {
namespace {

constexpr std::chrono::seconds kLineInterval{5};  // of progress that goes to no terminal

// A number that stands in an option; `fallback` when it does not.
Result<std::uint64_t> number_of(const Arguments& arguments, const std::string& name,
                                std::uint64_t fallback) {
  if (!arguments.has(name)) return fallback;
  const auto number = parse_unsigned<std::uint64_t>(arguments.value(name));
  if (!number || *number > INT64_MAX) {
    return Error{ErrorKind::kUsage,
                 fmt::format("--{} takes a whole number, such as --{} {}.", name, name, fallback)};
  }
  return *number;
}

Result<FleetOptions> fleet_options(const Arguments& arguments) {
  FleetOptions options;
  CANDOR_ASSIGN(seed, number_of(arguments, "seed", 1));
  CANDOR_ASSIGN(installations, number_of(arguments, "installations", 100));
  CANDOR_ASSIGN(days, number_of(arguments, "days", 30));
  options.seed = seed;
  options.installations =
      static_cast<std::uint32_t>(std::min<std::uint64_t>(installations, UINT32_MAX));
  options.days = static_cast<std::int64_t>(days);
  options.until = day_of(system_clock().now());
  if (arguments.has("until")) {
    const auto until = parse_day(arguments.value("until"));
    if (!until) return Error{ErrorKind::kUsage, "--until takes a day, such as --until 2026-11-21."};
    options.until = day_of(*until);
  }
  return options;
}

// The contract that --contract names, or the product's.
Result<Contract> contract_of(const Arguments& arguments) {
  if (arguments.has("contract")) return read_contract(arguments.value("contract"));
  CANDOR_ASSIGN(folder, find_contract_folder({}, this_executable()));
  CANDOR_ASSIGN(file, find_contract(arguments.value("product", "stone"), folder));
  return read_contract(file);
}

Json json_of(const Contract& contract, const FleetOptions& options, std::uint64_t reports) {
  return {{"product", contract.product},
          {"contract", contract.hash},
          {"seed", options.seed},
          {"installations", options.installations},
          {"from", format_day(options.until - options.days)},
          {"until", format_day(options.until)},
          {"reports", reports}};
}

// Makes all reports and sends none.
Result<int> make_only(Context& context, const Contract& contract, const Fleet& fleet) {
  const bool prints = context.arguments.has("print");
  std::string hashes;
  std::uint64_t reports = 0;
  std::uint64_t bytes = 0;
  for (auto day = fleet.first_day(); day < fleet.options().until; ++day) {
    for (const auto& planned : fleet.plan(day)) {
      const auto report = fleet.make_report(planned);
      if (prints) context.out.print(report.body);
      hashes = sha256_hex(hashes + report.sha256);
      bytes += report.body.size();
      ++reports;
    }
  }
  if (prints) return kExitOk;
  auto document = json_of(contract, fleet.options(), reports);
  document["bytes"] = bytes;
  document["fingerprint"] = hashes;
  context.answer(document, fmt::format("{} reports of {} bytes would be sent; fingerprint {}\n",
                                       reports, bytes, hashes));
  return kExitOk;
}

// Draws progress on standard error: a bar on a terminal, a line now and then elsewhere.
class Display {
 public:
  Display(Output& out, bool quiet)
      : out_(out), quiet_(quiet), terminal_(isatty(STDERR_FILENO) == 1) {}

  void show(const PostProgress& progress) {
    if (quiet_) return;
    if (terminal_) {
      std::fprintf(stderr, "\r%s\x1b[K", progress_bar(progress, columns()).c_str());
      std::fflush(stderr);
    } else if (progress.elapsed >= next_line_) {
      next_line_ = progress.elapsed + kLineInterval;
      out_.say(progress_sentence(progress));
    }
  }
  void end() const {
    if (terminal_ && !quiet_) std::fputs("\r\x1b[K", stderr);
  }

 private:
  static std::size_t columns() {
    winsize size{};
    const bool known = ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 1;
    return known ? size.ws_col - 1u : 79u;
  }

  Output& out_;
  bool quiet_;
  bool terminal_;
  std::chrono::milliseconds next_line_{0};
};

int answer_summary(Context& context, const PostSummary& summary, Json document) {
  const auto& counts = summary.counts;
  const auto seconds =
      static_cast<double>(std::max<std::int64_t>(1, summary.elapsed.count())) / 1000;
  document["accepted"] = counts.accepted;
  document["partly_quarantined"] = counts.partly_quarantined;
  document["quarantined"] = counts.quarantined;
  document["duplicates"] = counts.duplicates;
  document["refused"] = counts.refused;
  document["undelivered"] = counts.undelivered;
  document["dropped_values"] = counts.dropped_values;
  document["retries"] = counts.retries;
  document["bytes"] = counts.bytes;
  document["seconds"] = seconds;
  if (!summary.first_refusal.empty()) document["first_refusal"] = summary.first_refusal;
  if (summary.failure) document["failure"] = summary.failure->message;
  context.answer(document,
                 fmt::format("{} reports in {:.1f} s: {} accepted, {} partly quarantined, {} "
                             "quarantined, {} duplicates, "
                             "{} refused, {} undelivered; {} values dropped, {} retries\n",
                             summary.reports, seconds, counts.accepted, counts.partly_quarantined,
                             counts.quarantined, counts.duplicates, counts.refused,
                             counts.undelivered, counts.dropped_values, counts.retries));
  if (counts.refused > 0)
    context.out.fail(fmt::format("{} reports were refused; the first one: {}", counts.refused,
                                 summary.first_refusal));
  if (summary.failure) context.out.fail(summary.failure->message);
  return summary.failure ? kExitUnavailable : counts.refused > 0 ? kExitBadData : kExitOk;
}

// Prints a line for each of `count`, as `line` makes them; with --dry-run says how much it would
// be.
Result<int> print_lines(Context& context, std::string_view what, std::uint64_t count,
                        const std::function<std::string(std::uint64_t)>& line) {
  if (context.arguments.has("to")) {
    return Error{ErrorKind::kUsage,
                 fmt::format("Simulated {0} are printed only: nothing in them could say that they "
                             "are. Leave out --to, and give --print.",
                             what)};
  }
  const bool prints = context.arguments.has("print") && !context.globals.dry_run;
  if (!prints && !context.globals.dry_run) {
    return Error{ErrorKind::kUsage,
                 fmt::format("Give --print to print the {0}, or look first with --dry-run.", what)};
  }
  std::string hashes;
  std::uint64_t bytes = 0;
  for (std::uint64_t number = 0; number < count; ++number) {
    const auto made = line(number) + "\n";
    if (prints) {
      context.out.print(made);
    } else {
      hashes = sha256_hex(hashes + made);
    }
    bytes += made.size();
  }
  if (prints) return kExitOk;
  context.answer({{"lines", count}, {"bytes", bytes}, {"fingerprint", hashes}},
                 fmt::format("{} {} of {} bytes would be printed; fingerprint {}\n", count, what,
                             bytes, hashes));
  return kExitOk;
}

Result<int> make_events(Context& context, const Contract& contract, const FleetOptions& fleet) {
  CANDOR_ASSIGN(events, number_of(context.arguments, "events", 1000));
  CANDOR_ASSIGN(bytes, number_of(context.arguments, "bytes", 512));
  CANDOR_ASSIGN(stream, EventStream::make(contract, {fleet.seed, events, fleet.installations,
                                                     fleet.days, fleet.until, bytes}));
  return print_lines(context, "events", events,
                     [&stream](std::uint64_t number) { return stream.message(number); });
}

Result<int> make_series(Context& context, const Contract& contract, const FleetOptions& fleet) {
  CANDOR_ASSIGN(count, number_of(context.arguments, "series", 1000));
  CANDOR_ASSIGN(series,
                SeriesSet::make(contract, {fleet.seed, count, fleet.installations, fleet.until}));
  return print_lines(context, "series", count,
                     [&series](std::uint64_t number) { return series.line(number); });
}

Result<int> simulate(Context& context) {
  const auto& arguments = context.arguments;
  CANDOR_ASSIGN(contract, contract_of(arguments));
  CANDOR_ASSIGN(options, fleet_options(arguments));
  if (arguments.has("events") && arguments.has("series")) {
    return Error{ErrorKind::kUsage, "--events and --series are two things: give one of them."};
  }
  if (arguments.has("events")) return make_events(context, contract, options);
  if (arguments.has("series")) return make_series(context, contract, options);
  CANDOR_ASSIGN(connections, number_of(arguments, "connections", 4));
  CANDOR_ASSIGN(fleet, Fleet::make(contract, options));
  if (context.globals.dry_run || arguments.has("print")) return make_only(context, contract, fleet);
  if (!arguments.has("to")) {
    return Error{ErrorKind::kUsage,
                 "Where to? Name a collector with --to http://127.0.0.1:8080, or look first with "
                 "--dry-run or --print."};
  }
  if (day_of(system_clock().now()) - fleet.first_day() > kOldestAdmittedDays) {
    context.out.warn(fmt::format(
        "reports older than {} days are refused by collectors; the first ones are of {}.",
        kOldestAdmittedDays, format_day(fleet.first_day())));
  }
  Display display(context.out, context.globals.quiet);
  PostOptions post;
  post.url = arguments.value("to");
  post.connections =
      static_cast<int>(std::min<std::uint64_t>(connections, kMaxSimulateConnections + 1));
  post.on_progress = [&display](const PostProgress& progress) { display.show(progress); };
  CANDOR_ASSIGN(summary, post_reports(fleet, post));
  display.end();
  return answer_summary(context, summary, json_of(contract, options, summary.reports));
}

}  // namespace

Command simulate_command() {
  Command command;
  command.name = "simulate";
  command.summary = "send the reports of a made-up fleet to a collector";
  command.about =
      "Makes reports of a believable fleet and posts them in the order of their time. Each says "
      "that it is simulated, and a "
      "collector never mixes them with real ones unless asked. The same seed and days give the "
      "same bytes.";
  command.options = {
      {"product", "NAME", "Whose fleet: a product with an installed contract; stone unless said."},
      {"contract", "FILE", "A contract file instead."},
      {"installations", "N", "Size of the fleet; 100 unless said."},
      {"days", "N", "Days of daily reports; 30 unless said."},
      {"until", "DAY", "The day (UTC) before which the last report is made; today unless said."},
      {"seed", "N", "Which fleet; 1 unless said."},
      {"events", "N",
       "Instead of reports, print that many events of the contract, a Segment message a line, "
       "their times spread over the days."},
      {"bytes", "N", "Size of a message: its longest free text is made longer. 512 unless said."},
      {"series", "N",
       "Instead of reports, print that many series of the contract's metrics with a sample of "
       "each, "
       "a line each in Prometheus's text format."},
      {"to", "URL", "The collector."},
      {"connections", "N", "Connections at once; 4 unless said."},
      {"print", "", "Print, send nothing."}};
  command.examples = {
      {"candor simulate --product stone --installations 500 --days 30 --seed 7 "
       "--to http://127.0.0.1:8080",
       "fills a dashboard"},
      {"candor simulate --installations 1 --days 1 --print", "shows one report"},
      {"candor simulate --product dcos --events 1000 --seed 7 --print", "makes events for a test"}};
  command.exit_codes = {{kExitBadData, "the collector refused reports"},
                        {kExitUnavailable, "the collector did not answer for two minutes"},
                        {kExitConfiguration, "there is no such contract, or it cannot be read"}};
  command.run = simulate;
  command.rehearse = simulate;  // makes the reports, and says how many they are
  return command;
}

}  // namespace candor
