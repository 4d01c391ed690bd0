#include <gtest/gtest.h>

#include "modeseek/error.hpp"
#include "networks/edm.hpp"
#include "networks/families.hpp"
#include "networks/guided_diffusion.hpp"

namespace modeseek::networks {
namespace {

using checkpoints::Checkpoint;

/// Names and shapes alone: detection looks at nothing else.
class ShapesOnly {
 public:
  ShapesOnly& add(const std::string& name, std::vector<std::int64_t> shape) {
    checkpoint_.tensors[name].shape = std::move(shape);
    return *this;
  }
  const Checkpoint& get() const { return checkpoint_; }

 private:
  Checkpoint checkpoint_;
};

/// What a decoder's blocks say of a guided-diffusion network with residual resampling.
ShapesOnly guided(std::int64_t channels, std::int64_t blocks, const std::vector<double>& mult,
                  const std::vector<std::int64_t>& reductions, bool classes) {
  ShapesOnly file;
  file.add("time_embed.0.weight", {4 * channels, channels});
  file.add("input_blocks.0.0.weight",
           {static_cast<std::int64_t>(mult[0] * 1.0) * channels, 3, 3, 3});
  file.add("out.2.weight", {6, channels, 3, 3});
  file.add("input_blocks.1.0.emb_layers.1.weight", {2 * channels, 4 * channels});
  file.add("input_blocks.1.0.in_layers.2.weight", {channels, channels, 3, 3});
  if (classes) file.add("label_emb.weight", {1000, 4 * channels});
  std::int64_t index = 0;
  for (std::size_t level = mult.size(); level-- > 0;) {
    const auto width = static_cast<std::int64_t>(mult[level] * static_cast<double>(channels));
    const bool attention =
        std::count(reductions.begin(), reductions.end(), std::int64_t{1} << level) > 0;
    for (std::int64_t i = 0; i <= blocks; ++i, ++index) {
      const std::string name = "output_blocks." + std::to_string(index) + ".";
      file.add(name + "0.in_layers.2.weight", {width, 1, 3, 3});
      if (attention) file.add(name + "1.qkv.weight", {3 * width, width, 1});
      if (level > 0 && i == blocks) {
        file.add(name + (attention ? "2" : "1") + ".in_layers.2.weight", {width, width, 3, 3});
      }
    }
  }
  return file;
}

struct KnownCase {
  std::int64_t channels;
  std::int64_t blocks;
  std::vector<double> mult;
  std::vector<std::int64_t> reductions;
  bool classes;
  std::int64_t resolution;
  const char* schedule;
  std::optional<std::int64_t> head_channels;
  bool new_order;
};

TEST(GuidedDiffusionDetection, RecognisesThePublishedCheckpoints) {
  const std::vector<KnownCase> cases{
      {192, 3, {1, 2, 3, 4}, {2, 4, 8}, true, 64, "cosine", 64, true},
      {256, 2, {1, 1, 2, 3, 4}, {4, 8, 16}, true, 128, "linear", std::nullopt, false},
      {256, 2, {1, 1, 2, 2, 4, 4}, {8, 16, 32}, true, 256, "linear", 64, false},
      {256, 2, {1, 1, 2, 2, 4, 4}, {8, 16, 32}, false, 256, "linear", 64, false},
      {256, 2, {0.5, 1, 1, 2, 2, 4, 4}, {16, 32, 64}, true, 512, "linear", 64, false},
      {128, 1, {1, 1, 2, 2, 4, 4}, {16}, false, 256, "linear", 64, false}};
  for (const KnownCase& known : cases) {
    std::vector<std::string> notes;
    const ShapesOnly file =
        guided(known.channels, known.blocks, known.mult, known.reductions, known.classes);
    const nlohmann::json config = detect_guided_diffusion(file.get(), {}, notes);
    const AdmArchitecture architecture = read_adm_architecture({"file", config});
    EXPECT_EQ(architecture.resolution, known.resolution);
    EXPECT_EQ(architecture.model_channels, known.channels);
    EXPECT_EQ(architecture.num_res_blocks, known.blocks);
    EXPECT_EQ(architecture.head_channels, known.head_channels);
    EXPECT_EQ(architecture.new_attention_order, known.new_order);
    EXPECT_EQ(config.at("noise_schedule"), known.schedule);
    EXPECT_TRUE(architecture.learn_sigma && architecture.scale_shift);
    EXPECT_TRUE(architecture.resblock_updown);
    ASSERT_EQ(architecture.attention.size(), known.mult.size());
    for (std::size_t level = 0; level < known.mult.size(); ++level) {
      const bool expected = std::count(known.reductions.begin(), known.reductions.end(),
                                       std::int64_t{1} << level) > 0;
      EXPECT_EQ(architecture.attention[level], expected) << level;
      EXPECT_EQ(architecture.level_channels[level],
                static_cast<std::int64_t>(known.mult[level] * static_cast<double>(known.channels)));
    }
    ASSERT_EQ(notes.size(), 1U);
    EXPECT_TRUE(notes[0].starts_with("recognised by its shapes as")) << notes[0];
  }
}

TEST(GuidedDiffusionDetection, SaysWhatItAssumesUnlessTheCallerSetsIt) {
  const ShapesOnly file = guided(64, 1, {1, 2}, {2}, false);
  std::vector<std::string> notes;
  detect_guided_diffusion(file.get(), {}, notes);
  ASSERT_EQ(notes.size(), 1U);
  EXPECT_NE(notes[0].find("num_head_channels=64"), std::string::npos) << notes[0];
  EXPECT_NE(notes[0].find("image_size=64"), std::string::npos) << notes[0];

  NetworkOptions options;
  options.config = {{"num_head_channels", 32}, {"image_size", 32}};
  notes.clear();
  detect_guided_diffusion(file.get(), options, notes);
  ASSERT_EQ(notes.size(), 1U);
  EXPECT_EQ(notes[0].find("num_head_channels"), std::string::npos) << notes[0];
}

TEST(FamilyDetection, GoesByTensorNames) {
  EXPECT_EQ(family_of(ShapesOnly().add("model.map_layer0.weight", {1, 1}).get()), "edm");
  EXPECT_EQ(family_of(ShapesOnly().add("time_embed.0.weight", {1, 1}).get()), "guided-diffusion");
  EXPECT_EQ(family_of(ShapesOnly().add("time_embedding.linear_1.weight", {1, 1}).get()),
            "diffusers");
  EXPECT_THROW(family_of(ShapesOnly().add("conv.weight", {1, 1}).get()), FileError);
  EXPECT_THROW(build_network(ShapesOnly().add("conv.weight", {1, 1}).get()), FileError);
}

}  // namespace
}  // namespace modeseek::networks
