#include "report/text.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <limits>

#include "modeseek/error.hpp"
#include "report/base64.hpp"
#include "report/progress_bar.hpp"

namespace modeseek::report {
namespace {

TEST(Text, Durations) {
  EXPECT_EQ(duration(0.84), "0.8 s");
  EXPECT_EQ(duration(12.4), "12 s");
  EXPECT_EQ(duration(185), "3:05");
  EXPECT_EQ(duration(3729), "1:02:09");
  EXPECT_EQ(duration(std::nan("")), "?");
}

TEST(Text, Sizes) {
  EXPECT_EQ(byte_size(512U << 20U), "512 MiB");
  EXPECT_EQ(byte_size(std::uint64_t{3} << 29U), "1.50 GiB");
}

TEST(Text, Decibels) {
  EXPECT_EQ(decibel(31.236), "31.24");
  EXPECT_EQ(decibel(std::numeric_limits<double>::infinity()), "inf");
  EXPECT_EQ(decibel(std::nan("")), "-");
}

TEST(Text, NoiseIsToldOnBothScales) {
  EXPECT_EQ(both_scales(0.04F), "0.02 on [0,1] (0.04 on [-1,1])");
  EXPECT_EQ(both_scales("0.025"), "0.025 on [0,1] (0.05 on [-1,1])");
  EXPECT_EQ(both_scales("0 or 0.05"), "0 or 0.05 on [0,1] (0 or 0.1 on [-1,1])");
  EXPECT_EQ(both_scales("any"), "any");
}

TEST(Text, TableAlignsByCharacters) {
  EXPECT_EQ(table({{"name", "dB"}, {"é", "31.20"}}),
            "name     dB\n"
            "----  -----\n"
            "é     31.20\n");
  EXPECT_THROW(table({{"a", "b"}, {"c"}}), InvalidArgument);
}

TEST(Base64, Rfc4648Vectors) {
  const auto encoded = [](std::string_view text) {
    return base64(std::as_bytes(std::span(text.data(), text.size())));
  };
  EXPECT_EQ(encoded(""), "");
  EXPECT_EQ(encoded("f"), "Zg==");
  EXPECT_EQ(encoded("fo"), "Zm8=");
  EXPECT_EQ(encoded("foo"), "Zm9v");
  EXPECT_EQ(encoded("foobar"), "Zm9vYmFy");
}

TEST(ProgressBar, LineTellsShareAndTimeLeft) {
  Progress progress;
  progress.done = 30;
  progress.total = 120;
  progress.sigma = 0.5F;
  EXPECT_EQ(progress_line("a.png", progress, 20.0),
            "a.png [######..................]  25 %  noise level 0.5  1:00 left");
  progress.done = 0;
  EXPECT_NE(progress_line("a.png", progress, 20.0).find("starting"), std::string::npos);
}

TEST(ProgressBar, WipesItsLine) {
  std::string written;
  {
    ProgressBar bar("a.png", [&](const std::string& text) { written += text; });
    bar.update({1, 2, 0.1F, nullptr});
  }
  EXPECT_EQ(written.find('\n'), std::string::npos);
  EXPECT_EQ(written.substr(written.size() - 4), "\r\033[K");
}

}  // namespace
}  // namespace modeseek::report
