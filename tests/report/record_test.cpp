#include <gtest/gtest.h>

#include <limits>

#include "modeseek/error.hpp"
#include "report/html.hpp"
#include "report/run_record.hpp"

namespace modeseek::report {
namespace {

TEST(RunRecord, SettingsBecomeNumbersAndTexts) {
  const Json json = settings_json("steps=20, step_size=0.5, direction=vjp");
  EXPECT_EQ(json["steps"], 20);
  EXPECT_EQ(json["step_size"], 0.5);
  EXPECT_EQ(json["direction"], "vjp");
}

TEST(RunRecord, InfinitePsnrIsNull) {
  const Json json = quality_json({std::numeric_limits<double>::infinity(), 1.0});
  EXPECT_EQ(json.dump(), R"({"psnr":null,"ssim":1.0})");
}

TEST(RunRecord, QualityOnlyWithAReference) {
  RunRecord run;
  run.prior.name = "natural";
  ImageRecord image;
  image.input = "in.png";
  image.noise = {0.04F, 0.01F, NoiseSource::operator_floor};
  Json json = run_json(run, {image})["images"][0];
  EXPECT_FALSE(json.contains("psnr"));
  EXPECT_EQ(json["noise"]["unit"], 0.02);
  EXPECT_EQ(json["noise"]["symmetric"], 0.04);
  EXPECT_EQ(json["noise"]["source"], "operator floor");
  image.quality = Quality{31.5, 0.9};
  json = run_json(run, {image})["images"][0];
  EXPECT_EQ(json["psnr"], 31.5);
  EXPECT_EQ(json["ssim"], 0.9);
}

TEST(Html, EscapesWhatItShows) {
  EXPECT_EQ(escape_html("a<b & \"c\" 'd'"), "a&lt;b &amp; &quot;c&quot; &#39;d&#39;");
  const std::string page = html_report("<title>", "<intro>", {{"<heading>"}, {"<cell>"}}, {});
  for (const char* raw : {"<intro>", "<heading>", "<cell>"}) {
    EXPECT_EQ(page.find(raw), std::string::npos) << raw;
  }
}

TEST(Html, HoldsItsPictures) {
  const Figure figure{"before & after", {std::byte{'f'}, std::byte{'o'}, std::byte{'o'}}};
  const std::string page = html_report("t", "i", {{"a"}}, {{"task", "text", {figure, figure}}});
  EXPECT_NE(page.find("data:image/png;base64,Zm9v"), std::string::npos);
  EXPECT_NE(page.find("type=\"range\""), std::string::npos);
  EXPECT_EQ(page.find("http"), std::string::npos);
}

TEST(Html, AComparisonNeedsTwoFigures) {
  EXPECT_THROW(html_report("t", "i", {{"a"}}, {{"task", "text", {Figure{}}}}), InvalidArgument);
}

}  // namespace
}  // namespace modeseek::report
