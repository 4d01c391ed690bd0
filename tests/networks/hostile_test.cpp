// Configurations and files that lie: one FileError that names file and tensor or entry.
#include <gtest/gtest.h>

#include "checkpoints/checkpoint.hpp"
#include "modeseek/error.hpp"
#include "networks/network.hpp"

namespace modeseek::networks {
namespace {

using checkpoints::Checkpoint;

Checkpoint open(const std::string& name) {
  return checkpoints::open_checkpoint(std::string(MODESEEK_TEST_DATA) + "/networks/" + name);
}

std::string message_of(const Checkpoint& checkpoint, const NetworkOptions& options = {}) {
  try {
    build_network(checkpoint, options);
  } catch (const Error& error) {
    return error.what();
  }
  return "nothing was thrown";
}

TEST(HostileNetwork, MissingTensorIsNamed) {
  Checkpoint checkpoint = open("edm-vp");
  checkpoint.tensors.erase("model.enc.8x8_down.conv1.weight");
  const std::string message = message_of(checkpoint);
  EXPECT_NE(message.find("model.enc.8x8_down.conv1.weight"), std::string::npos) << message;
  EXPECT_TRUE(message.starts_with(checkpoint.path)) << message;
}

TEST(HostileNetwork, WrongShapeIsNamedWithBothShapes) {
  Checkpoint checkpoint = open("diffusers-resnet");
  checkpoint.tensors.at("conv_in.weight").shape = {8, 1, 9, 1};
  const std::string message = message_of(checkpoint);
  EXPECT_NE(message.find("conv_in.weight"), std::string::npos) << message;
  EXPECT_NE(message.find("[8,1,3,3]"), std::string::npos) << message;
  EXPECT_NE(message.find("[8,1,9,1]"), std::string::npos) << message;
}

/// Every entry in turn becomes something absurd; nothing but a library error may come of it.
void expect_errors_only(const std::string& folder) {
  const std::vector<nlohmann::json> absurd{-1,
                                           0,
                                           1.5,
                                           1e18,
                                           "x",
                                           true,
                                           nullptr,
                                           nlohmann::json::array(),
                                           nlohmann::json::object(),
                                           {1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1},
                                           {65536, 65536},
                                           "1,2,x"};
  const Checkpoint original = open(folder);
  NetworkOptions options;
  options.examine_only = true;
  for (const auto& [name, value] : original.config.items()) {
    for (const nlohmann::json& replacement : absurd) {
      Checkpoint checkpoint = original;
      checkpoint.config[name] = replacement;
      try {
        build_network(checkpoint, options);
      } catch (const Error&) {
        // Expected of most; an entry that does not matter may be anything.
      }
    }
  }
}

TEST(HostileNetwork, AbsurdConfigurationsGiveErrorsOnly) {
  expect_errors_only("edm-skip");
  expect_errors_only("diffusers-classes");
  expect_errors_only("diffusers-resnet");
  expect_errors_only("diffusers-ncsnpp");
}

TEST(HostileNetwork, SideBranchesRunThroughAllBlocksOrNone) {
  const auto message_with = [](const char* entry, const nlohmann::json& value) {
    Checkpoint checkpoint = open("diffusers-ncsnpp");
    checkpoint.config[entry] = value;
    return message_of(checkpoint);
  };
  EXPECT_NE(message_with("up_block_types", {"UpBlock2D", "AttnSkipUpBlock2D"})
                .find("'down_block_types': expected blocks with a skip branch throughout"),
            std::string::npos);
  EXPECT_NE(message_with("out_channels", 6).find("'in_channels': expected 3"), std::string::npos);
  EXPECT_NE(message_with("scheduler", {{"_class_name", "DDPMScheduler"}})
                .find("expected ScoreSdeVeScheduler"),
            std::string::npos);
  EXPECT_NE(message_with("scheduler", {{"sigma_min", 2}, {"sigma_max", 1}}).find("'sigma_max'"),
            std::string::npos);
}

TEST(HostileNetwork, AbsurdGuidedDiffusionConfigurationsGiveErrorsOnly) {
  expect_errors_only("adm-imagenet-style");
}

TEST(HostileNetwork, ClassLabelsAreChecked) {
  NetworkOptions options;
  options.class_label = 5;
  EXPECT_EQ(message_of(open("edm-skip"), options), "class: expected 0 to 4, found 5");
  EXPECT_EQ(message_of(open("edm-vp"), options), "class 5: the network is not class-conditional");
  EXPECT_NE(message_of(open("diffusers-classes")).find("choose a class, 0 to 4"),
            std::string::npos);
}

TEST(HostileNetwork, UnknownFamilyIsNamed) {
  Checkpoint checkpoint = open("edm-vp");
  checkpoint.family = "stable-diffusion";
  EXPECT_NE(message_of(checkpoint).find("unknown family 'stable-diffusion'"), std::string::npos);
}

}  // namespace
}  // namespace modeseek::networks
