// The limits of server/ops, by name. docs/limits.md lists them with what happens when one is
// reached.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace candor {

// Rules of the operator's own.
inline constexpr std::size_t kMaxOwnRuleFiles = 200;
inline constexpr std::uint64_t kMaxOwnRuleBytes = 1u << 20;  // of one file
// One answer of what is scraped; Prometheus takes none of it beyond.
inline constexpr int kMaxScrapeSamples = 50'000;
inline constexpr std::uint64_t kMaxScrapeBytes = 32u << 20;
inline constexpr int kMaxScrapeLabels = 40;             // of one sample
inline constexpr int kMaxScrapeLabelBytes = 1'024;      // of one label's value
inline constexpr std::chrono::seconds kScrapeTime{10};  // or the interval, if that is shorter
inline constexpr std::chrono::seconds kDigestWait{60};  // for more alerts of the first digest

inline constexpr std::chrono::seconds kConfigCheckTime{30};  // of promtool and amtool
inline constexpr std::chrono::seconds kConfigRetry{60};      // after a configuration that is bad
inline constexpr std::chrono::seconds kTestMailTime{30};     // for the mail server to take one

// Of what installations push, until Prometheus has it.
inline constexpr std::size_t kMaxPassOnRequests = 10'000;
inline constexpr std::size_t kMaxPassOnBytes = 32u << 20;
inline constexpr std::chrono::milliseconds kPassOnTime{10'000};
inline constexpr std::chrono::milliseconds kPassOnRetryBase{1'000};
inline constexpr std::chrono::milliseconds kPassOnRetryLongest{30'000};
inline constexpr int kMaxPassOnErrors = 10;
inline constexpr std::chrono::hours kMaxPassedOnAge{24};
inline constexpr std::chrono::seconds kMaxPassedOnAhead{300};
inline constexpr std::chrono::hours kOutOfOrderTime{25};

// What is told of one product.
inline constexpr std::size_t kMaxFailingTold = 50;     // plugins, by version
inline constexpr std::size_t kMaxNewCrashesTold = 50;  // signatures
inline constexpr std::chrono::hours kNewCrashTime{168};
inline constexpr std::size_t kMaxToldLabelBytes = 200;  // of a name that came in a report

// Of the pages of operations: what Prometheus, Alertmanager and agents are asked.
inline constexpr std::chrono::milliseconds kOpsPageTime{15'000};    // all questions of one page
inline constexpr std::chrono::milliseconds kOpsAnswerTime{10'000};  // one of them
inline constexpr std::chrono::milliseconds kOpsConnectTime{2'000};
inline constexpr std::uint64_t kMaxOpsAnswerBytes = 16u << 20;
inline constexpr std::chrono::milliseconds kAgentSonarTime{5'000};  // an agent's /sonar
inline constexpr std::uint64_t kMaxAgentSonarBytes = 4u << 20;
inline constexpr std::chrono::milliseconds kOpsKeptTime{5'000};  // a document, for who asks next
inline constexpr std::size_t kMaxKeptDocuments = 50;
inline constexpr std::size_t kMaxToldInstallations = 1'000;
inline constexpr std::size_t kMaxToldAlerts = 500;
inline constexpr std::size_t kMaxToldScans = 500;
inline constexpr std::size_t kMaxPanelLines = 12;
inline constexpr std::int64_t kMaxPanelPoints = 300;
inline constexpr std::int64_t kSonarBarDays = 90;
inline constexpr std::chrono::hours kKnownTime{
    24};  // that an installation is listed when it is gone

}  // namespace candor
