// What the names of an EDM checkpoint's tensors tell.

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "networks/edm.hpp"

namespace modeseek::networks {
namespace {

/// Names and shapes of a small network below `prefix`: detection looks at nothing else.
checkpoints::Checkpoint small_network(const std::string& prefix) {
  checkpoints::Checkpoint checkpoint;
  const auto add = [&](const std::string& name, std::vector<std::int64_t> shape) {
    checkpoint.tensors[prefix + name].shape = std::move(shape);
  };
  add("map_layer0.weight", {64, 16});
  add("enc.8x8_conv.weight", {16, 3, 3, 3});
  add("enc.8x8_block0.conv0.weight", {16, 16, 3, 3});
  add("out_norm.weight", {16});
  return checkpoint;
}

struct Place {
  const char* network;  ///< what precedes the names of the network
  const char* levels;   ///< the table of noise levels
};

class EdmLevels : public testing::TestWithParam<Place> {};

/// Whatever wraps the preconditioning wraps its table as well.
TEST_P(EdmLevels, TellThatItIsIddpm) {
  checkpoints::Checkpoint checkpoint = small_network(GetParam().network);
  std::vector<std::string> notes;
  EXPECT_EQ(detect_edm(checkpoint, {}, notes).at("precond"), "EDMPrecond");
  EXPECT_EQ(notes.size(), 1U) << "what was assumed";

  notes.clear();
  checkpoint.tensors[GetParam().levels].shape = {1001};
  EXPECT_EQ(detect_edm(checkpoint, {}, notes).at("precond"), "iDDPMPrecond");
  EXPECT_TRUE(notes.empty());
}

INSTANTIATE_TEST_SUITE_P(Wrappers, EdmLevels,
                         testing::Values(Place{"", "u"}, Place{"model.", "u"},
                                         Place{"module.", "module.u"}, Place{"ema.model.", "ema.u"},
                                         Place{"module.model.", "module.u"}));

/// A table of that name elsewhere is not the network's.
TEST(EdmDetection, LevelsOfSomethingElseDoNotCount) {
  checkpoints::Checkpoint checkpoint = small_network("ema.model.");
  checkpoint.tensors["u"].shape = {1001};
  std::vector<std::string> notes;
  EXPECT_EQ(detect_edm(checkpoint, {}, notes).at("precond"), "EDMPrecond");
}

}  // namespace
}  // namespace modeseek::networks
