#include "metrics/convert_weights.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>

#include "metrics/formula_weights.hpp"
#include "modeseek/error.hpp"

namespace modeseek::metrics {
namespace {

using checkpoints::Checkpoint;
using test::formula_checkpoint;

TEST(ConvertWeights, TellsTheFamilyByTheTensors) {
  EXPECT_EQ(weights_family(formula_checkpoint("lpips_alex.txt")), "lpips-alex");
  EXPECT_EQ(weights_family(formula_checkpoint("lpips_vgg.txt")), "lpips-vgg");
  EXPECT_EQ(weights_family(formula_checkpoint("inception.txt")), "fid-inception");
  EXPECT_EQ(weights_family(Checkpoint{}), "");
}

TEST(ConvertWeights, KeepsWhatIsReadAndNothingElse) {
  const std::string path =
      testing::TempDir() + "weights-" + std::to_string(getpid()) + ".safetensors";
  Checkpoint checkpoint = formula_checkpoint("lpips_alex.txt");
  test::reshape_tensor(checkpoint, "scaling_layer.shift", {1, 3, 1, 1});
  convert_weights(checkpoint, path, checkpoints::DType::f16);
  const Checkpoint written = checkpoints::open_checkpoint(path);
  std::filesystem::remove(path);
  EXPECT_EQ(written.tensors.size(), 15U);
  EXPECT_TRUE(written.contains("lin4.model.1.weight"));
  EXPECT_FALSE(written.contains("lins.4.model.1.weight"));
  EXPECT_FALSE(written.contains("scaling_layer.shift"));
  EXPECT_EQ(written.at("net.slice3.6.weight").type, checkpoints::DType::f16);
  EXPECT_EQ(written.config["family"], "lpips-alex");
}

TEST(ConvertWeights, WritesNothingUnusable) {
  const std::string path =
      testing::TempDir() + "unusable-" + std::to_string(getpid()) + ".safetensors";
  Checkpoint checkpoint = formula_checkpoint("lpips_alex.txt");
  checkpoint.tensors.erase("net.slice5.10.bias");
  EXPECT_THROW(convert_weights(checkpoint, path, std::nullopt), FileError);
  EXPECT_FALSE(std::filesystem::exists(path));
}

}  // namespace
}  // namespace modeseek::metrics
