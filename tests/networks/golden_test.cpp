// Networks against the public implementations' results: tests/data/networks/README.md.
#include "priors/golden.hpp"

#include <gtest/gtest.h>

#include <ostream>

#include "checkpoints/checkpoint.hpp"
#include "priors/network_prior.hpp"

namespace modeseek {
namespace {

struct Case {
  const char* folder;
  const char* golden = "golden.safetensors";
  std::optional<std::int64_t> label = {};
};

std::ostream& operator<<(std::ostream& out, const Case& c) {
  return out << c.folder << "/" << c.golden;
}

std::string data(const std::string& name) {
  return std::string(MODESEEK_TEST_DATA) + "/networks/" + name;
}

class Golden : public ::testing::TestWithParam<Case> {};

TEST_P(Golden, DenoisedAndVjpAgree) {
  networks::NetworkOptions options;
  options.class_label = GetParam().label;
  const std::string folder = data(GetParam().folder);
  priors::NetworkPrior prior(
      networks::build_network(checkpoints::open_checkpoint(folder), options));
  const priors::GoldenErrors errors =
      priors::compare_with_golden(prior, folder + "/" + GetParam().golden);
  EXPECT_LE(errors.denoised, 2e-4);
  EXPECT_LE(errors.vjp, 2e-4);
}

INSTANTIATE_TEST_SUITE_P(Architectures, Golden,
                         ::testing::Values(Case{"edm-ddpmpp"}, Case{"edm-ncsnpp"}, Case{"edm-vp"},
                                           Case{"edm-ve"},
                                           Case{"edm-skip", "golden.safetensors", 2},
                                           Case{"edm-skip", "golden_unconditional.safetensors"},
                                           Case{"edm-adm"}, Case{"adm-imagenet-style"},
                                           Case{"diffusers-ddpm"}, Case{"diffusers-resnet"},
                                           Case{"diffusers-ncsnpp"},
                                           Case{"diffusers-classes", "golden.safetensors", 3}));

/// What golden files compare must be able to fail: another class is another denoiser.
TEST(GoldenComparison, SeesAnotherClass) {
  networks::NetworkOptions options;
  options.class_label = 1;
  const std::string folder = data("edm-skip");
  priors::NetworkPrior prior(
      networks::build_network(checkpoints::open_checkpoint(folder), options));
  EXPECT_GT(priors::compare_with_golden(prior, folder + "/golden.safetensors").denoised, 1e-3);
}

/// The library renamed the layers of its attention in 0.15; published folders have either names.
TEST(OldDiffusersNames, AttentionIsFound) {
  const std::string folder = data("diffusers-ddpm");
  checkpoints::Checkpoint checkpoint = checkpoints::open_checkpoint(folder);
  std::size_t renamed = 0;
  for (const auto& [current, old] : {std::pair{".to_q.", ".query."},
                                     {".to_k.", ".key."},
                                     {".to_v.", ".value."},
                                     {".to_out.0.", ".proj_attn."}}) {
    const std::map<std::string, checkpoints::TensorEntry> tensors = std::move(checkpoint.tensors);
    checkpoint.tensors.clear();
    for (const auto& [original, entry] : tensors) {
      std::string name = original;
      const std::size_t place = name.find(current);
      if (place != std::string::npos) {
        name.replace(place, std::string(current).size(), old);
        ++renamed;
      }
      checkpoint.tensors[name] = entry;
    }
  }
  EXPECT_GT(renamed, 8U);
  priors::NetworkPrior prior(networks::build_network(checkpoint));
  EXPECT_LE(priors::compare_with_golden(prior, folder + "/golden.safetensors").denoised, 2e-4);
}

/// The same weights without their configuration: all but the heads is in the shapes.
TEST(BareStateDict, GuidedDiffusionNeedsOnlyTheHeads) {
  const std::string folder = data("adm-imagenet-style");
  networks::NetworkOptions options;
  options.config = {{"num_head_channels", -1}};
  priors::NetworkPrior prior(networks::build_network(
      checkpoints::open_checkpoint(folder + "/model.safetensors"), options));
  const priors::GoldenErrors errors =
      priors::compare_with_golden(prior, folder + "/golden.safetensors");
  EXPECT_LE(errors.denoised, 2e-4);
  EXPECT_LE(errors.vjp, 2e-4);
}

TEST(BareStateDict, EdmNeedsNothing) {
  for (const char* name : {"edm-ddpmpp", "edm-ncsnpp", "edm-adm"}) {
    const std::string folder = data(name);
    priors::NetworkPrior prior(
        networks::build_network(checkpoints::open_checkpoint(folder + "/model.safetensors")));
    const priors::GoldenErrors errors =
        priors::compare_with_golden(prior, folder + "/golden.safetensors");
    EXPECT_LE(errors.denoised, 2e-4) << name;
    EXPECT_LE(errors.vjp, 2e-4) << name;
  }
}

}  // namespace
}  // namespace modeseek
