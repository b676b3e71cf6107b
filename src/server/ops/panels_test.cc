#include "server/ops/panels.h"

#include <gtest/gtest.h>

#include <set>

#include "server/ops/limits.h"

namespace candor {
namespace {

TEST(Panels, ANameStandsInAQuestionAsAName) {
  const PanelQuery query{"sum(rate(x{$i,a=\"b\"}[$w])) / sum(y{$i})", "line"};
  EXPECT_EQ(question_of(query, "eu1", *panel_range("24h"), std::chrono::seconds(15)),
            R"(sum(rate(x{installation="eu1",a="b"}[300s])) / sum(y{installation="eu1"}))");
  EXPECT_EQ(question_of(query, "\"}) or $w $i", *panel_range("24h"), std::chrono::seconds(15)),
            R"(sum(rate(x{installation="\"}) or $w $i",a="b"}[300s])) / )"
            R"(sum(y{installation="\"}) or $w $i"}))");
}

TEST(Panels, ARateIsOfFourScrapesAtLeast) {
  EXPECT_EQ(question_of({"x[$w]", ""}, "eu1", *panel_range("24h"), std::chrono::seconds(600)),
            "x[2400s]");
}

TEST(Panels, EachHasANameOfItsOwnAndAsksAboutOneInstallation) {
  std::set<std::string_view> ids;
  for (const auto& panel : panels()) {
    EXPECT_TRUE(ids.insert(panel.id).second) << panel.id;
    for (const auto& query : panel.queries) {
      EXPECT_NE(query.expression.find("$i"), std::string_view::npos) << query.expression;
      // Every selector names it.
      for (auto at = query.expression.find('{'); at != std::string_view::npos;
           at = query.expression.find('{', at + 1))
        EXPECT_EQ(query.expression.substr(at + 1, 2), "$i") << query.expression;
    }
  }
}

TEST(Panels, ARangeHasAtMostSoManyPoints) {
  EXPECT_EQ(panel_range("7d"), nullptr);
  for (const auto* name : {"24h", "15d"})
    EXPECT_LE(panel_range(name)->seconds / panel_range(name)->step, kMaxPanelPoints);
}

TEST(Panels, ValuesStandAtTheirMoments) {
  const auto& range = *panel_range("24h");
  const std::int64_t end = 1'790'000'000;
  const PanelQuery query{"", "all", "job"};
  const PromSeries series{{{"job", "a"}},
                          {{double(end - range.seconds), 1},
                           {double(end - range.step), 2},
                           {double(end), 3},
                           {double(end + 5 * range.step), 4}}};
  const auto lines = lines_of(query, {series, {{}, {{double(end), 5}}}}, range, end);
  ASSERT_EQ(lines.size(), 2u);
  EXPECT_EQ(lines[0].name, "a");
  EXPECT_EQ(lines[1].name, "all");
  ASSERT_EQ(lines[0].values.size(), 289u);
  EXPECT_EQ(lines[0].values.front(), 1);
  EXPECT_EQ(lines[0].values[1], std::nullopt);
  EXPECT_EQ(lines[0].values[287], 2);
  EXPECT_EQ(lines[0].values.back(), 3);
}

TEST(Panels, WithoutLinesThereIsNoneAndOfManyTheHighestAreShown) {
  EXPECT_TRUE(panel_document(panels().front(), {}).is_null());
  std::vector<PanelLine> lines;
  for (std::size_t i = 0; i < kMaxPanelLines + 3; ++i)
    lines.push_back({std::to_string(i), {static_cast<double>(i), std::nullopt}});
  const auto document = panel_document(panels().front(), lines);
  EXPECT_EQ(document["lines"].size(), kMaxPanelLines);
  EXPECT_EQ(document["lines"][0]["name"], std::to_string(kMaxPanelLines + 2));
  EXPECT_TRUE(document["lines"][0]["values"][1].is_null());
  EXPECT_EQ(document["left_out"], 3);
}

}  // namespace
}  // namespace candor
