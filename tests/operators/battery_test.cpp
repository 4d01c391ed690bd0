#include "operators/battery.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <ostream>
#include <string>

#include "modeseek/error.hpp"
#include "modeseek/task.hpp"

namespace modeseek {
namespace {

struct Case {
  std::string task;
  Shape image;
};

void PrintTo(const Case& c, std::ostream* out) { *out << c.task << " on " << to_string(c.image); }

/// Three coils on 9x7 images, smooth and complex.
Tensor smooth_coils() {
  Tensor coils({3, 2, 9, 7});
  for (std::int64_t k = 0; k < 3; ++k) {
    for (std::int64_t y = 0; y < 9; ++y) {
      for (std::int64_t x = 0; x < 7; ++x) {
        const double dy = static_cast<double>(y) / 9 - 0.5 * static_cast<double>(k);
        const double dx = static_cast<double>(x) / 7 - 0.3 * static_cast<double>(k);
        const double size = std::exp(-dy * dy - dx * dx);
        coils(k, 0, y, x) = static_cast<float>(size * std::cos(dy + 2 * dx));
        coils(k, 1, y, x) = static_cast<float>(size * std::sin(dy + 2 * dx));
      }
    }
  }
  return coils;
}

/// 50x63: two entries a row, one of them twice, and empty rows at the end.
Tensor sparse_coordinates() {
  std::vector<float> values{50, 63, 0};
  for (int i = 0; i < 45; ++i) {
    for (const int j : {(7 * i) % 63, (11 * i + 3) % 63, (7 * i) % 63}) {
      values.insert(values.end(), {static_cast<float>(i), static_cast<float>(j),
                                   0.5F + 0.02F * static_cast<float>(i)});
    }
  }
  const auto rows = static_cast<std::int64_t>(values.size() / 3);
  return Tensor({1, 1, rows, 3}, std::move(values));
}

/// `mask.png` keeps a checkerboard, `kernel.npy` is neither symmetric nor odd nor square.
Tensor load(const std::string& path) {
  if (path == "mask.png") {
    Tensor mask({1, 3, 8, 8});
    for (std::int64_t c = 0; c < 3; ++c) {
      for (std::int64_t i = 0; i < 64; ++i) {
        mask(0, c, i / 8, i % 8) = (i / 8 + i % 8) % 2 == 0 ? 0.9F : 0.2F;
      }
    }
    return mask;
  }
  if (path == "kernel.npy") {
    return Tensor({1, 1, 2, 3}, std::vector<float>{0.5F, 1.0F, -0.25F, 2.0F, 1.5F, 0.25F});
  }
  if (path == "coils.npy") return smooth_coils();
  if (path == "angles.npy") {
    return Tensor({1, 1, 1, 7}, std::vector<float>{0, 17.5F, 45, 90, 133, 180, -30});
  }
  if (path == "dense.npy") return 0.06F * battery::random_tensor({1, 1, 40, 63}, 5);
  if (path == "rows.npy") return 0.04F * battery::random_tensor({1, 1, 70, 192}, 6);
  if (path == "sparse.npz") return sparse_coordinates();
  throw FileError(path, "no such file");
}

class OperatorBattery : public testing::TestWithParam<Case> {};

TEST_P(OperatorBattery, HoldsWhatEveryOperatorMust) {
  const auto op = Task::parse(GetParam().task).build(GetParam().image, load);
  battery::expect_operator(*op);
}

TEST_P(OperatorBattery, ShapesFollowFromTheTask) {
  const Task task = Task::parse(GetParam().task);
  const auto op = task.build(GetParam().image, load);
  EXPECT_EQ(op->domain(), GetParam().image);
  EXPECT_EQ(task.fitting_shape(GetParam().image, load), GetParam().image);
  if (op->range_is_image() || GetParam().task.starts_with("mri")) {
    EXPECT_EQ(task.image_shape(op->range(), GetParam().image.c, load), GetParam().image);
  }
}

constexpr Shape kSquare{1, 3, 8, 8};
constexpr Shape kOdd{1, 3, 9, 7};
constexpr Shape kPrime{1, 2, 19, 23};  // lengths that the Fourier transform takes by Bluestein
constexpr Shape kGrey{1, 1, 12, 20};
constexpr Shape kPixel{1, 3, 1, 1};

INSTANTIATE_TEST_SUITE_P(Identity, OperatorBattery,
                         testing::Values(Case{"denoise", kSquare}, Case{"denoise", kOdd},
                                         Case{"denoise", kPixel}));

INSTANTIATE_TEST_SUITE_P(
    Mask, OperatorBattery,
    testing::Values(Case{"inpaint(mask=mask.png)", kSquare},
                    Case{"inpaint(mask=mask.png;invert)", kSquare},
                    Case{"inpaint(random:0.7,seed=3)", kOdd}, Case{"inpaint(random:0)", kPixel},
                    Case{"inpaint(box:3x2)", kOdd}, Case{"inpaint(box:3x2@6,5)", kOdd},
                    Case{"inpaint(half:left)", kOdd}, Case{"inpaint(half:top)", kSquare},
                    Case{"inpaint(expand:4x2)", kGrey}, Case{"inpaint(rows:2)", kOdd},
                    Case{"inpaint(grid:3)", kOdd}));

INSTANTIATE_TEST_SUITE_P(
    Reduction, OperatorBattery,
    testing::Values(Case{"sr(1,mean)", kOdd}, Case{"sr(2,mean)", kSquare},
                    Case{"sr(4,mean)", kGrey}, Case{"sr(1,bicubic)", kOdd},
                    Case{"sr(2,bicubic)", kSquare}, Case{"sr(4,bicubic)", kSquare},
                    Case{"sr(8,bicubic)", kSquare}, Case{"sr(3,bicubic)", {1, 3, 9, 6}},
                    Case{"sr(4,bicubic)", kGrey}, Case{"sr(3,bicubic)", {1, 1, 57, 69}},
                    Case{"sr(2,gaussian:5,1)", kSquare},
                    Case{"sr(2,gaussian:5,1;boundary=circular)", kSquare},
                    Case{"sr(2,kernel=kernel.npy;boundary=circular)", kSquare},
                    Case{"sr(2,gaussian:9,3;boundary=circular)", kGrey},
                    Case{"sr(3,uniform:3;boundary=valid)", {1, 3, 8, 5}},
                    Case{"sr(4,disk:2;boundary=zero)", kGrey}));

INSTANTIATE_TEST_SUITE_P(
    ColourAndChains, OperatorBattery,
    testing::Values(Case{"colourise", kOdd}, Case{"colourise(bt601)", kSquare},
                    Case{"colourise(0.2,0.7,-0.3)", kPixel},
                    Case{"chain(blur(disk:2),sr(2,mean))", kSquare},
                    Case{"chain(sr(2,mean),blur(gaussian:3,1))", kSquare},
                    Case{"chain(colourise,blur(gaussian:5,1;boundary=circular))", kOdd},
                    Case{"chain(colourise(bt601),sr(2,bicubic))", kSquare},
                    Case{"chain(sr(2,mean),inpaint(random:0.5,seed=1))", kSquare},
                    Case{"chain(colourise,sr(2,mean),sr(2,mean))", kSquare},
                    Case{"chain(inpaint(rows:2),sr(2,mean))", kSquare},
                    Case{"chain(blur(uniform:3;boundary=valid),sr(2,mean))", {1, 3, 8, 6}},
                    Case{"stack(inpaint(half:left),inpaint(half:right))", kOdd},
                    Case{"stack(sr(2,mean),blur(uniform:3))", kSquare},
                    Case{"stack(colourise,inpaint(grid:2))", kSquare}));

INSTANTIATE_TEST_SUITE_P(CompressedSensing, OperatorBattery,
                         testing::Values(Case{"cs:1", kPixel}, Case{"cs:2", kSquare},
                                         Case{"cs(4,seed=3)", kSquare}, Case{"cs:4", kOdd},
                                         Case{"cs:3", kPrime}, Case{"cs:4", {1, 3, 32, 64}},
                                         Case{"chain(sr(2,mean),cs:2)", kSquare}));

INSTANTIATE_TEST_SUITE_P(
    Mri, OperatorBattery,
    testing::Values(Case{"mri(1)", kSquare}, Case{"mri(2,seed=1)", kSquare},
                    Case{"mri(4,centre=0.2)", kGrey}, Case{"mri(2)", kOdd},
                    Case{"mri(4)", {1, 2, 12, 16}}, Case{"mri(3,seed=2)", {1, 2, 9, 7}},
                    Case{"mri(4)", {1, 1, 19, 23}}, Case{"mri(mask=mask.png)", kSquare},
                    Case{"mri(mask=mask.png)", {1, 2, 8, 8}}, Case{"mri(1)", kPixel},
                    Case{"mri(2;coils=coils.npy)", {1, 1, 9, 7}},
                    Case{"mri(2,seed=1;coils=coils.npy)", {1, 2, 9, 7}},
                    Case{"mri(3;coils=coils.npy)", kOdd}));

INSTANTIATE_TEST_SUITE_P(Ct, OperatorBattery,
                         testing::Values(Case{"ct(1)", kPixel}, Case{"ct(5)", kOdd},
                                         Case{"ct(12)", {1, 1, 8, 8}},
                                         Case{"ct(angles=angles.npy)", {1, 1, 9, 7}},
                                         Case{"ct(20)", {1, 1, 24, 31}}));

INSTANTIATE_TEST_SUITE_P(
    Matrix, OperatorBattery,
    testing::Values(Case{"matrix(dense.npy)", {1, 1, 9, 7}}, Case{"matrix(dense.npy)", kOdd},
                    Case{"matrix(rows.npy)", kSquare}, Case{"matrix(sparse.npz)", kOdd},
                    Case{"chain(blur(gaussian:3,0.5),matrix(sparse.npz))", {1, 1, 9, 7}}));

std::vector<Case> blur_cases() {
  std::vector<Case> cases;
  for (const std::string boundary : {"reflect", "circular", "zero", "valid"}) {
    for (const std::string kernel : {"gaussian:3,0.8", "uniform:5", "aniso:5,0.5,2",
                                     "motion:7,0.5,seed=2", "disk:2.5", "kernel=kernel.npy"}) {
      const std::string task = "blur(" + kernel + ";boundary=" + boundary + ")";
      for (const Shape& image : {kSquare, kOdd, kPrime}) cases.push_back({task, image});
    }
    // More taps than the direct convolution takes.
    const std::string large = ";boundary=" + boundary + ")";
    cases.push_back({"blur(gaussian:13,2" + large, {1, 3, 31, 26}});
    cases.push_back({"blur(motion:15,0.8,seed=5" + large, {1, 2, 17, 26}});
    // A kernel that is larger than the image.
    if (boundary != "valid") cases.push_back({"blur(gaussian:31,4" + large, kOdd});
    if (boundary != "valid") cases.push_back({"blur(motion:31,0.8" + large, kOdd});
    if (boundary != "valid") cases.push_back({"blur(uniform:5" + large, kPixel});
  }
  return cases;
}

INSTANTIATE_TEST_SUITE_P(Blur, OperatorBattery, testing::ValuesIn(blur_cases()));

TEST(GreyView, HoldsWhatEveryOperatorMust) {
  for (const char* text : {"denoise", "sr(2,mean)", "blur(gaussian:5,1)", "inpaint(random:0.5)"}) {
    SCOPED_TRACE(text);
    battery::expect_operator(*grey_view(Task::parse(text).build({1, 1, 8, 6}, load)));
  }
}

TEST(GreyView, MeasuresTheChannelMean) {
  const auto op = grey_view(Task::parse("denoise").build({1, 1, 1, 1}, load));
  const Tensor y = op->apply(Tensor({1, 3, 1, 1}, std::vector<float>{0.3F, -0.6F, 0.9F}));
  EXPECT_FLOAT_EQ(y(0, 0, 0, 0), 0.2F);
  EXPECT_THROW(grey_view(Task::parse("denoise").build({1, 3, 2, 2}, load)), InvalidArgument);
}

}  // namespace
}  // namespace modeseek
