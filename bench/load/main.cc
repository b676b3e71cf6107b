// candor_load: the benchmark's load. One thread, so that it takes little of the cores that it
// shares with what is measured. Prints one JSON document; without arguments it says what it takes.
#include <fmt/format.h>

#include <charconv>
#include <cstdio>
#include <exception>
#include <map>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>
#include <vector>

#include "load/disk.h"
#include "load/requests.h"
#include "load/sender.h"

namespace candor::load {
namespace {

using Json = nlohmann::ordered_json;

constexpr const char* kUsage = R"(candor_load http --to HOST:PORT --path /v1/track [OPTION]…
    --lines FILE         each line is a body, or
    --group N --before TEXT --between TEXT --after TEXT   N lines together are one
    --file FILE          a body; may be given several times
    --method M --header "Name: value"
    --number MARKER --offset N --width N --base 10|16 --from N
                         so many digits after each MARKER are a number that grows by one each time
candor_load remote-write --to HOST:PORT --path /api/v1/write --series FILE
    --scrapes N --first MILLISECONDS --interval MILLISECONDS --per-request N
both:
    --connections N      keep-alive connections; 1 unless said
    --seconds S --requests N   what ends the run, whichever comes first
    --rate N             requests a second, evenly; as fast as answers come unless said
candor_load fdatasync --folder FOLDER --seconds S --bytes N
)";

class Options {
 public:
  Options(int argc, char** argv) {
    for (int i = 2; i < argc; i += 2) {
      const std::string name = argv[i];
      if (!name.starts_with("--") || i + 1 == argc) throw std::invalid_argument(name);
      values_[name.substr(2)].push_back(argv[i + 1]);
    }
  }
  std::vector<std::string> all(const std::string& name) {
    used_[name] = true;
    return values_[name];
  }
  std::string text(const std::string& name, const std::string& fallback = "") {
    const auto values = all(name);
    return values.empty() ? fallback : values.back();
  }
  double number(const std::string& name, double fallback) {
    const auto value = text(name);
    return value.empty() ? fallback : std::stod(value);
  }
  template <typename T>
  T whole(const std::string& name, T fallback) {
    const auto value = text(name);
    if (value.empty()) return fallback;
    T parsed{};
    if (std::from_chars(value.data(), value.data() + value.size(), parsed).ec != std::errc{})
      throw std::invalid_argument("--" + name);
    return parsed;
  }
  // A name that nothing asked for is a mistake.
  void check() const {
    for (const auto& [name, values] : values_) {
      if (!used_.contains(name)) throw std::invalid_argument("--" + name);
    }
  }

 private:
  std::map<std::string, std::vector<std::string>> values_;
  std::map<std::string, bool> used_;
};

Json json_of(const Histogram& latency) {
  Json json;
  const auto micros = [](double nanos) { return nanos / 1000; };
  json["count"] = latency.count();
  json["mean"] = micros(latency.mean());
  json["p50"] = micros(double(latency.at(0.5)));
  json["p90"] = micros(double(latency.at(0.9)));
  json["p99"] = micros(double(latency.at(0.99)));
  json["p999"] = micros(double(latency.at(0.999)));
  json["max"] = micros(double(latency.max()));
  return json;
}

Json json_of(const Tally& tally) {
  Json json;
  json["sent"] = tally.sent;
  json["statuses"] = Json::object();
  for (const auto& [status, count] : tally.statuses)
    json["statuses"][std::to_string(status)] = count;
  json["items"] = tally.items;
  json["bytes"] = tally.bytes;
  json["next_number"] = tally.next_number;
  json["seconds"] = tally.seconds;
  json["latency_us"] = json_of(tally.latency);
  if (!tally.first_failure.empty()) json["first_failure"] = tally.first_failure;
  return json;
}

Plan plan_of(Options& options, Head& head) {
  Plan plan;
  const auto to = options.text("to");
  const auto colon = to.rfind(':');
  if (colon == std::string::npos) throw std::invalid_argument("--to");
  plan.host = to.substr(0, colon);
  plan.port = static_cast<std::uint16_t>(std::stoi(to.substr(colon + 1)));
  plan.connections = options.whole("connections", 1);
  plan.seconds = options.number("seconds", 0);
  plan.most = options.whole<std::uint64_t>("requests", 0);
  plan.rate = options.number("rate", 0);
  plan.number = options.whole<std::uint64_t>("from", 0);
  head.host = to;
  head.path = options.text("path", "/");
  head.method = options.text("method", "POST");
  head.headers = options.all("header");
  return plan;
}

Json http(Options& options) {
  Head head;
  const auto plan = plan_of(options, head);
  const Numbering numbering{options.text("number"), options.whole<std::size_t>("offset", 0),
                            options.whole<std::size_t>("width", 0),
                            options.text("base", "16") == "16"};
  const Grouping grouping{options.whole<std::uint32_t>("group", 1), options.text("before"),
                          options.text("between"), options.text("after")};
  const auto lines = options.text("lines");
  const auto files = options.all("file");
  options.check();
  if (lines.empty() == files.empty()) throw std::invalid_argument("--lines");
  if (plan.seconds == 0 && plan.most == 0) throw std::invalid_argument("--seconds");
  auto requests = lines.empty() ? requests_of_files(files, head, numbering)
                                : requests_of_lines(lines, grouping, head, numbering);
  return json_of(send_all(plan, numbering, requests));
}

Json remote_write(Options& options) {
  Head head;
  auto plan = plan_of(options, head);
  for (const auto* header : {"Content-Type: application/x-protobuf", "Content-Encoding: snappy",
                             "X-Prometheus-Remote-Write-Version: 0.1.0"})
    head.headers.emplace_back(header);
  const Scrapes scrapes{
      options.whole<std::int64_t>("first", 0), options.whole<std::int64_t>("interval", 15'000),
      options.whole<std::uint32_t>("scrapes", 1), options.whole<std::uint32_t>("per-request", 500)};
  const auto series = options.text("series");
  options.check();
  auto made = requests_of_series(series, scrapes, head);
  plan.lanes = made.lanes;
  return json_of(send_all(plan, {}, made.requests));
}

Json disk(Options& options) {
  const DiskPlan plan{options.text("folder", "."), options.whole<std::uint32_t>("bytes", 4096),
                      options.number("seconds", 2)};
  options.check();
  Json json;
  json["bytes"] = plan.bytes;
  json["latency_us"] = json_of(sync_all(plan));
  return json;
}

int run(int argc, char** argv) {
  const std::string what = argc > 1 ? argv[1] : "";
  try {
    Options options(argc, argv);
    Json json;
    if (what == "http") {
      json = http(options);
    } else if (what == "remote-write") {
      json = remote_write(options);
    } else if (what == "fdatasync") {
      json = disk(options);
    } else {
      throw std::invalid_argument(what);
    }
    fmt::print("{}\n", json.dump());
    return 0;
  } catch (const std::invalid_argument& error) {
    fmt::print(stderr, "candor_load: not understood: {}\n\n{}", error.what(), kUsage);
    return 2;
  } catch (const std::exception& error) {
    fmt::print(stderr, "candor_load: {}\n", error.what());
    return 1;
  }
}

}  // namespace
}  // namespace candor::load

int main(int argc, char** argv) { return candor::load::run(argc, argv); }
