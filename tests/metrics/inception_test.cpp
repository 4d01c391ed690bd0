#include <gtest/gtest.h>
#include <unistd.h>

#include <cmath>
#include <filesystem>

#include "metrics/convert_weights.hpp"
#include "metrics/formula_weights.hpp"
#include "metrics/inception_network.hpp"
#include "modeseek/error.hpp"
#include "modeseek/fid.hpp"
#include "modeseek/image.hpp"

namespace modeseek {
namespace {

using test::formula_checkpoint;

// pytorch-fid 0.3.0's network and clean-fid 0.1.35's resizing, on the same weights
// (make_golden.py).
TEST(Inception, AgreesWithPytorchFidOnCleanFidsResizing) {
  const std::string path =
      testing::TempDir() + "inception-" + std::to_string(getpid()) + ".safetensors";
  metrics::convert_weights(formula_checkpoint("inception.txt"), path, std::nullopt);
  Inception inception(path);
  std::filesystem::remove(path);
  const Tensor expected = read_npy(MODESEEK_TEST_DATA "/metrics/inception_features.npy");
  for (std::int64_t n = 0; n < 2; ++n) {
    const Tensor picture =
        read_image(MODESEEK_TEST_DATA "/noise/kodak0" + std::to_string(n + 1) + ".png").pixels;
    const std::vector<float> found = inception.features(picture);
    ASSERT_EQ(found.size(), 2048U);
    double error = 0;
    double size = 0;
    for (std::size_t i = 0; i < found.size(); ++i) {
      const double e = static_cast<double>(expected(0, 0, n, static_cast<std::int64_t>(i)));
      error += (static_cast<double>(found[i]) - e) * (static_cast<double>(found[i]) - e);
      size += e * e;
    }
    EXPECT_LE(std::sqrt(error / size), 1e-5) << n;
  }
  EXPECT_THROW(inception.features(Tensor(Shape{2, 3, 40, 40})), InvalidArgument);
  EXPECT_THROW(inception.features(Tensor(Shape{1, 4, 40, 40})), InvalidArgument);
}

TEST(InceptionNetwork, ChecksTensorsOfEveryKind) {
  const checkpoints::Checkpoint whole = formula_checkpoint("inception.txt");
  for (const char* name : {"Conv2d_1a_3x3.conv.weight", "Mixed_5b.branch5x5_2.bn.weight",
                           "Mixed_6b.branch7x7_2.bn.bias", "Mixed_7a.branch3x3_2.bn.running_mean",
                           "Mixed_7c.branch_pool.bn.running_var"}) {
    ASSERT_TRUE(whole.contains(name));
    checkpoints::Checkpoint changed = whole;
    changed.tensors.erase(name);
    EXPECT_THROW(metrics::InceptionNetwork{changed}, FileError) << name;
    test::reshape_tensor(changed, name, {3});
    EXPECT_THROW(metrics::InceptionNetwork{changed}, FileError) << name;
  }
}

}  // namespace
}  // namespace modeseek
