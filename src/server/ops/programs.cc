#include "server/ops/programs.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>

#include "base/log.h"
#include "base/numbers.h"
#include "wire/http_client.h"

namespace candor {
namespace {

using std::chrono::milliseconds;

// Listens on HOST:PORT of the loopback for a moment; the port, which the system chose when it is 0.
Result<std::uint16_t> try_port(const std::string& listen) {
  const auto colon = listen.rfind(':');
  const auto port = parse_unsigned<std::uint16_t>(listen.substr(colon + 1)).value_or(0);
  const bool v6 = listen.starts_with('[');
  sockaddr_in6 six{};
  sockaddr_in four{};
  six.sin6_family = AF_INET6;
  six.sin6_addr = in6addr_loopback;
  six.sin6_port = htons(port);
  four.sin_family = AF_INET;
  four.sin_port = htons(port);
  if (inet_pton(AF_INET, listen.substr(0, colon).c_str(), &four.sin_addr) != 1)
    four.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  auto* address = v6 ? reinterpret_cast<sockaddr*>(&six) : reinterpret_cast<sockaddr*>(&four);
  socklen_t size = v6 ? sizeof six : sizeof four;
  const FileDescriptor fd(socket(address->sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const int yes = 1;
  setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
  if (bind(fd.get(), address, size) != 0 || ::listen(fd.get(), 1) != 0 ||
      getsockname(fd.get(), address, &size) != 0)
    return system_error("listen on", listen);
  return ntohs(v6 ? six.sin6_port : four.sin_port);
}

// The program as a path: looked up in PATH unless it is one.
Result<std::string> find_program(const std::string& name, std::string_view package) {
  if (name.find('/') != std::string::npos) return name;
  const char* path = std::getenv("PATH");
  std::string_view rest = path == nullptr ? "/usr/local/bin:/usr/bin:/bin" : path;
  while (!rest.empty()) {
    const auto end = std::min(rest.find(':'), rest.size());
    auto candidate = (Path(rest.substr(0, end)) / name).string();
    if (access(candidate.c_str(), X_OK) == 0) return candidate;
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return Error{ErrorKind::kUnavailable,
               fmt::format("is not installed: apt-get install {}", package)};
}

// What is told apart in what both have in common.
struct Kind {
  const char* name;
  const char* package;
  const char* listen_key;
  const char* url_key;
  const char* unit;
};
constexpr Kind kPrometheus{"prometheus", "prometheus", "prometheus_listen", "prometheus",
                           "prometheus"};
constexpr Kind kAlertmanager{"alertmanager", "prometheus-alertmanager", "alertmanager_listen",
                             "alertmanager", "prometheus-alertmanager"};

Status check_free(const Kind& kind, const std::string& listen) {
  if (try_port(listen).ok()) return Ok{};
  return Error{
      ErrorKind::kUnavailable,
      fmt::format("cannot listen on {}, where another program does: end that (Debian's own service "
                  "is {}), or set ops.{} to another address, or name it: ops.{} = \"http://{}\"",
                  listen, kind.unit, kind.listen_key, kind.url_key, listen)};
}

// Both write logfmt: ts=… caller=… level=… msg=….
void pass_on(const char* name, std::string_view line) {
  const auto level = line.find("level=");
  const auto rest = level == std::string_view::npos ? line : line.substr(level + 6);
  // Of warnings, that it was asked to end is none.
  if (rest.starts_with("warn") && line.find("Received SIGTERM") == std::string_view::npos) {
    log_warning("{}: {}", name, line);
  } else if (rest.starts_with("error") || level == std::string_view::npos) {
    log_error("{}: {}", name, line);
  } else {
    log_line(LogLevel::kDebug, fmt::format("{}: {}", name, line));
  }
}

SupervisedProgram program_of(const Kind& kind, const std::string& program,
                             const ProgramAddress& address, std::vector<std::string> arguments) {
  SupervisedProgram supervised;
  supervised.name = kind.name;
  supervised.prepare = [kind, program, listen = address.listen,
                        arguments]() -> Result<std::vector<std::string>> {
    CANDOR_ASSIGN(path, find_program(program, kind.package));
    CANDOR_TRY(check_free(kind, listen));
    std::vector<std::string> argv{path};
    argv.insert(argv.end(), arguments.begin(), arguments.end());
    return argv;
  };
  supervised.answers = [client = std::shared_ptr(make_http_client()), url = address.url] {
    ClientRequest request;
    request.url = url + "/-/ready";
    request.proxy_use = ProxyUse::kNever;
    request.connect_timeout = milliseconds(1'000);
    request.timeout = milliseconds(2'000);
    const auto response = client->send(request);
    return response.ok() && response->status == 200;
  };
  supervised.on_line = [name = kind.name](std::string_view line) { pass_on(name, line); };
  // They write down what they know when they are asked to end.
  supervised.death_signal = SIGTERM;
  return supervised;
}

// Where people reach it, while it is asked at the root of its own address.
void add_external(std::vector<std::string>& arguments, const OpsConfig& ops, const char* name) {
  if (ops.external_url.empty()) return;
  arguments.push_back(fmt::format("--web.external-url={}/{}/", ops.external_url, name));
  arguments.push_back("--web.route-prefix=/");
}

// What was mailed is known until it may be mailed again, and at least as long as by default.
std::chrono::seconds mail_memory(const OpsConfig& ops) {
  return std::max<std::chrono::seconds>(std::chrono::hours(120),
                                        2 * std::max(ops.repeat_interval, ops.digest_interval));
}

}  // namespace

Result<ProgramAddress> address_of(const std::string& program, const std::string& listen) {
  if (is_url(program)) {
    auto url = program;
    while (url.ends_with('/')) url.pop_back();
    return ProgramAddress{std::move(url), ""};
  }
  if (!listen.ends_with(":0")) return ProgramAddress{"http://" + listen, listen};
  CANDOR_ASSIGN(port, try_port(listen));
  const auto chosen = fmt::format("{}:{}", listen.substr(0, listen.rfind(':')), port);
  return ProgramAddress{"http://" + chosen, chosen};
}

SupervisedProgram prometheus_program(const OpsConfig& ops, const OpsFolder& folder,
                                     const ProgramAddress& address) {
  std::vector<std::string> arguments{
      fmt::format("--config.file={}", (folder.current() / "prometheus.yml").string()),
      fmt::format("--storage.tsdb.path={}", folder.prometheus_data().string()),
      fmt::format("--storage.tsdb.retention.time={}d", ops.retention_days),
      fmt::format("--web.listen-address={}", address.listen),
      // What installations push is passed on to it.
      "--web.enable-remote-write-receiver",
      // Pages of others that are open on this machine are not to read it.
      "--web.cors.origin=none", "--log.format=logfmt"};
  add_external(arguments, ops, "prometheus");
  return program_of(kPrometheus, ops.prometheus, address, std::move(arguments));
}

SupervisedProgram alertmanager_program(const OpsConfig& ops, const OpsFolder& folder,
                                       const ProgramAddress& address) {
  std::vector<std::string> arguments{
      fmt::format("--config.file={}", (folder.current() / "alertmanager.yml").string()),
      fmt::format("--storage.path={}", folder.alertmanager_data().string()),
      fmt::format("--web.listen-address={}", address.listen),
      "--cluster.listen-address=",  // there is one
      fmt::format("--data.retention={}s", mail_memory(ops).count()),
      "--log.format=logfmt"};
  add_external(arguments, ops, "alertmanager");
  return program_of(kAlertmanager, ops.alertmanager, address, std::move(arguments));
}

}  // namespace candor
