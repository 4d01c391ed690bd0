#include "priors/convert.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>

#include "checkpoints/checkpoint.hpp"
#include "modeseek/error.hpp"
#include "modeseek/prior.hpp"
#include "priors/golden.hpp"

namespace modeseek {
namespace {

namespace fs = std::filesystem;
using checkpoints::DType;

std::string data(const std::string& name) {
  return std::string(MODESEEK_TEST_DATA) + "/networks/" + name;
}

/// In float32 on every processor.
LoadedPrior load_exactly(const std::string& path) {
  PriorOptions options;
  options.precision = Precision::float32;
  return load_prior(path, options);
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
    const LoadedPrior prior = load_exactly(file("one.safetensors"));
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
  const LoadedPrior prior = load_exactly(file("adm.safetensors"));
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

}  // namespace
}  // namespace modeseek
