#include <fmt/format.h>
#include <fmt/ranges.h>

#include <thread>

#include "base/numbers.h"
#include "cli/collector_client.h"
#include "cli/commands.h"
#include "wire/url.h"

namespace candor {
namespace {

constexpr std::chrono::milliseconds kPoll{500};

// A metric can have a hundred labels that the contract does not take.
constexpr std::size_t kRowsInLine = 8;

std::string rows_text(const Json& rows) {
  std::vector<std::string> parts;
  for (const auto& row : rows) {
    if (parts.size() == kRowsInLine) {
      parts.push_back(fmt::format("and {} more", rows.size() - kRowsInLine));
      break;
    }
    const auto count = integer_member(row, "count", 1);
    parts.push_back(fmt::format("{} ({}{})", printable(string_member(row, "path")),
                                string_member(row, "reason"),
                                count > 1 ? fmt::format(" × {}", count) : ""));
  }
  return fmt::format("{}", fmt::join(parts, ", "));
}

// One arrival on one line, what was dropped and quarantined under it.
std::string line_of(const Output& out, const Json& arrival) {
  const auto outcome = string_member(arrival, "outcome");
  const auto paint = outcome == "accepted"    ? Output::Paint::kGood
                     : outcome == "duplicate" ? Output::Paint::kStrong
                     : outcome == "refused"   ? Output::Paint::kBad
                                              : Output::Paint::kCareful;
  auto text = fmt::format("{:<24}  {:<8}  {}", string_member(arrival, "received"),
                          string_member(arrival, "protocol"),
                          out.paint(paint, fmt::format("{:<18}", outcome)));
  if (const auto reason = string_member(arrival, "reason"); !reason.empty())
    return text + "  " + reason + "\n";
  const auto samples = integer_member(arrival, "samples");
  const auto event = printable(string_member(arrival, "event"));
  const auto from = printable(string_member(arrival, "installation"));
  text += fmt::format("  {:>8} B  {}\n", integer_member(arrival, "bytes"),
                      samples > 0      ? fmt::format("{} samples", samples)
                      : !event.empty() ? fmt::format("{}  {}", event, from)
                                       : from);
  const Json* dropped = find_member(arrival, "dropped");
  const Json* quarantined = find_member(arrival, "quarantined");
  if (dropped != nullptr && !dropped->empty())
    text += fmt::format("    dropped:     {}\n", rows_text(*dropped));
  if (quarantined != nullptr && !quarantined->empty())
    text += fmt::format("    quarantined: {}\n", rows_text(*quarantined));
  return text;
}

// The arrivals after the one with that number.
Result<Json> arrivals_after(CollectorClient& collector, const std::string& product,
                            std::int64_t last) {
  CANDOR_ASSIGN(answer, collector.get(fmt::format("/api/v1/products/{}/tail?after={}",
                                                  url_encode(product), last)));
  const Json* arrivals = find_member(answer, "arrivals");
  if (arrivals != nullptr && arrivals->is_array()) return answer;
  return Error{ErrorKind::kUnavailable,
               "That answer has no arrivals. Is it a collector of Candor?"};
}

Result<int> run(Context& context) {
  CANDOR_ASSIGN(collector, CollectorClient::from(context));
  const auto product = context.arguments.value("PRODUCT");
  const auto lines = parse_unsigned<std::uint64_t>(context.arguments.value("lines", "0"));
  if (!lines) return Error{ErrorKind::kUsage, "--lines is a number."};
  std::int64_t last = 0;
  for (std::uint64_t shown = 0;;) {
    CANDOR_ASSIGN(answer, arrivals_after(collector, product, last));
    if (context.globals.json) {
      context.out.print(to_pretty(answer));
      return kExitOk;
    }
    for (const auto& arrival : *find_member(answer, "arrivals")) {
      last = integer_member(arrival, "number");
      context.out.print(line_of(context.out, arrival));
      if (++shown == *lines) return kExitOk;
    }
    if (!context.out.flush()) return kExitOk;
    std::this_thread::sleep_for(kPoll);
  }
}

}  // namespace

Command tail_command() {
  return {.name = "tail",
          .summary = "watch what arrives, and what is dropped and why",
          .about =
              "Starts with the latest arrivals and goes on until Ctrl-C. Values are never shown. "
              "With --json: the latest arrivals as one document.",
          .operands = {{"PRODUCT", "the product to watch"}},
          .options = with_collector_options({{"lines", "N", "end after so many arrivals"}}),
          .examples = {{"candor tail stone", ""},
                       {"candor tail stone --server https://telemetry.example.com --user anna "
                        "--password-file pw",
                        ""}},
          .exit_codes = {{kExitUnavailable,
                          "the collector does not answer, or does not show it to you"}},
          .children = {},
          .run = run};
}

}  // namespace candor
