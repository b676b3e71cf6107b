#include <fmt/format.h>
#include <fmt/ranges.h>

#include <thread>

#include "base/digest.h"
#include "base/numbers.h"
#include "cli/commands.h"
#include "config/settings.h"
#include "wire/http_client.h"
#include "wire/url.h"

namespace candor {
namespace {

constexpr std::chrono::milliseconds kPoll{500};
constexpr std::string_view kDefaultServer = "http://127.0.0.1:8080";

// Names of undeclared members come from outside: what would steer a terminal is not printed.
std::string printable(std::string text) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    const auto next = i + 1 < text.size() ? static_cast<unsigned char>(text[i + 1]) : 0u;
    if (byte < 0x20 || byte == 0x7f) text[i] = '?';
    // U+0080 to U+009F, the C1 controls, are two bytes.
    if (byte == 0xc2 && next >= 0x80 && next < 0xa0) text.replace(i, 2, "?");
  }
  return text;
}

std::string rows_text(const Json& rows) {
  std::vector<std::string> parts;
  for (const auto& row : rows) {
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
  text += fmt::format("  {:>8} B  {}\n", integer_member(arrival, "bytes"),
                      string_member(arrival, "installation"));
  const Json* dropped = find_member(arrival, "dropped");
  const Json* quarantined = find_member(arrival, "quarantined");
  if (dropped != nullptr && !dropped->empty())
    text += fmt::format("    dropped:     {}\n", rows_text(*dropped));
  if (quarantined != nullptr && !quarantined->empty())
    text += fmt::format("    quarantined: {}\n", rows_text(*quarantined));
  return text;
}

class Tail {
 public:
  Tail(std::string server, std::string product, std::string user, std::string password)
      : server_(std::move(server)), product_(std::move(product)), client_(make_http_client()) {
    if (!user.empty())
      headers_.push_back({"Authorization", "Basic " + to_base64(user + ":" + password)});
  }

  // The arrivals since the last call.
  Result<Json> next() {
    ClientRequest request;
    request.url =
        fmt::format("{}/api/v1/products/{}/tail?after={}", server_, url_encode(product_), last_);
    request.headers = headers_;
    CANDOR_ASSIGN(response, client_->send(request));
    auto answer = parse_json(response.body);
    if (response.status != 200 || !answer.ok()) return refused(response.status, answer);
    const Json* arrivals = find_member(*answer, "arrivals");
    if (arrivals == nullptr || !arrivals->is_array()) return refused(response.status, answer);
    if (!arrivals->empty()) last_ = integer_member(arrivals->back(), "number");
    return answer;
  }

 private:
  Error refused(int status, const Result<Json>& answer) const {
    const Json* error = answer.ok() ? find_member(*answer, "error") : nullptr;
    const auto why = error == nullptr ? std::string() : string_member(*error, "message");
    return Error{status == 404 ? ErrorKind::kNotFound : ErrorKind::kUnavailable,
                 fmt::format("{} answered {}. {}", without_password(server_), status,
                             why.empty() ? "Is it a collector of Candor?" : why)};
  }

  const std::string server_;
  const std::string product_;
  std::vector<HttpHeader> headers_;
  std::unique_ptr<HttpClient> client_;
  std::int64_t last_ = 0;
};

Result<int> run(Context& context) {
  std::string password;
  if (const auto file = context.arguments.value("password-file"); !file.empty()) {
    CANDOR_ASSIGN(text, read_file(file));
    password = text.substr(0, text.find('\n'));
  }
  Tail tail(context.arguments.value("server", kDefaultServer), context.arguments.value("PRODUCT"),
            context.arguments.value("user"), password);
  const auto lines = parse_unsigned<std::uint64_t>(context.arguments.value("lines", "0"));
  if (!lines) return Error{ErrorKind::kUsage, "--lines is a number."};
  for (std::uint64_t shown = 0;;) {
    CANDOR_ASSIGN(answer, tail.next());
    if (context.globals.json) {
      context.out.print(to_pretty(answer));
      return kExitOk;
    }
    for (const auto& arrival : *find_member(answer, "arrivals")) {
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
          .options = {{"server", "URL", "the collector; http://127.0.0.1:8080 by default"},
                      {"user", "NAME", "sign in as this user"},
                      {"password-file", "FILE", "that user's password, first line"},
                      {"lines", "N", "end after so many arrivals"}},
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
