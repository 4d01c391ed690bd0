#include "modeseek/restore.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "modeseek/error.hpp"
#include "modeseek/random.hpp"
#include "restoration/reference.hpp"
#include "restoration/white_prior.hpp"

namespace modeseek {
namespace {

using test::WhitePrior;

constexpr ImageConstraints kColour{3, std::nullopt, 1};

Image random_picture(const Shape& shape, int bits = 32) {
  Image image;
  image.bits = bits;
  image.pixels = Tensor(shape);
  Random(5).fill_normal(image.pixels.values());
  image.pixels = 0.3F * std::move(image.pixels);
  return image;
}

TEST(Pose, SuperResolutionEnlarges) {
  const PosedTask posed = pose(Task::parse("sr(3,mean)"), {1, 3, 4, 5}, kColour);
  EXPECT_FALSE(posed.grey);
  EXPECT_EQ(posed.picture, (Shape{1, 3, 12, 15}));
}

TEST(Pose, GreyMeasurementOfAColourPriorIsTheChannelMean) {
  const PosedTask posed = pose(Task::parse("denoise"), {1, 1, 4, 5}, kColour);
  EXPECT_TRUE(posed.grey);
  EXPECT_EQ(posed.picture, (Shape{1, 1, 4, 5}));
  EXPECT_EQ(posed.op->domain(), (Shape{1, 3, 4, 5}));
}

TEST(Pose, ColouriseOfGreyIsNoGreyPicture) {
  const PosedTask posed = pose(Task::parse("colourise"), {1, 1, 4, 5}, kColour);
  EXPECT_FALSE(posed.grey);
  EXPECT_EQ(posed.picture, (Shape{1, 3, 4, 5}));
}

TEST(Pose, MarginsOfAValidBlurAreCutOff) {
  const PosedTask posed =
      pose(Task::parse("blur(gaussian:5,1;boundary=valid)"), {1, 3, 8, 9}, kColour);
  EXPECT_EQ(posed.op->domain(), (Shape{1, 3, 12, 13}));
  EXPECT_EQ(posed.picture, (Shape{1, 3, 8, 9}));
  EXPECT_EQ(posed.top, 2);
  EXPECT_EQ(posed.left, 2);
}

TEST(Pose, PriorOfOneSizeRefusesAnother) {
  const ImageConstraints fixed{3, std::pair<std::int64_t, std::int64_t>{64, 64}, 1};
  EXPECT_THROW(pose(Task::parse("denoise"), {1, 3, 64, 60}, fixed), InvalidArgument);
  EXPECT_NO_THROW(pose(Task::parse("denoise"), {1, 3, 64, 64}, fixed));
}

TEST(ChooseNoise, TakesTheLargestFloor) {
  const PosedTask posed = pose(Task::parse("denoise"), {1, 3, 4, 5}, kColour);
  const Image eight_bit = random_picture({1, 3, 4, 5}, 8);
  const NoiseChoice given = choose_noise(posed, eight_bit, 0.1F);
  EXPECT_EQ(given.level, 0.1F);
  EXPECT_EQ(given.source, NoiseSource::given);
  const NoiseChoice rounding = choose_noise(posed, eight_bit, 0.0F);
  EXPECT_NEAR(rounding.level, 2 * 0.2887 / 255, 1e-5);
  EXPECT_EQ(rounding.stated, 0.0F);
  EXPECT_EQ(rounding.source, NoiseSource::quantisation);
  const NoiseChoice none = choose_noise(posed, random_picture({1, 3, 4, 5}, 32), 0.0F);
  EXPECT_GT(none.level, 0.0F);
  EXPECT_EQ(none.source, NoiseSource::smallest);
}

TEST(ChooseNoise, RefusesWhatIsNoLevel) {
  const PosedTask posed = pose(Task::parse("denoise"), {1, 3, 4, 5}, kColour);
  const Image image = random_picture({1, 3, 4, 5});
  EXPECT_THROW(choose_noise(posed, image, -0.1F), InvalidArgument);
  EXPECT_THROW(choose_noise(posed, image, std::nanf("")), InvalidArgument);
}

/// With x ~ N(0, I) and y = x + s n the most likely x is y / (1 + s^2).
TEST(Restore, DenoisesAWhitePictureToItsClosedForm) {
  WhitePrior prior(kColour);
  const Image noisy = random_picture({1, 3, 6, 7});
  const auto solver = make_vml_map({});
  const Restored restored = restore(noisy, Task::parse("denoise"), prior, *solver, 0.5F);
  const Tensor expected = (1 / 1.25F) * noisy.pixels;
  // The measurement itself is a quarter away; the default settings end with some noise left.
  EXPECT_LT(norm(restored.image.pixels - expected), 0.1 * norm(expected));
  EXPECT_EQ(restored.noise.level, 0.5F);
  EXPECT_GT(restored.denoiser_evaluations, 0);
}

TEST(Restore, MissingPixelsOfTheFileAreIgnored) {
  WhitePrior prior(kColour);
  const Task task = Task::parse("inpaint(rows:2)");
  const auto solver = make_vml_map({});
  Image black = degrade(random_picture({1, 3, 6, 7}), task, 0.0F, 1);
  const Restored first = restore(black, task, prior, *solver, 0.01F);
  EXPECT_EQ(black.pixels(0, 0, 1, 0), -1.0F);
  black.pixels(0, 0, 1, 0) = 0.7F;
  const Restored second = restore(black, task, prior, *solver, 0.01F);
  EXPECT_EQ(norm(first.image.pixels - second.image.pixels), 0.0);
  EXPECT_EQ(first.certificate.residual_ratio, second.certificate.residual_ratio);
}

TEST(Restore, AMeasurementOfAnotherExtentIsRefused) {
  WhitePrior prior(kColour);
  const auto solver = make_vml_map({});
  const PosedTask posed = pose(Task::parse("inpaint(rows:2)"), {1, 3, 6, 7}, kColour);
  const Image large = random_picture({1, 3, 64, 64});
  EXPECT_THROW(restore(posed, large, choose_noise(posed, random_picture({1, 3, 6, 7}), 0.1F), prior,
                       *solver),
               InvalidArgument);
}

TEST(Restore, AlphaGrowsWithThePicture) {
  WhitePrior prior(kColour);
  Image small = random_picture({1, 3, 3, 4});
  small.alpha = Tensor(Shape{1, 1, 3, 4}, 0.25F);
  const auto solver = make_vml_map({});
  const Restored restored = restore(small, Task::parse("sr(2,mean)"), prior, *solver, 0.1F);
  ASSERT_TRUE(restored.image.alpha.has_value());
  EXPECT_EQ(restored.image.alpha->shape(), (Shape{1, 1, 6, 8}));
  EXPECT_NEAR((*restored.image.alpha)(0, 0, 5, 7), 0.25F, 1e-6F);
}

/// A prior that says it needs more memory than any machine has.
class HugePrior final : public test::WhitePrior {
 public:
  using WhitePrior::WhitePrior;
  std::uint64_t memory_bytes(const Shape&, bool) const override { return std::uint64_t{1} << 60U; }
};

TEST(Restore, RefusesWhatDoesNotFitIntoMemory) {
  HugePrior prior(kColour);
  const auto solver = make_vml_map({});
  const Image image = random_picture({1, 3, 3, 4});
  EXPECT_THROW(restore(image, Task::parse("denoise"), prior, *solver, 0.1F), OutOfMemory);
  EXPECT_THROW(denoise(image, prior, 0.1F), OutOfMemory);
}

TEST(Degrade, CropsAtTheBottomAndOnTheRight) {
  const Image clean = random_picture({1, 3, 7, 9});
  const Image small = degrade(clean, Task::parse("sr(2,mean)"), 0.0F, 1);
  EXPECT_EQ(small.pixels.shape(), (Shape{1, 3, 3, 4}));
  const float mean = (clean.pixels(0, 1, 0, 0) + clean.pixels(0, 1, 0, 1) +
                      clean.pixels(0, 1, 1, 0) + clean.pixels(0, 1, 1, 1)) /
                     4;
  EXPECT_NEAR(small.pixels(0, 1, 0, 0), mean, 1e-6F);
  EXPECT_THROW(degrade(clean, Task::parse("denoise"), -1.0F, 1), InvalidArgument);
}

TEST(Reference, IsCroppedAsTheMeasurementWas) {
  const Tensor clean = random_picture({1, 3, 13, 15}).pixels;
  const Task task = Task::parse("chain(blur(gaussian:3,1;boundary=valid),sr(2,mean))");
  const Shape measured = degrade({clean, std::nullopt, 32}, task, 0.0F, 1).pixels.shape();
  const PosedTask posed = pose(task, measured, kColour);
  const Tensor part = matching_reference(clean, task, posed);
  EXPECT_EQ(part.shape(), posed.picture);
  EXPECT_EQ(part(0, 2, 0, 0), clean(0, 2, 1, 1));
  EXPECT_THROW(matching_reference(random_picture({1, 3, 20, 15}).pixels, task, posed),
               InvalidArgument);
}

TEST(Denoise, GreyGoesThroughAColourPriorAtTheNoiseOfThreeEqualChannels) {
  WhitePrior prior(kColour);
  const Image grey = random_picture({1, 1, 4, 5});
  const Image clean = denoise(grey, prior, 0.5F);
  const Tensor expected = (1 / (1 + 3 * 0.25F)) * grey.pixels;
  EXPECT_LT(norm(clean.pixels - expected), 1e-5);
}

TEST(VmlMapSettings, FollowTheKindOfTaskAndTheNoise) {
  const auto settings = [](const char* task, float noise) {
    return vml_map_settings(*Task::parse(task).build({1, 3, 16, 16}), noise);
  };
  EXPECT_EQ(settings("sr(4,mean)", 0.0023F).renoise, 0.3F);
  EXPECT_EQ(settings("sr(4,mean)", 0.0023F).averaged, 0);
  EXPECT_EQ(settings("sr(4,mean)", 0.04F).renoise, 1.0F);
  EXPECT_EQ(settings("sr(4,mean)", 0.04F).averaged, 16);
  EXPECT_EQ(settings("mri(4)", 0.04F).averaged, 16);
  EXPECT_EQ(settings("inpaint(box:8x8)", 0.04F).averaged, 8);
  EXPECT_NEAR(settings("sr(4,mean)", 0.04F).sigma_min, 0.08F, 1e-6);
  EXPECT_EQ(settings("sr(4,mean)", 3.0F).sigma_min, 0.8F);
  EXPECT_EQ(settings("inpaint(box:8x8)", 0.0F).renoise, 0.3F);
  EXPECT_EQ(settings("inpaint(box:8x8)", 0.04F).renoise, 0.85F);
  EXPECT_EQ(settings("inpaint(box:14x14)", 0.0F).renoise, 1.0F);
  EXPECT_EQ(settings("mri(4)", 0.0F).renoise, 0.3F);  // missing columns of a spectrum are no hole
  EXPECT_EQ(settings("denoise", 0.04F).renoise, 0.0F);
  EXPECT_EQ(settings("jpeg:20", 0.04F).scheme, VmlMapOptions::Scheme::descent);
}

TEST(DiffPirSettings, FollowTheKindOfTask) {
  const auto lambda = [](const char* task) {
    return diffpir_settings(*Task::parse(task).build({1, 3, 16, 16})).lambda;
  };
  EXPECT_EQ(lambda("inpaint(rows:2)"), 1.0F);
  EXPECT_EQ(lambda("sr(4,bicubic)"), 8.0F);
  EXPECT_EQ(lambda("blur(gaussian:5,1)"), 7.0F);
}

}  // namespace
}  // namespace modeseek
