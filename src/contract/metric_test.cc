// The contract's metrics: what is read, refused, agreed to, warned of and shown.
#include <gtest/gtest.h>

#include "contract/check.h"
#include "contract/contract.h"
#include "contract/docs.h"
#include "contract/lint.h"

namespace candor {
namespace {

std::string text_with(std::string_view metrics) {
  return "candor = 1\n[product]\nname = \"acme\"\nabout = \"Acme.\"\ncontact = \"c@example.com\"\n"
         "accepts = [\"otlp\"]\n[[channel]]\nname = \"monitoring\"\nabout = \"Load.\"\n"
         "owner = \"o\"\nexpires = \"2030-01-01\"\npurpose = \"operations\"\n" +
         std::string(metrics);
}

Result<Contract> contract_with(std::string_view metrics) {
  return parse_contract(text_with(metrics), "acme.toml");
}

std::string why_not(std::string_view metrics) {
  const auto contract = contract_with(metrics);
  return contract.ok() ? "" : contract.error().message;
}

constexpr std::string_view kRequests =
    "[[channel.metric]]\nname = \"requests\"\ntype = \"summary\"\nlabels = [\"code\"]\n"
    "keyed = [\"cluster\"]\ninstallation = \"cluster\"\nabout = \"Requests.\"\n";

TEST(Metric, HasWhatTheFileSaysAndTheRestOfItsChannel) {
  const auto contract = contract_with(kRequests);
  ASSERT_TRUE(contract.ok()) << contract.error().message;
  ASSERT_EQ(contract->metrics.size(), 1u);
  const auto& metric = contract->metrics[0];
  EXPECT_EQ(metric.name, "requests");
  EXPECT_EQ(metric.type, MetricType::kSummary);
  EXPECT_EQ(metric.labels, std::vector<std::string>{"code"});
  EXPECT_EQ(metric.keyed, std::vector<std::string>{"cluster"});
  EXPECT_EQ(metric.installation, "cluster");
  EXPECT_EQ(metric.owner, "o");
  EXPECT_EQ(metric.purpose, Purpose::kOperations);
  EXPECT_TRUE(metric.expires.has_value());
}

TEST(Metric, IsFoundByTheNamesOfItsParts) {
  const auto contract = *contract_with(std::string(kRequests) +
                                       "[[channel.metric]]\nname = \"took\"\ntype = \"histogram\"\n"
                                       "about = \"Took.\"\n[[channel.metric]]\nname = \"a_count\"\n"
                                       "type = \"gauge\"\nabout = \"A.\"\n");
  const auto found = [&](std::string_view series) {
    const auto part = contract.metric(series);
    return part.metric == nullptr ? "" : part.metric->name + "/" + std::string(part.implied);
  };
  EXPECT_EQ(found("requests"), "requests/quantile");
  EXPECT_EQ(found("requests_sum"), "requests/");
  EXPECT_EQ(found("requests_bucket"), "");
  EXPECT_EQ(found("took"), "");
  EXPECT_EQ(found("took_bucket"), "took/le");
  EXPECT_EQ(found("took_count"), "took/");
  EXPECT_EQ(found("a_count"), "a_count/");
  EXPECT_EQ(found("a_count_sum"), "");
  EXPECT_EQ(found("_sum"), "");
}

TEST(Metric, MistakesAreToldWithTheirPlace) {
  const auto metric = [](std::string_view more) {
    return "[[channel.metric]]\nname = \"m\"\nabout = \"M.\"\n" + std::string(more);
  };
  EXPECT_NE(why_not(metric("")).find("m has no type"), std::string::npos);
  EXPECT_NE(why_not(metric("type = \"meter\"\n")).find("acme.toml:16"), std::string::npos);
  EXPECT_NE(why_not(metric("type = \"gauge\"\n") + metric("type = \"gauge\"\n")).find("twice"),
            std::string::npos);
  EXPECT_NE(why_not(metric("type = \"gauge\"\nlabels = [\"a\", \"a\"]\n")).find("twice"),
            std::string::npos);
  EXPECT_NE(why_not(metric("type = \"gauge\"\nlabels = [\"__name__\"]\n")).find("no name"),
            std::string::npos);
  EXPECT_NE(why_not(metric("type = \"gauge\"\ninstallation = \"x\"\n")).find("none of"),
            std::string::npos);
  EXPECT_NE(why_not(metric("type = \"gauge\"\nlable = [\"x\"]\n")).find("labels"),
            std::string::npos);
}

TEST(Metric, AYesCoversItAndEachOfItsLabels) {
  const auto contract = *contract_with(kRequests);
  EXPECT_EQ(consent_lines(contract, contract.metrics[0]),
            (std::vector<std::string>{
                "monitoring\trequests\tmetric summary\tclear\toperations\n",
                "monitoring\trequests{code}\tlabel\tclear\toperations\n",
                "monitoring\trequests{cluster}\tinstallation\tkeyed\toperations\n"}));
  auto other = std::string(kRequests);
  other.replace(other.find("installation = "), 25, "");
  EXPECT_NE(contract_with(other)->consent_hash, contract.consent_hash)
      << "that an id goes with it is more";
  other = std::string(kRequests);
  other.replace(other.find("\"code\""), 6, "\"path\"");
  EXPECT_NE(contract_with(other)->consent_hash, contract.consent_hash);
  other = std::string(kRequests);
  other.replace(other.find("Requests."), 9, "All of it");
  EXPECT_EQ(contract_with(other)->consent_hash, contract.consent_hash);
}

TEST(Metric, LintWarnsOfLabelsThatNameMachines) {
  const auto warnings = [](std::string_view label) {
    const auto contract = *contract_with(
        "[[channel.metric]]\nname = \"m\"\ntype = \"gauge\"\nabout = \"M.\"\n"
        "labels = [\"" +
        std::string(label) + "\"]\n");
    std::string text;
    for (const auto& finding : lint(contract, 20'000)) text += finding.message + "\n";
    return text;
  };
  EXPECT_NE(warnings("instance").find("m{instance} may say which machine"), std::string::npos);
  EXPECT_NE(warnings("host").find("m{host}"), std::string::npos);
  EXPECT_EQ(warnings("code").find("m{"), std::string::npos);
  EXPECT_EQ(warnings("code").find("has no fields"), std::string::npos);
}

TEST(Metric, StandsInTheDocumentation) {
  const auto page = to_markdown(*contract_with(kRequests));
  EXPECT_NE(
      page.find("| `requests` | summary | code | cluster | cluster | operations | Requests. | "
                "o | 2030-01-01 |"),
      std::string::npos)
      << page;
}

}  // namespace
}  // namespace candor
