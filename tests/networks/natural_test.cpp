// The natural family: what a file may ask for, and what is refused.

#include "networks/natural.hpp"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "modeseek/error.hpp"

namespace modeseek::networks {
namespace {

checkpoints::Checkpoint tiny() {
  return checkpoints::open_checkpoint(MODESEEK_TEST_DATA "/natural/tiny.safetensors");
}

/// The message of the FileError that building this checkpoint throws.
std::string refusal(const checkpoints::Checkpoint& checkpoint) {
  try {
    build_natural(checkpoint);
  } catch (const FileError& error) {
    return error.what();
  }
  return "nothing was refused";
}

TEST(Natural, BuildsFromItsConfiguration) {
  const Network network = build_natural(tiny());
  EXPECT_EQ(network.channels, 3);
  EXPECT_EQ(network.size_multiple, 4);
  EXPECT_FALSE(network.fixed_size.has_value());
  EXPECT_EQ(network.preconditioning.name, "edm");
  EXPECT_FLOAT_EQ(network.preconditioning.range.min, 0.002F);
  EXPECT_FLOAT_EQ(network.preconditioning.range.max, 80.0F);
  EXPECT_EQ(engine::parameter_count(network.graph), tiny().parameter_count());
}

TEST(Natural, ThatDoesNotFoldPixelsTakesSmallerMultiples) {
  const checkpoints::Checkpoint file =
      checkpoints::open_checkpoint(MODESEEK_TEST_DATA "/natural/tiny_unfolded.safetensors");
  const Network network = build_natural(file);
  EXPECT_EQ(network.channels, 3);
  EXPECT_EQ(network.size_multiple, 2);
  EXPECT_EQ(engine::parameter_count(network.graph), file.parameter_count());
}

TEST(Natural, RefusesConfigurationsOutOfRange) {
  const std::vector<std::pair<std::string, nlohmann::json>> entries{
      {"version", 2},
      {"patch", 0},
      {"patch", 4},
      {"channels", 0},
      {"channels", 65},
      {"widths", nlohmann::json::array()},
      {"widths", {16}},
      {"widths", {16, -32}},
      {"widths", {16, 1000000}},
      {"widths", "wide"},
      {"widths", {1, 1, 1, 1, 1, 1, 1, 1, 1, 1}},
      {"encoder_blocks", {1, 1}},
      {"encoder_blocks", {-1}},
      {"decoder_blocks", {1000000}},
      {"middle_blocks", -1},
      {"middle_blocks", 1.5},
      {"embedding", 0},
      {"fourier", 9007199254740992.0},
      {"sigma_data", 0},
      {"sigma_data", "NaN"},
      {"sigma_min", 0},
      {"sigma_max", 0.001},
      {"embedding", nullptr}};
  for (const auto& [name, value] : entries) {
    checkpoints::Checkpoint checkpoint = tiny();
    checkpoint.config[name] = value;
    const std::string message = refusal(checkpoint);
    EXPECT_NE(message.find("configuration '" + name + "'"), std::string::npos)
        << name << " = " << value << ": " << message;
  }
}

TEST(Natural, RefusesTensorsThatAreMissingOrOfAnotherShape) {
  checkpoints::Checkpoint missing = tiny();
  missing.tensors.erase("mid.0.conv2.weight");
  EXPECT_NE(refusal(missing).find("mid.0.conv2.weight"), std::string::npos);

  checkpoints::Checkpoint wider = tiny();
  wider.config["widths"] = {16, 48};
  EXPECT_NE(refusal(wider).find("down.0.weight"), std::string::npos) << refusal(wider);

  checkpoints::Checkpoint deeper = tiny();
  deeper.config["middle_blocks"] = 2;
  EXPECT_NE(refusal(deeper).find("mid.1."), std::string::npos) << refusal(deeper);
}

TEST(Natural, HasNoClasses) {
  NetworkOptions options;
  options.class_label = 3;
  EXPECT_THROW(build_natural(tiny(), options), InvalidArgument);
}

}  // namespace
}  // namespace modeseek::networks
