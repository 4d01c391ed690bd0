#include <gtest/gtest.h>

#include "checkpoints/files.hpp"

namespace modeseek::checkpoints {
namespace {

TEST(NetworkObject, YieldsTensorsUnderTheNamesOfTheStateDict) {
  const Checkpoint checkpoint = open_checkpoint(fixture("network.pkl").string());
  expect_same_tensors(checkpoint, open_checkpoint(fixture("network.expected").string()));
  EXPECT_EQ(checkpoint.weights_key, "ema");
  EXPECT_TRUE(checkpoint.contains("model.enc.8x8_conv.resample_filter"));
  EXPECT_FALSE(checkpoint.contains("model.enc.8x8_conv.cache")) << "not in a state dict";
}

TEST(NetworkObject, YieldsTheConstructorArguments) {
  const Checkpoint checkpoint = open_checkpoint(fixture("network.pkl").string());
  const nlohmann::json expected = {
      {"family", "edm"},         {"precond", "EDMPrecond"}, {"img_resolution", 8},
      {"img_channels", 3},       {"label_dim", 0},          {"use_fp16", false},
      {"model_channels", 2},     {"channel_mult", {1, 2}},  {"dropout", 0.13},
      {"sigma_min", 0},          {"sigma_max", "inf"},      {"sigma_data", 0.5},
      {"model_type", "SongUNet"}};
  EXPECT_EQ(checkpoint.config, expected);
  EXPECT_EQ(checkpoint.family, "edm");
}

TEST(NetworkObject, RefusesEveryTruncation) {
  expect_every_truncation_refused(read_text(fixture("network.pkl")));
}

}  // namespace
}  // namespace modeseek::checkpoints
