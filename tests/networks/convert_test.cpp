#include "priors/convert.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cmath>
#include <filesystem>

#include "checkpoints/write_safetensors.hpp"
#include "modeseek/error.hpp"
#include "modeseek/prior.hpp"
#include "priors/golden.hpp"

namespace modeseek {
namespace {

namespace fs = std::filesystem;
using checkpoints::Checkpoint;
using checkpoints::DType;

std::string data(const std::string& name) {
  return std::string(MODESEEK_TEST_DATA) + "/networks/" + name;
}

class Convert : public ::testing::Test {
 protected:
  Convert()
      : folder_(fs::temp_directory_path() / ("modeseek-convert-" + std::to_string(::getpid()))) {
    fs::create_directory(folder_);
  }
  ~Convert() override { fs::remove_all(folder_); }
  std::string file(const char* name) const { return (folder_ / name).string(); }

 private:
  fs::path folder_;
};

TEST_F(Convert, OneFileLoadsAtOnceAndAgrees) {
  for (const char* name : {"edm-ncsnpp", "diffusers-resnet"}) {
    priors::convert_checkpoint(data(name), file("one.safetensors"), DType::f16, {});
    const LoadedPrior prior = load_prior(file("one.safetensors"));
    const priors::GoldenErrors errors =
        priors::compare_with_golden(*prior.denoiser, data(name) + "/golden.safetensors");
    EXPECT_LE(errors.denoised, 2e-4) << name;
    EXPECT_TRUE(prior.info.notes.empty()) << name;
  }
}

TEST_F(Convert, KeepsWhatWasDetectedAndSet) {
  PriorOptions options;
  options.settings = {{"num_head_channels", "-1"}, {"image_size", "32"}};
  const auto notes = priors::convert_checkpoint(data("adm-imagenet-style/model.safetensors"),
                                                file("adm.safetensors"), {}, options);
  EXPECT_EQ(notes.size(), 1U);
  const LoadedPrior prior = load_prior(file("adm.safetensors"));
  EXPECT_TRUE(prior.info.notes.empty());
  EXPECT_EQ(prior.info.resolution, 32);
  const priors::GoldenErrors errors = priors::compare_with_golden(
      *prior.denoiser, data("adm-imagenet-style") + "/golden.safetensors");
  EXPECT_LE(errors.vjp, 2e-4);
}

TEST_F(Convert, ClassConditionalNetworksNeedNoClassHere) {
  priors::convert_checkpoint(data("diffusers-classes"), file("c.safetensors"), DType::bf16, {});
  PriorOptions options;
  options.class_label = 3;
  EXPECT_EQ(load_prior(file("c.safetensors"), options).info.classes, 5);
  EXPECT_THROW(load_prior(file("c.safetensors")), InvalidArgument);
}

TEST_F(Convert, WritesNothingThatCannotBeUsed) {
  EXPECT_THROW(
      priors::convert_checkpoint(data("edm-vp/golden.safetensors"), file("no.safetensors"), {}, {}),
      FileError);
  EXPECT_FALSE(fs::exists(file("no.safetensors")));
}

/// One matrix and one vector of the given values.
Checkpoint values(const std::vector<float>& numbers) {
  const auto storage = std::make_shared<std::vector<float>>(numbers);
  Checkpoint checkpoint;
  const auto count = static_cast<std::int64_t>(numbers.size());
  checkpoint.tensors["matrix"] = {DType::f32, {1, count}, std::as_bytes(std::span(*storage))};
  checkpoint.tensors["vector"] = {DType::f32, {count}, std::as_bytes(std::span(*storage))};
  checkpoint.storage = storage;
  return checkpoint;
}

TEST_F(Convert, RoundsToNearestEven) {
  // Halves between two numbers go to the even one; subnormal halves are kept.
  const std::vector<float> numbers{
      1.0F,     1.0F + 0x1p-11F, 1.0F + 0x3p-11F, -65504.0F,    0x1p-24F,
      0x1p-25F, 0x3p-25F,        0x1.ffap-15F,    0x1.fffp-15F, 0.0F};
  const std::vector<float> expected{1.0F, 1.0F,     1.0F + 0x2p-10F, -65504.0F, 0x1p-24F,
                                    0.0F, 0x1p-23F, 0x1.ff8p-15F,    0x1p-14F,  0.0F};
  write_safetensors(file("f16.safetensors"), values(numbers), {}, DType::f16);
  const Checkpoint read = checkpoints::open_checkpoint(file("f16.safetensors"));
  EXPECT_EQ(read.at("matrix").type, DType::f16);
  EXPECT_EQ(read.floats("matrix", {1, 10}), expected);
  EXPECT_EQ(read.at("vector").type, DType::f32) << "vectors keep their precision";
  EXPECT_EQ(read.floats("vector", {10}), numbers);
}

TEST_F(Convert, RoundsBfloat16ToNearestEven) {
  write_safetensors(file("b.safetensors"), values({1.0F + 0x1p-8F, 1.0F + 0x3p-8F, 3e38F, -2.5F}),
                    {}, DType::bf16);
  const std::vector<float> expected{1.0F, 1.0F + 0x2p-7F, 0x1.c4p+127F, -2.5F};
  EXPECT_EQ(checkpoints::open_checkpoint(file("b.safetensors")).floats("matrix", {1, 4}), expected);
}

TEST_F(Convert, RefusesValuesBeyondHalfPrecision) {
  EXPECT_THROW(write_safetensors(file("x.safetensors"), values({1.0F, 7e4F}), {}, DType::f16),
               FileError);
  EXPECT_FALSE(fs::exists(file("x.safetensors")));
}

}  // namespace
}  // namespace modeseek
