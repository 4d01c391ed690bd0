#include "report/chart.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <set>

#include "bench/xml_check.hpp"
#include "report/chart_axes.hpp"
#include "report/chart_style.hpp"
#include "report/csv.hpp"
#include "report/data_table.hpp"
#include "report/ticks.hpp"

namespace modeseek::report {
namespace {

TEST(Ticks, LinearOnesAreRound) {
  EXPECT_EQ(linear_ticks(0.3, 9.8, 5), (std::vector<double>{2, 4, 6, 8}));
  EXPECT_EQ(linear_ticks(-1, 1, 4), (std::vector<double>{-1, -0.5, 0, 0.5, 1}));
  EXPECT_TRUE(linear_ticks(1, 1, 4).empty());
  EXPECT_TRUE(linear_ticks(0, std::nan(""), 4).empty());
}

TEST(Ticks, LogarithmicOnesFillShortRanges) {
  EXPECT_EQ(log_ticks(1, 1000), (std::vector<double>{1, 10, 100, 1000}));
  EXPECT_EQ(log_ticks(15, 250), (std::vector<double>{20, 50, 100, 200}));
  EXPECT_TRUE(log_ticks(0, 10).empty());
}

TEST(Axis, PlacesItsEnds) {
  const Axis axis(10, 1000, true, 5);
  EXPECT_DOUBLE_EQ(axis.place(10), 0);
  EXPECT_DOUBLE_EQ(axis.place(100), 0.5);
  EXPECT_FALSE(axis.has(0));
}

TEST(Axis, OneFailureDoesNotFlattenTheOthers) {
  ChartPanel panel;
  panel.series = {
      {"a", 0, {{1, 30, 29, 31}}}, {"b", 1, {{1, 28, 27, 29}}}, {"c", 2, {{1, 3, 3, 3}}}};
  const Axis axis = vertical_axis(panel, 12);
  EXPECT_LT(axis.place(3), 0);
  EXPECT_GT(axis.place(27), 0);
  EXPECT_LT(axis.place(31), 1);
}

TEST(ChartStyle, StylesDifferInColourOrMarker) {
  std::set<std::string> seen;
  for (std::size_t style = 0; style < kChartStyles; ++style) {
    EXPECT_TRUE(seen.insert(colour_class(style) + marker_path(style, 0, 0, 4)).second) << style;
  }
}

TEST(Chart, IsWellFormedWhateverItShows) {
  Chart chart;
  chart.title = "a < b & \"c\"";
  chart.log_x = true;
  EXPECT_EQ(test::xml_problem(chart_svg(chart)), "") << "no panel";
  ChartPanel panel;
  panel.title = "<task>";
  chart.panels = {panel, panel};
  EXPECT_EQ(test::xml_problem(chart_svg(chart)), "") << "no points";
  const double infinite = INFINITY;
  chart.panels[0].series = {{"a&b", 0, {{0, 30, 29, 31}, {10, infinite, infinite, infinite}}},
                            {"c", 9, {{100, 12, 12, 12}, {200, 31, 30, 32}}}};
  chart.panels[0].level = ChartLevel{"floor", 5};
  const std::string svg = chart_svg(chart);
  EXPECT_EQ(test::xml_problem(svg), "");
  EXPECT_EQ(svg.find("inf"), std::string::npos);
  EXPECT_EQ(svg.find("nan"), std::string::npos);
  EXPECT_NE(svg.find("prefers-color-scheme:dark"), std::string::npos);
}

TEST(XmlCheck, FindsWhatIsWrong) {
  EXPECT_EQ(test::xml_problem("<a b=\"c\"><d/>e &amp; f</a>"), "");
  for (const char* wrong : {"<a>", "<a></b>", "a & b", "<a b=\"c></a>", "</a>"}) {
    EXPECT_NE(test::xml_problem(wrong), "") << wrong;
  }
}

TEST(Csv, QuotesWhatNeedsIt) {
  EXPECT_EQ(csv_line({"a", "b,c", "say \"x\"", ""}), "a,\"b,c\",\"say \"\"x\"\"\",\n");
  EXPECT_EQ(csv_number(1.0 / 3), "0.333333");
  EXPECT_EQ(csv_number(std::nan("")), "");
  EXPECT_EQ(csv_number(INFINITY), "inf");
}

TEST(DataTable, EscapesInEveryForm) {
  const DataTable table{{"name", "value"}, {"a|b", Cell("1", true)}, {"<i>", "2"}};
  EXPECT_EQ(markdown_table(table),
            "| name | value |\n|---|---:|\n| a\\|b | **1** |\n| \\<i> | 2 |\n");
  const std::string html = html_table(table);
  EXPECT_NE(html.find("<b>1</b>"), std::string::npos);
  EXPECT_NE(html.find("&lt;i&gt;"), std::string::npos);
  EXPECT_EQ(test::xml_problem(html), "");
  EXPECT_NE(text_table(table).find("* 1"), std::string::npos);
}

}  // namespace
}  // namespace modeseek::report
