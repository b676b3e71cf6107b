#include "server/ops/pass_on.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/digest.h"
#include "base/json.h"
#include "base/log.h"
#include "server/admit/series_list.h"
#include "server/ops/limits.h"

namespace candor {
namespace {

constexpr std::size_t kHashDigits = 64;
constexpr std::size_t kShortName = 12;  // digits of a hash that stand for a name
constexpr std::size_t kMaxToldAnswer = 200;
constexpr int kMaxDoublings = 10;

bool is_hash(std::string_view text) {
  return text.size() == kHashDigits &&
         text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

// Of a metric or a label, as Prometheus has them; OpenTelemetry's names have dots.
bool is_name(std::string_view text) {
  const auto is_letter = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == ':';
  };
  return !text.empty() && is_letter(text.front()) &&
         std::ranges::all_of(text, [&](char c) { return is_letter(c) || (c >= '0' && c <= '9'); });
}

// The samples that Prometheus takes. One that it does not take would cost the whole message.
std::vector<WrittenSample> samples_of(const SeriesReader& reader, Instant now) {
  const auto oldest = to_unix_millis(now - kMaxPassedOnAge);
  const auto newest = to_unix_millis(now + kMaxPassedOnAhead);
  std::vector<WrittenSample> samples;
  for (std::size_t i = 0; i < reader.size(); ++i) {
    const auto sample = reader.sample(i);
    // With a tag it is of a series that lost labels: beside it are others of the same time.
    if (sample.tag == 0 && sample.at >= oldest && sample.at <= newest)
      samples.push_back({sample.at, sample.value});
  }
  std::ranges::sort(samples, {}, &WrittenSample::at);
  const auto is_same = [](const auto& one, const auto& other) { return one.at == other.at; };
  samples.erase(std::unique(samples.begin(), samples.end(), is_same), samples.end());
  return samples;
}

// Nothing when a label has no name that Prometheus takes.
std::optional<std::vector<WrittenLabel>> labels_of(const Json& kept) {
  std::vector<WrittenLabel> labels;
  if (!kept.is_object()) return std::nullopt;
  for (const auto& [name, value] : kept.items()) {
    if (!is_name(name) || !value.is_string()) return std::nullopt;
    // Whose it is says the collector; the contract's label gets the name that Prometheus gives such
    // a one of what it scrapes.
    const auto* exported = name == "installation" ? "exported_installation"
                           : name == "product"    ? "exported_product"
                                                  : nullptr;
    if (exported != nullptr && kept.contains(exported)) return std::nullopt;
    labels.push_back({exported != nullptr ? std::string_view(exported) : std::string_view(name),
                      value.get_ref<const std::string&>()});
  }
  return labels;
}

}  // namespace

InstallationNames::InstallationNames(const std::vector<PushedInstallation>& pushed,
                                     const Keyed& keyed) {
  for (const auto& [installation, name] : pushed) {
    names_[installation] = name;
    names_[keyed(installation)] = name;
  }
}

std::string InstallationNames::name_of(const std::string& installation, const Keyed& keyed) const {
  if (const auto known = names_.find(installation); known != names_.end()) return known->second;
  // In clear it is somebody's word, and could be the name of another.
  return (is_hash(installation) ? installation : keyed(installation)).substr(0, kShortName);
}

PassedOn write_series(std::string_view series, std::string_view product,
                      const InstallationNames& names, const InstallationNames::Keyed& keyed,
                      Instant now, RemoteWriteMessage& message) {
  PassedOn counts;
  SeriesReader reader(series);
  while (reader.next()) {
    const auto name = reader.name();
    const auto samples = samples_of(reader, now);
    const auto kept = parse_json(name.labels);
    auto labels = kept.ok() ? labels_of(*kept) : std::nullopt;
    // Of nobody: those of several installations would be one series.
    if (!labels || !is_name(name.metric) || samples.empty() || name.installation.empty()) {
      counts.left_out += reader.size();
      continue;
    }
    const auto installation = names.name_of(std::string(name.installation), keyed);
    labels->push_back({"installation", installation});
    labels->push_back({"product", product});
    const bool has_instance =
        std::ranges::find(*labels, "instance", &WrittenLabel::name) != labels->end();
    // What mails and inhibitions name, as of one that is scraped.
    if (!has_instance) labels->push_back({"instance", installation});
    message.add(name.metric, *std::move(labels), samples);
    counts.written += samples.size();
    counts.left_out += reader.size() - samples.size();
  }
  return counts;
}

PassOn::PassOn(Parts parts, const std::vector<PushedInstallation>& pushed)
    : parts_(std::move(parts)),
      names_(std::make_shared<const InstallationNames>(pushed, parts_.keyed)) {}

PassOn::~PassOn() {
  {
    const MutexLock lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void PassOn::begin(std::string url) {
  {
    const MutexLock lock(mutex_);
    url_ = std::move(url);
  }
  if (!thread_.joinable()) thread_ = std::jthread([this] { run(); });
}

void PassOn::name(const std::vector<PushedInstallation>& pushed) {
  auto names = std::make_shared<const InstallationNames>(pushed, parts_.keyed);
  const MutexLock lock(mutex_);
  names_ = std::move(names);
}

void PassOn::take(std::string product, std::string series, std::uint64_t samples) {
  std::uint64_t gone = 0;
  {
    const MutexLock lock(mutex_);
    bytes_ += series.size();
    waiting_.push_back({std::move(product), std::move(series), samples});
    while (waiting_.size() > kMaxPassOnRequests || bytes_ > kMaxPassOnBytes) {
      bytes_ -= waiting_.front().series.size();
      gone += waiting_.front().samples;
      waiting_.pop_front();
    }
    dropped_ += gone;
  }
  changed_.notify_all();
}

void PassOn::add_metrics(Families& metrics) const {
  const MutexLock lock(mutex_);
  for (const auto& [outcome, samples] : {std::pair("passed", passed_),
                                         {"refused", refused_},
                                         {"dropped", dropped_},
                                         {"left_out", left_out_}}) {
    metrics.counter("candor_ops_passed_on_samples_total",
                    "Samples that installations pushed, by what became of passing them on.",
                    static_cast<double>(samples), {{"outcome", outcome}});
  }
  metrics.gauge("candor_ops_pass_on_waiting", "Requests whose samples wait to be passed on.",
                static_cast<double>(waiting_.size()));
}

void PassOn::run() {
  client_ = parts_.make_client();
  for (Request request; next(request);) pass(request);
}

bool PassOn::next(Request& request) {
  const MutexLock lock(mutex_);
  while (!stopping_ && waiting_.empty()) changed_.wait(mutex_);
  if (stopping_) return false;
  request = std::move(waiting_.front());
  waiting_.pop_front();
  bytes_ -= request.series.size();
  to_ = url_;
  return true;
}

void PassOn::pass(const Request& request) {
  int errors = 0;
  for (int tries = 0;; ++tries) {
    std::shared_ptr<const InstallationNames> names;
    {
      const MutexLock lock(mutex_);
      names = names_;
    }
    // Anew each time: what has grown too old since would be refused for ever.
    RemoteWriteMessage message;
    const auto counts = write_series(request.series, request.product, *names, parts_.keyed,
                                     parts_.clock->now(), message);
    auto fate = Fate::kPassed;
    if (counts.written > 0) fate = post(message.block());
    if (fate == Fate::kError && ++errors == kMaxPassOnErrors) fate = Fate::kRefused;
    if (fate == Fate::kPassed || fate == Fate::kRefused) {
      count(&PassOn::left_out_, counts.left_out);
      return count(fate == Fate::kPassed ? &PassOn::passed_ : &PassOn::refused_, counts.written);
    }
    if (!wait_before_again(tries)) return;
  }
}

void PassOn::count(std::uint64_t PassOn::*which, std::uint64_t samples) {
  const MutexLock lock(mutex_);
  this->*which += samples;
}

PassOn::Fate PassOn::post(const std::string& block) {
  ClientRequest request;
  request.method = "POST";
  request.url = to_;
  request.headers = remote_write_headers();
  request.body = block;
  request.proxy_use = ProxyUse::kNever;
  request.connect_timeout = request.timeout = kPassOnTime;
  request.keep_going = [this] { return !stopping_; };
  const auto answer = client_->send(request);
  if (!answer.ok()) {
    tell(answer.error().message);
    return Fate::kAgain;
  }
  if (answer->status >= 200 && answer->status < 300) {
    if (!told_.empty()) log_info("pushed metrics are passed on again");
    told_.clear();
    return Fate::kPassed;
  }
  const auto words = answer->body.substr(0, std::min(answer->body.find('\n'), kMaxToldAnswer));
  tell(fmt::format("it answers {}: {}", answer->status, words));
  switch (answer->status) {
    // Away or busy, whatever it is asked: so are those behind a proxy.
    case 408:
    case 429:
    case 502:
    case 503:
    case 504:
      return Fate::kAgain;
    default:
      return answer->status >= 500 ? Fate::kError : Fate::kRefused;
  }
}

// False: it is to end.
bool PassOn::wait_before_again(int tries) {
  const auto most =
      std::min(kPassOnRetryLongest, kPassOnRetryBase * (1 << std::min(tries, kMaxDoublings)));
  const auto until = std::chrono::steady_clock::now() +
                     (parts_.jitter ? parts_.jitter(most)
                                    : std::chrono::milliseconds(static_cast<std::int64_t>(
                                          static_cast<double>(most.count()) * random_share())));
  const MutexLock lock(mutex_);
  while (!stopping_ && std::chrono::steady_clock::now() < until)
    changed_.wait_for(mutex_, until - std::chrono::steady_clock::now());
  return !stopping_;
}

// Once in an outage.
void PassOn::tell(const std::string& trouble) {
  if (stopping_ || !told_.empty()) return;
  told_ = trouble;
  log_warning("pushed metrics are not passed on to {}: {}", to_, trouble);
}

}  // namespace candor
