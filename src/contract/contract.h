// The contract: what one product may send, why, and what is made of it.
//
// One parsed value serves both sides: the agent filters by it, the collector admits by it, the
// pages are drawn from it and the documentation is printed from it. The file's grammar is
// docs/formats/contract.md. Values; safe to share between threads once parsed.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/files.h"
#include "base/result.h"
#include "base/toml.h"
#include "contract/schema.h"

namespace candor {

enum class FieldType { kBoolean, kInteger, kNumber, kString, kTimestamp };
enum class PrivacyClass { kClear, kHashed, kKeyed, kNever };
enum class HashKind { kMd5, kSha256 };
// What a field is to a program with libcandor.
enum class FieldKind {
  kValue,      // of a report what a collector found; of an event what the program says
  kCounter,    // of a report: a number that programs add to
  kHistogram,  // of a report: an open map of how often a number was at most each bound
};
// Why a field is collected. There is no other purpose: Meltano's standard allows product
// improvement only, Stone's and meshStack's documents name the rest.
enum class Purpose { kImprovement, kSupport, kOperations, kPublicStatistics };
enum class ConsentKind { kOptIn, kOptOut };
enum class Visibility { kPrivate, kPublic };
enum class Aggregate { kSum, kMajority, kValue, kPopular, kRating };
enum class Unit { kCount, kBytes };
enum class MetricType { kCounter, kGauge, kHistogram, kSummary };
// What an agent asks on behalf of a product. docs/formats/contract.md says what each one sees.
enum class CollectorKind {
  kHost,     // the machine
  kCeph,     // a cluster of Ceph, or of Stone
  kExec,     // a program that prints a JSON document
  kCrashes,  // what crashes of Candor, and of programs with its library, left behind
  kDcos,     // a DC/OS cluster: its diagnostics service, Cosmos and Mesos
  kUnits,    // the systemd units of the machine
  kSmart,    // the machine's drives, for device reports
};

// Names of channels.
using ChannelSet = std::set<std::string, std::less<>>;

struct Field {
  // As written: "pools[].pg_num", "metadata.osd.*.*"; of an event's field with the event's name
  // before it: "project_created: properties.template".
  std::string path;
  FieldType type = FieldType::kString;
  PrivacyClass privacy = PrivacyClass::kClear;
  HashKind hash = HashKind::kMd5;
  FieldKind kind = FieldKind::kValue;
  std::vector<std::string> bounds;  // of kHistogram, ascending; they are its keys
  Purpose purpose = Purpose::kImprovement;
  std::optional<double> min;
  std::optional<double> max;
  std::size_t max_length = 0;           // bytes, of strings
  std::vector<std::string> values;      // when not empty, the only strings allowed
  std::string about;                    // one sentence
  std::string owner;                    // whom to ask
  std::optional<std::int64_t> expires;  // first day (since 1970) on which it is no longer collected
  std::size_t channel = 0;              // index into Contract::channels
  std::optional<std::size_t> event;     // index into Contract::events; nothing: of reports
  bool lookup = false;                  // support finds an installation by it (contract/lookup.h)
  TomlPlace place;
};

// What of an event tells how well something works: a plugin, a command. Paths within the event;
// empty: it does not say. `name` is never empty.
struct DeclaredHealth {
  std::string name;     // of what it is told; `name` and `version` may be in the same list
  std::string version;  // its version
  std::string state;    // how far it is (HealthState); each event is one that completed unless said
  std::string run;      // the same of beginning and end; each event is a run of its own unless said
  std::string duration;  // milliseconds
};

// What a product asks its users, whose answer is an event. Asked at most once about an activity and
// a version of the product; the program with libcandor decides that, and tells nobody.
struct Survey {
  std::string activity;
  std::string question;
  std::uint32_t scale = 5;  // the best answer; the worst is 1
  std::uint32_t after = 1;  // times that the activity was done before it is asked about
  double share = 1;         // of the installations that are asked
};
inline constexpr std::string_view kAnswerField = "rating";

// Something that happens, as clients name it.
struct DeclaredEvent {
  std::string name;
  std::string about;
  std::string installation;  // path of what tells installations apart; empty: as the protocol says
  std::string report;        // the member of a report that it stands for; empty: none
  std::string automation;    // path: whether it happened in continuous integration; empty: none
  bool is_run = false;       // it begins and ends; the fields of a run are declared, too
  std::optional<DeclaredHealth> health;
  std::optional<Survey> survey;
  std::size_t channel = 0;  // index into Contract::channels
  Schema schema;            // its fields by path within the event
  TomlPlace place;
};

// A metric whose samples monitoring sends, as it names it (docs/formats/metrics.md).
struct DeclaredMetric {
  std::string name;
  std::string about;
  MetricType type = MetricType::kGauge;
  std::vector<std::string> labels;  // kept as they are
  std::vector<std::string> keyed;   // kept as a keyed hash
  std::string installation;         // one of either, which tells installations apart; or empty
  Purpose purpose = Purpose::kImprovement;
  std::string owner;
  std::optional<std::int64_t> expires;  // as of a field
  std::size_t channel = 0;              // index into Contract::channels
  TomlPlace place;
};

// What a name on the wire is of the declared metrics: a histogram's "_bucket" is part of it.
struct MetricPart {
  const DeclaredMetric* metric = nullptr;  // nullptr: of none
  std::string_view implied;                // the label that belongs to it undeclared: "le"
};

struct Channel {
  std::string name;
  std::string about;
  bool on_by_default = true;
  // Whom an operator must have asked before switching it on, "the customer"; empty: nobody.
  std::string confirmation;
};

// Where a product's observations come from.
struct DeclaredCollector {
  CollectorKind kind = CollectorKind::kHost;
  // The rest is of kExec only.
  std::vector<std::string> command;      // a program's absolute path and its arguments; no shell
  std::string under;                     // the member its document goes under; empty: the top level
  std::chrono::milliseconds timeout{0};  // of the whole run
  std::size_t max_output = 0;            // bytes
  TomlPlace place;
};

struct Licence {
  std::string id;  // "sharing-1-0"
  std::string name;
  std::string url;
};

// One figure of the product's dashboard, taken from each installation's newest report, or from
// events.
struct Insight {
  std::string name;
  std::string title;
  std::string about;               // what it counts and how it is computed, for the public
  std::vector<std::string> paths;  // the first that is in a report counts
  std::string event;               // name of the event it is taken from; empty: reports
  std::string by;                  // path of the text it is computed for each of; empty: of none
  Aggregate aggregate = Aggregate::kSum;
  Unit unit = Unit::kCount;
  std::string extract;             // a regular expression whose first group is kept; empty: all
  std::vector<std::string> known;  // texts that are shown where a client sent their hash
  TomlPlace place;
};

struct Contract {
  std::string file;  // where it was read
  std::string text;  // its bytes
  std::string hash;  // SHA-256 of the bytes, 64 hex digits
  // SHA-256 over (channel, path, type, class, hash, purpose) of every field, the names of events,
  // metrics with their labels, and the licence: what an operator agreed to. Bounds, descriptions
  // and figures may change without asking again.
  std::string consent_hash;

  std::string product;
  std::string title;
  std::string about;
  std::string contact;
  ConsentKind consent = ConsentKind::kOptIn;
  Visibility visibility = Visibility::kPrivate;
  std::optional<Licence> licence;
  std::vector<std::string> accepts;  // wire protocols: "native", "ceph", "segment", …
  std::string endpoint;              // where agents send unless told otherwise
  std::string device_endpoint;       // the same for device reports; empty: endpoint
  int retention_days = 0;

  std::vector<DeclaredCollector> collectors;
  std::vector<Channel> channels;
  std::vector<Field> fields;  // of reports and of events
  std::vector<DeclaredEvent> events;
  std::vector<DeclaredMetric> metrics;
  std::map<std::string, std::size_t, std::less<>> metrics_by_name;  // index into metrics
  std::vector<Insight> insights;
  Schema schema;  // fields of reports by path

  const Channel* channel(std::string_view name) const;
  const Insight* insight(std::string_view name) const;
  const DeclaredEvent* event(std::string_view name) const;
  // The metric that series of this name belong to.
  MetricPart metric(std::string_view series) const;
  bool accepts_protocol(std::string_view protocol) const;
  bool collects(CollectorKind kind) const;
};

// The parts of histograms and summaries as Prometheus names them.
inline constexpr std::string_view kBucketSuffix = "_bucket";
inline constexpr std::string_view kSumSuffix = "_sum";
inline constexpr std::string_view kCountSuffix = "_count";
inline constexpr std::string_view kBucketLabel = "le";
inline constexpr std::string_view kQuantileLabel = "quantile";

// Of a histogram besides its bounds: how often it was above all, and the sum.
inline constexpr std::string_view kAboveAll = "above";
inline constexpr std::string_view kSum = "sum";

// What each event of a run says besides its own fields, declared by `run = true`.
inline constexpr std::string_view kRunId = "run";                 // the same of beginning and end
inline constexpr std::string_view kRunState = "state";            // one of kRunStates
inline constexpr std::string_view kRunDuration = "duration_ms";   // of the end
inline constexpr std::string_view kRunAutomation = "automation";  // ran in continuous integration
inline constexpr std::array<std::string_view, 5> kRunStates = {"started", "completed", "failed",
                                                               "aborted", "lost"};

// How a field of an event is named where fields of reports stand, too:
// "project_created: properties.template".
std::string path_in_event(std::string_view event, std::string_view path);
// The same of a metric's label: "http_requests_total{code}".
std::string label_path(std::string_view metric, std::string_view label);

using ContractPtr = std::shared_ptr<const Contract>;

// Reads a contract; kConfiguration with file, line and column. `file` names it in messages.
Result<Contract> parse_contract(std::string_view text, std::string file);
Result<Contract> read_contract(const Path& file);

// Names as they stand in the file.
std::string_view name_of(FieldType type);
std::string_view name_of(PrivacyClass privacy);
std::string_view name_of(HashKind hash);
std::string_view name_of(Purpose purpose);
std::string_view name_of(Unit unit);
std::string_view name_of(Aggregate aggregate);
std::string_view name_of(CollectorKind kind);
std::string_view name_of(MetricType type);

}  // namespace candor
