// Questions over the store: the figures that pages and the JSON interface show.
//
// An installation counts with its newest report if that is at most 7 days old, in UTC days, so that
// today's figure and the end of its trend are the same; automation (CI) and,
// unless asked for, simulated installations are left out. How each figure is computed is written
// down for the public in docs/figures.md.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "contract/contract.h"
#include "server/engine/client.h"
#include "server/insight/limits.h"
#include "server/insight/plugin_health.h"

namespace candor {

enum class Simulated { kLeftOut, kIncluded };

struct Figure {
  const Insight* insight;  // of the contract asked about
  double value = 0;
};

struct VersionShare {
  std::string version;  // empty: not reported
  std::uint64_t installations = 0;
};

struct Overview {
  std::uint64_t installations = 0;
  std::uint64_t engaged = 0;           // of those, with two reports at least a day apart
  std::uint64_t automation = 0;        // counted in none of the others
  std::vector<Figure> figures;         // the contract's sums, in its order
  std::vector<VersionShare> versions;  // most first
};

// One value a day, oldest first, days without a gap.
struct Trend {
  std::vector<std::int64_t> days;
  struct Series {
    std::string version;  // of version trends
    std::vector<double> values;
  };
  std::vector<Series> series;  // one, or one a version, most first
};

// How often something happened in some days, and from how many sources.
struct EventCount {
  std::string name;
  std::uint64_t count = 0;
  std::uint64_t sources = 0;
  std::uint64_t automation = 0;  // times in continuous integration, which add to neither
};

// Events by name, most first, and all of them by the day.
struct Events {
  std::vector<EventCount> names;
  std::uint64_t sources = 0;       // of all of them together
  std::uint64_t automation = 0;    // sources of those in continuous integration
  std::vector<std::int64_t> days;  // without a gap, oldest first
  std::vector<double> counts;      // of each day
};

// Values in quarantine, together by field and reason.
struct HeldValues {
  std::string reason;
  std::string field;
  std::uint64_t count = 0;
  bool is_held = true;  // false: nothing is declared for it, so nothing but the count was kept
};

// One value in quarantine.
struct HeldValue {
  std::string received;  // RFC 3339
  std::string protocol;
  std::string installation;
  std::string type;
  std::string reason;
  std::string value;  // JSON; empty: too long to keep, or an undeclared event's
};

// What is used most, by one insight of the contract (aggregate `popular`).
struct Popular {
  const Insight* insight;
  struct Row {
    std::string value;
    std::uint64_t installations = 0;
    std::uint64_t count = 0;  // of events; of reports as many as installations
  };
  std::vector<Row> rows;  // most installations first
};

// What happened on the pages of a product.
struct Web {
  std::uint64_t visits = 0;
  std::uint64_t visitors = 0;  // one a day each, at most
  std::uint64_t pageviews = 0;
  std::vector<EventCount> pages;  // most first
  struct Day {
    std::int64_t day = 0;
    std::uint64_t count = 0;
    std::uint64_t sources = 0;
  };
  std::vector<Day> days;  // those with page views, oldest first
};

// How an activity was rated, 1 to 5 stars.
struct Rating {
  std::string activity;
  std::uint64_t count = 0;
  double mean = 0;
  std::map<std::string, std::uint64_t> distribution;  // by stars
  struct Day {
    std::int64_t day = 0;
    std::uint64_t count = 0;
    double mean = 0;
  };
  std::vector<Day> trend;  // the days with ratings, oldest first
};

// Samples of one metric in some days, those that came again counted once. Exact up to some 65,000 a
// day, about one in a hundred off beyond.
struct MetricCount {
  std::string name;  // of the series: of a histogram with _bucket, _sum or _count
  std::uint64_t samples = 0;
  std::uint64_t series = 0;
  std::uint64_t installations = 0;  // that a label names
  // Of the samples of the last kNowMinutes.
  struct Now {
    double mean = 0;  // of each series' newest value
    double rate = 0;  // a second, of all series together; of what counts up
    Instant newest{};
  };
  std::optional<Now> now;
};

// Crashes of equal signature, each counted once however many reports tell of it.
struct CrashGroup {
  std::string signature;  // empty: those that tell no stack
  std::uint64_t crashes = 0;
  std::uint64_t installations = 0;
  Instant first{};  // when the first and the last of them happened
  Instant last{};
  std::vector<std::string> releases;  // versions of the program, kMaxReleases at most
  // Of the last one:
  std::string program;
  std::string reason;               // the condition that failed, or the signal
  std::vector<std::string> frames;  // innermost first
};

struct Crashes {
  std::uint64_t crashes = 0;       // of all groups
  std::uint64_t signatures = 0;    // how many groups there are
  std::vector<CrashGroup> groups;  // most installations first, then most crashes; kMaxCrashGroups
};

// One installation, as support sees it.
struct FoundInstallation {
  std::string installation;
  // The oldest and the newest report of it in the store; an event counts if it is of the last
  // kFoundEventDays.
  Instant first{};
  Instant last{};
  std::string version;  // the insight `version` of its newest report; empty: none
  struct Document {
    std::string event;  // its name; empty: the report
    Instant at{};
    std::string body;  // what was kept of it, JSON; empty: too long to be shown here
  };
  std::vector<Document> newest;  // the newest report, then the newest event of each name
};

struct Accounting {
  std::map<std::string, std::uint64_t> counts;  // by outcome
  std::uint64_t received() const;
  std::uint64_t of(const std::string& outcome) const;
};

// One thread; errors as EngineClient::query.
class Questions {
 public:
  explicit Questions(EngineClient engine) : engine_(std::move(engine)) {}

  Result<Overview> overview(const Contract& contract, Simulated simulated, Instant now);
  // Of its installations, those whose newest report came at most kReportingTime before.
  Result<std::uint64_t> reporting(const std::string& product, Simulated simulated, Instant now);
  // `insight` is a sum of the contract, or empty for the number of installations.
  Result<Trend> trend(const Contract& contract, const std::string& insight, int days,
                      Simulated simulated, Instant now);
  Result<Trend> version_trend(const Contract& contract, int days, Simulated simulated, Instant now);
  Result<Events> events(const std::string& product, int days, Instant now);
  // What is held, most first, then what was not declared in the last kQuarantineDays.
  Result<std::vector<HeldValues>> quarantine(const std::string& product, Instant now);
  // Newest first, `limit` at most.
  Result<std::vector<HeldValue>> held_values(const std::string& product, const std::string& field,
                                             std::size_t limit);
  // Forgets what is in quarantine of a field; of all fields, where it is empty. How many values.
  Result<std::uint64_t> drop_held(const std::string& product, const std::string& field);
  EngineClient& engine() { return engine_; }
  // Every `popular` insight: of reports by each installation's newest one, of events of these days.
  Result<std::vector<Popular>> popular(const Contract& contract, int days, Simulated simulated,
                                       Instant now);
  Result<Web> web(const Contract& contract, int days, Instant now);
  Result<std::vector<Rating>> ratings(const Contract& contract, int days, Instant now);
  Result<std::vector<MetricCount>> metrics(const std::string& product, int days, Instant now);
  // Samples of the metric on each of the last `days` days, oldest first.
  Result<std::vector<double>> metric_days(const std::string& product, const std::string& metric,
                                          int days, Instant now);
  Result<Crashes> crashes(const std::string& product, Simulated simulated);
  // Those that reported `value` in a field that is for look-up, the last heard of first, kMaxFound
  // at most. No simulated ones, here and in the next.
  Result<std::vector<FoundInstallation>> look_up(const std::string& product,
                                                 const std::string& value, Instant now);
  // The one of that identity; none when nothing of it is in the store.
  Result<std::vector<FoundInstallation>> find_installation(const std::string& product,
                                                           const std::string& installation,
                                                           Instant now);
  // Of the runs of the last kHealthDays. Looks at each of them: not for every page that is shown.
  Result<PluginHealth> health(const Contract& contract, Instant now);
  // Another text when health() has something else to say, but for runs that are lost meanwhile.
  Result<std::string> health_state(const std::string& product, Instant now);
  Result<Accounting> accounting(const std::string& product);
  Status ping() { return engine_.ping(); }

 private:
  Result<std::vector<VersionShare>> versions(const Contract& contract, Simulated simulated,
                                             Instant now);
  // Of those installations; in their order, without those of which nothing is in the store.
  Result<std::vector<FoundInstallation>> found(const std::string& product,
                                               const std::vector<std::string>& installations,
                                               Instant now);

  EngineClient engine_;
};

}  // namespace candor
