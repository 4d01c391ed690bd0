#include "modeseek/lpips.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <limits>

#include "metrics/convert_weights.hpp"
#include "metrics/formula_weights.hpp"
#include "metrics/lpips_network.hpp"
#include "modeseek/error.hpp"
#include "modeseek/image.hpp"

namespace modeseek {
namespace {

using test::formula_checkpoint;

/// An Lpips from a file, as a user has it.
class LpipsTest : public testing::Test {
 protected:
  ~LpipsTest() override { std::filesystem::remove(path_); }

  Lpips make(const std::string& manifest) {
    metrics::convert_weights(formula_checkpoint(manifest), path_, std::nullopt);
    return Lpips(path_);
  }

  /// tests/data/metrics/pictures.npy: clean, noisy, blurred, on [-1, 1].
  static Tensor stored(std::int64_t n) {
    Tensor all = read_npy(MODESEEK_TEST_DATA "/metrics/pictures.npy");
    for (float& value : all.values()) value = 2 * value - 1;
    return all.copy_sample(n);
  }

  static Tensor kodak(const std::string& number) {
    return read_image(MODESEEK_TEST_DATA "/noise/kodak" + number + ".png").pixels;
  }

  static Tensor red(const Tensor& rgb) {
    const auto plane = rgb.plane(0, 0);
    return Tensor(Shape{1, 1, rgb.shape().h, rgb.shape().w},
                  std::vector<float>(plane.begin(), plane.end()));
  }

  const std::string path_ =
      testing::TempDir() + "lpips-" + std::to_string(getpid()) + ".safetensors";
};

// Expected values by the lpips package 0.1.4 with PyTorch (make_golden.py).
TEST_F(LpipsTest, AgreesWithThePackageOnAlexNet) {
  Lpips lpips = make("lpips_alex.txt");
  EXPECT_NEAR(lpips(stored(0), stored(1)), 0.089404374, 1e-5);
  EXPECT_NEAR(lpips(stored(0), stored(2)), 0.001105794, 1e-5);
  EXPECT_NEAR(lpips(kodak("01"), kodak("02")), 2.078327656, 1e-5);
  EXPECT_NEAR(lpips(red(stored(0)), red(stored(1))), 0.079872072, 1e-5);
}

TEST_F(LpipsTest, AgreesWithThePackageOnVgg) {
  Lpips lpips = make("lpips_vgg.txt");
  EXPECT_NEAR(lpips(stored(0), stored(1)), 0.128762797, 1e-5);
  EXPECT_NEAR(lpips(stored(0), stored(2)), 0.004013292, 1e-5);
  EXPECT_NEAR(lpips(kodak("01"), kodak("02")), 1.169490576, 1e-5);
  EXPECT_NEAR(lpips(red(stored(0)), red(stored(1))), 0.169994354, 1e-5);
}

TEST_F(LpipsTest, IsSymmetricZeroForEqualPicturesAndTheMeanOverSamples) {
  Lpips lpips = make("lpips_alex.txt");
  const double noisy = lpips(stored(0), stored(1));
  const double blurred = lpips(stored(0), stored(2));
  EXPECT_EQ(lpips(stored(0), stored(0)), 0.0);
  EXPECT_NEAR(lpips(stored(1), stored(0)), noisy, 1e-12);
  const Tensor twice = concat_samples(std::vector<Tensor>{stored(0), stored(0)});
  const Tensor others = concat_samples(std::vector<Tensor>{stored(1), stored(2)});
  EXPECT_NEAR(lpips(twice, others), (noisy + blurred) / 2, 1e-12);
}

TEST_F(LpipsTest, RefusesPicturesThatItCannotCompare) {
  Lpips lpips = make("lpips_alex.txt");
  EXPECT_THROW(lpips(stored(0), red(stored(0))), InvalidArgument);
  EXPECT_THROW(lpips({}, {}), InvalidArgument);
  const Tensor broken(stored(0).shape(), std::numeric_limits<float>::quiet_NaN());
  EXPECT_THROW(lpips(stored(0), broken), InvalidArgument);
  EXPECT_THROW(lpips.check({1, 2, 64, 64}), InvalidArgument);
  EXPECT_THROW(lpips.check({1, 3, 30, 64}), InvalidArgument);
  EXPECT_NO_THROW(lpips.check({1, 1, 31, 31}));
}

TEST_F(LpipsTest, TellsItsMemory) {
  Lpips lpips = make("lpips_vgg.txt");
  // VGG's first stage holds 64 channels of each picture on the host and 64 twice in the engine.
  const std::uint64_t map = std::uint64_t{4} * 64 * 512 * 512;
#if defined(__x86_64__)
  constexpr std::uint64_t allowed = 8;
#else
  constexpr std::uint64_t allowed = 12;  // oneDNN copies pixels to multiply matrices
#endif
  const std::uint64_t small = lpips.memory_bytes({1, 3, 64, 64});
  const std::uint64_t large = lpips.memory_bytes({1, 3, 512, 512});
  EXPECT_GT(large, small);
  EXPECT_GT(large - small, 3 * map);
  EXPECT_LT(large, allowed * map);
  EXPECT_THROW(lpips.memory_bytes({1, 2, 64, 64}), InvalidArgument);
}

TEST(LpipsNetwork, ChecksEveryTensor) {
  for (const char* manifest : {"lpips_alex.txt", "lpips_vgg.txt"}) {
    const checkpoints::Checkpoint whole = formula_checkpoint(manifest);
    for (const auto& [name, entry] : whole.tensors) {
      if (!metrics::is_lpips_tensor(name)) continue;
      checkpoints::Checkpoint changed = whole;
      changed.tensors.erase(name);
      EXPECT_THROW(metrics::LpipsNetwork{changed}, FileError) << name;
      test::reshape_tensor(changed, name, {1, 2, 3});
      EXPECT_THROW(metrics::LpipsNetwork{changed}, FileError) << name;
    }
  }
}

TEST(LpipsNetwork, RefusesOtherNetworksByName) {
  checkpoints::Checkpoint other = formula_checkpoint("lpips_alex.txt");
  other.tensors.erase("net.slice2.3.weight");
  try {
    metrics::LpipsNetwork{other};
    FAIL();
  } catch (const FileError& error) {
    EXPECT_NE(std::string(error.what()).find("AlexNet or VGG16"), std::string::npos);
  }
}

}  // namespace
}  // namespace modeseek
