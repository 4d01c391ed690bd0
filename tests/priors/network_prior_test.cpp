// A network as a denoiser: against PyTorch, and what must hold at any size.

#include "priors/network_prior.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "checkpoints/checkpoint.hpp"
#include "core/threads.hpp"
#include "engine/engine.hpp"
#include "engine/size_rounding.hpp"
#include "modeseek/error.hpp"
#include "modeseek/prior.hpp"
#include "modeseek/random.hpp"
#include "torch/torchscript.hpp"

namespace modeseek {
namespace {

const std::string folder = MODESEEK_TEST_DATA "/natural/";

/// In float32, which finite differences and other implementations can be held against.
LoadedPrior tiny(const std::string& name = "tiny") {
  PriorOptions options;
  options.precision = Precision::float32;
  return load_prior(folder + name + ".safetensors", options);
}

Tensor random_tensor(const Shape& shape, std::uint64_t stream) {
  Tensor t(shape);
  Random(3, stream).fill_normal(t.values());
  return t;
}

Tensor golden_tensor(const checkpoints::Checkpoint& file, const std::string& name) {
  const std::vector<std::int64_t>& s = file.at(name).shape;
  return {{s.at(0), s.at(1), s.at(2), s.at(3)}, file.floats(name, s)};
}

/// Worst |found - expected| / |reference| over the samples.
double worst_error(const Tensor& found, const Tensor& expected, const Tensor& reference) {
  double worst = 0;
  const Tensor difference = found - expected;
  for (std::int64_t n = 0; n < found.shape().n; ++n)
    worst = std::max(worst, norm(difference.sample(n)) / norm(reference.sample(n)));
  return worst;
}

class Golden : public testing::TestWithParam<std::string> {};

TEST_P(Golden, AgreesWithPyTorch) {
  const checkpoints::Checkpoint golden =
      checkpoints::open_checkpoint(folder + GetParam() + "_golden.safetensors");
  const Tensor x = golden_tensor(golden, "x");
  const Tensor denoised = golden_tensor(golden, "denoised");
  const Tensor vjp = golden_tensor(golden, "vjp");
  const std::vector<float> sigma = golden.floats("sigma", {x.shape().n});
  const LoadedPrior prior = tiny(GetParam());
  EXPECT_LE(worst_error(prior.denoiser->denoise(x, sigma), denoised, denoised - x), 2e-4);
  const auto linearized = prior.denoiser->linearize(x, sigma);
  EXPECT_LE(worst_error(linearized->value(), denoised, denoised - x), 2e-4);
  EXPECT_LE(worst_error(linearized->pullback(golden_tensor(golden, "v")), vjp, vjp), 2e-4);
}

INSTANTIATE_TEST_SUITE_P(Networks, Golden, testing::Values("tiny", "tiny_unfolded"),
                         [](const auto& network) { return network.param; });

class AnySize : public testing::TestWithParam<std::pair<std::int64_t, std::int64_t>> {};

/// <v, D(x + h d) - D(x - h d)> / 2h = |g| for g = J^T v and d = g / |g|, padding and its adjoint
/// included. Along a random d instead <g, d> would be as small as the error that is allowed.
TEST_P(AnySize, PullbackIsTheDerivative) {
  const Shape shape{1, 3, GetParam().first, GetParam().second};
  const std::vector<float> sigma{0.7F};
  const LoadedPrior prior = tiny();
  const Tensor x = random_tensor(shape, 1);
  const Tensor v = random_tensor(shape, 2);
  const Tensor gradient = prior.denoiser->linearize(x, sigma)->pullback(v);
  const double slope = norm(gradient);
  const auto at = [&](double distance) {
    Tensor moved = x;
    add_scaled(moved, static_cast<float>(distance / slope), gradient);
    return dot(v, prior.denoiser->denoise(moved, sigma));
  };
  const double step = 5e-3 * std::sqrt(static_cast<double>(x.count()));
  EXPECT_NEAR((at(step) - at(-step)) / (2 * step), slope, 2e-3 * slope);
}

INSTANTIATE_TEST_SUITE_P(Sizes, AnySize,
                         testing::Values(std::pair{1, 1}, std::pair{1, 9}, std::pair{2, 3},
                                         std::pair{7, 5}, std::pair{16, 20}, std::pair{33, 18}));

TEST(NetworkPrior, ResultDoesNotDependOnTheBatch) {
  const LoadedPrior prior = tiny();
  const Tensor x = random_tensor({3, 3, 9, 14}, 4);
  const Tensor v = random_tensor({3, 3, 9, 14}, 5);
  const std::vector<float> sigma{0.05F, 1.0F, 20.0F};
  const auto batch = prior.denoiser->linearize(x, sigma);
  const Tensor value = batch->value();
  const Tensor gradient = batch->pullback(v);
  for (std::int64_t n = 0; n < 3; ++n) {
    const std::vector<float> level{sigma[static_cast<std::size_t>(n)]};
    const Tensor alone = prior.denoiser->denoise(x.copy_sample(n), level);
    EXPECT_EQ(norm(alone - value.copy_sample(n)), 0.0);
    const auto one = prior.denoiser->linearize(x.copy_sample(n), level);
    EXPECT_EQ(norm(one->pullback(v.copy_sample(n)) - gradient.copy_sample(n)), 0.0);
  }
}

void expect_same_for_threads(Precision precision) {
  const Tensor x = random_tensor({1, 3, 67, 90}, 6);
  const Tensor v = random_tensor({1, 3, 67, 90}, 7);
  const std::vector<float> sigma{0.3F};
  const auto run = [&](int count) {
    set_threads(count);
    PriorOptions options;
    options.precision = precision;
    const LoadedPrior prior = load_prior("natural", options);
    return prior.denoiser->linearize(x, sigma)->pullback(v);
  };
  const Tensor one = run(1);
  EXPECT_EQ(norm(one - run(2)), 0.0);
  EXPECT_EQ(norm(one - run(3)), 0.0);
  set_threads(0);
}

TEST(NetworkPrior, ResultDoesNotDependOnTheThreads) { expect_same_for_threads(Precision::float32); }

TEST(NetworkPrior, ResultDoesNotDependOnTheThreadsInBf16) {
  if (!engine::cpu_has_bfloat16()) GTEST_SKIP() << "no instructions for bf16";
  expect_same_for_threads(Precision::bf16);
}

/// At a noise level of 0.3 the network removes an error of that size; its own rounding, some 30
/// times 2^-9, is a hundredth of what it says about the noise, in the root mean square.
TEST(NetworkPrior, Bf16AgreesWithFloat32) {
  if (!engine::cpu_has_bfloat16()) GTEST_SKIP() << "no instructions for bf16";
  const Tensor x = random_tensor({1, 3, 67, 90}, 20);
  const Tensor v = random_tensor(x.shape(), 21);
  const auto run = [&](Precision precision) {
    PriorOptions options;
    options.precision = precision;
    const LoadedPrior prior = load_prior("natural", options);
    EXPECT_EQ(prior.info.precision, precision);
    const auto linearized = prior.denoiser->linearize(x, std::vector<float>{0.3F});
    return std::pair{linearized->value(), linearized->pullback(v)};
  };
  const auto [value, gradient] = run(Precision::float32);
  const auto [value16, gradient16] = run(Precision::bf16);
  EXPECT_LT(norm(value16 - value), 0.01 * norm(x - value));
  EXPECT_LT(norm(gradient16 - gradient), 0.03 * norm(gradient));
  EXPECT_GT(norm(value16 - value), 0.0) << "bf16 is not in use";
}

TEST(NetworkPrior, PullbackMayBeRepeated) {
  const LoadedPrior prior = tiny();
  const Tensor x = random_tensor({2, 3, 8, 12}, 8);
  const Tensor v = random_tensor({2, 3, 8, 12}, 9);
  const auto linearized = prior.denoiser->linearize(x, std::vector<float>{0.5F, 2.0F});
  const Tensor first = linearized->pullback(v);
  linearized->pullback(x);
  EXPECT_EQ(norm(linearized->pullback(v) - first), 0.0);
}

TEST(NetworkPrior, RefusesAPullbackThatIsOutOfDate) {
  const LoadedPrior prior = tiny();
  const Tensor x = random_tensor({1, 3, 8, 8}, 10);
  const std::vector<float> sigma{0.5F};
  const auto linearized = prior.denoiser->linearize(x, sigma);
  prior.denoiser->denoise(x, sigma);
  EXPECT_THROW(linearized->pullback(x), InvalidArgument);
}

TEST(NetworkPrior, ReleasedMemoryChangesNoResult) {
  const LoadedPrior prior = tiny();
  Denoiser& d = *prior.denoiser;
  const Tensor x = random_tensor({1, 3, 9, 14}, 24);
  const std::vector<float> sigma{0.5F};
  const Tensor value = d.denoise(x, sigma);
  const auto linearized = d.linearize(x, sigma);
  const Tensor gradient = linearized->pullback(x);
  d.release_memory();
  EXPECT_THROW(linearized->pullback(x), InvalidArgument) << "its activations are gone";
  EXPECT_EQ(norm(d.denoise(x, sigma) - value), 0.0);
  EXPECT_EQ(norm(d.linearize(x, sigma)->pullback(x) - gradient), 0.0);
}

TEST(NetworkPrior, RefusesWhatDoesNotFit) {
  const LoadedPrior prior = tiny();
  Denoiser& d = *prior.denoiser;
  const Tensor x = random_tensor({1, 3, 8, 8}, 11);
  const auto with = [](float s) { return std::vector<float>{s}; };
  EXPECT_THROW(d.denoise(random_tensor({1, 1, 8, 8}, 12), with(1.0F)), InvalidArgument);
  EXPECT_THROW(d.denoise(Tensor({0, 3, 8, 8}), {}), InvalidArgument);
  EXPECT_THROW(d.denoise(x, std::vector<float>{1.0F, 1.0F}), InvalidArgument);
  for (const float s : {0.0F, -1.0F, std::numeric_limits<float>::quiet_NaN(),
                        std::numeric_limits<float>::infinity()})
    EXPECT_THROW(d.denoise(x, with(s)), InvalidArgument) << s;
  EXPECT_THROW(d.linearize(x, with(1.0F))->pullback(random_tensor({1, 3, 8, 9}, 13)),
               InvalidArgument);
}

TEST(NetworkPrior, ForecastsMemory) {
  const LoadedPrior prior = tiny();
  const auto bytes = [&](std::int64_t n, std::int64_t side, bool vjp) {
    return static_cast<double>(prior.denoiser->memory_bytes({n, 3, side, side}, vjp));
  };
  EXPECT_GT(bytes(1, 64, true), 1.2 * bytes(1, 64, false));
  EXPECT_EQ(bytes(5, 64, false), bytes(1, 64, false));
  const double grown = (bytes(1, 256, true) - bytes(1, 128, true)) / (256 * 256 - 128 * 128);
  const double before = (bytes(1, 128, true) - bytes(1, 64, true)) / (128 * 128 - 64 * 64);
  EXPECT_NEAR(grown / before, 1.0, 0.02) << "bytes a pixel";
}

/// A VJP packs the weights twice, as they are and transposed; both are still there the next time.
TEST(NetworkPrior, PackedWeightsAreNotForecastAgain) {
  const LoadedPrior prior = tiny();
  const Tensor x = random_tensor({1, 3, 16, 16}, 25);
  const auto bytes = [&] { return prior.denoiser->memory_bytes(x.shape(), true); };
  const std::uint64_t first = bytes();
  prior.denoiser->linearize(x, std::vector<float>{0.5F})->pullback(x);
  const std::uint64_t second = bytes();
  EXPECT_LT(second, first);
  prior.denoiser->linearize(x, std::vector<float>{0.5F})->pullback(x);
  EXPECT_EQ(bytes(), second);
}

TEST(NetworkPrior, KeepsToItsMemoryWithTheSameResult) {
  const LoadedPrior loaded = tiny();
  auto& prior = dynamic_cast<priors::NetworkPrior&>(*loaded.denoiser);
  const Tensor x = random_tensor({1, 3, 50, 799}, 22);
  const Tensor v = random_tensor(x.shape(), 23);
  const std::vector<float> sigma{0.4F};
  const Tensor value = prior.denoise(x, sigma);
  const Tensor gradient = prior.linearize(x, sigma)->pullback(v);
  const std::uint64_t plain = prior.memory_bytes(x.shape(), true);
  EXPECT_EQ(prior.memory_note(x.shape(), true), "");

  std::uint64_t limit = plain - 1;
  for (const std::string how : {"computed twice", "overlapping windows"}) {
    prior.limit_memory(limit);
    EXPECT_LE(prior.memory_bytes(x.shape(), true), limit);
    const std::string note = prior.memory_note(x.shape(), true);
    EXPECT_NE(note.find(how), std::string::npos) << note;
    EXPECT_NE(note.find("the same result"), std::string::npos) << note;
    const auto linearized = prior.linearize(x, sigma);
    EXPECT_LE(norm(linearized->value() - value), engine::size_rounding * norm(value));
    EXPECT_LE(norm(linearized->pullback(v) - gradient), engine::size_rounding * norm(gradient));
    EXPECT_LE(norm(prior.denoise(x, sigma) - value), engine::size_rounding * norm(value));
    limit = plain / 2;
  }
}

/// Where weights are most of the memory, the transposed ones are what can go.
TEST(NetworkPrior, TransposesWeightsForEachVjpWhereMemoryIsShort) {
  const LoadedPrior loaded = tiny();
  const LoadedPrior limited = tiny();
  auto& prior = dynamic_cast<priors::NetworkPrior&>(*limited.denoiser);
  const Tensor x = random_tensor({1, 3, 8, 8}, 26);
  const std::vector<float> sigma{0.4F};
  const std::uint64_t plain = loaded.denoiser->memory_bytes(x.shape(), true);
  prior.limit_memory(plain - 1);
  const std::string note = prior.memory_note(x.shape(), true);
  EXPECT_NE(note.find("transposed for each VJP"), std::string::npos) << note;
  EXPECT_LT(prior.memory_bytes(x.shape(), true), plain);
  const Tensor expected = loaded.denoiser->linearize(x, sigma)->pullback(x);
  EXPECT_EQ(norm(prior.linearize(x, sigma)->pullback(x) - expected), 0);
}

TEST(NetworkPrior, SmallImagesAreNotTiledWhateverTheLimit) {
  const LoadedPrior prior = tiny();
  const std::uint64_t plain = prior.denoiser->memory_bytes({1, 3, 24, 24}, false);
  prior.denoiser->limit_memory(0);
  EXPECT_EQ(prior.denoiser->memory_bytes({1, 3, 24, 24}, false), plain);
  const auto& network = dynamic_cast<const priors::NetworkPrior&>(*prior.denoiser);
  EXPECT_EQ(network.memory_note({1, 3, 24, 24}, true).find("windows"), std::string::npos);
}

TEST(NetworkPrior, SaysWhatWouldDoWhenTheLimitIsTooLow) {
  const LoadedPrior prior = tiny();
  prior.denoiser->limit_memory(1000);
  const std::uint64_t least = prior.denoiser->memory_bytes({1, 3, 50, 799}, true);
  EXPECT_GT(least, 1000U);
  prior.denoiser->limit_memory(least);
  EXPECT_EQ(prior.denoiser->memory_bytes({1, 3, 50, 799}, true), least);
}

TEST(LoadPrior, KnowsTheDefault) {
  EXPECT_EQ(builtin_priors(), (std::vector<std::string>{"natural", "natural-s"}));
  const LoadedPrior prior = load_prior("natural");
  EXPECT_EQ(prior.info.family, "natural");
  EXPECT_EQ(prior.info.preconditioning, "edm");
  EXPECT_EQ(prior.info.hash.size(), 16U);
  EXPECT_GT(prior.info.parameters, 1000000);
  EXPECT_GT(prior.info.multiply_adds_per_pixel, 1000.0);
  EXPECT_EQ(prior.denoiser->constraints().channels, 3);
}

TEST(LoadPrior, TheSmallPriorIsSmallerAndDenoises) {
  const LoadedPrior small = load_prior("natural-s");
  EXPECT_EQ(small.info.name, "natural-s");
  EXPECT_LT(small.info.parameters, load_prior("natural").info.parameters / 2);
  const Tensor grey({1, 3, 16, 16}, 0.2F);
  const std::vector<float> sigma{0.1F};
  const Tensor noisy = grey + 0.1F * random_tensor(grey.shape(), 3);
  EXPECT_LT(norm(small.denoiser->denoise(noisy, sigma) - grey), 0.5 * norm(noisy - grey));
}

TEST(LoadPrior, DenoisesAFlatImage) {
  const LoadedPrior prior = load_prior("natural");
  const Tensor clean({1, 3, 40, 56}, 0.2F);
  Tensor noisy = clean;
  add_scaled(noisy, 0.2F, random_tensor(clean.shape(), 14));
  const Tensor denoised = prior.denoiser->denoise(noisy, std::vector<float>{0.2F});
  EXPECT_LT(norm(denoised - clean), 0.25 * norm(noisy - clean));
}

TEST(LoadPrior, RefusesUnknownNamesAndFiles) {
  EXPECT_THROW(load_prior("unnatural"), InvalidArgument);
  EXPECT_THROW(load_prior("no/such/file.safetensors"), FileError);
  EXPECT_THROW(load_prior(folder + "README.md"), FileError);
  EXPECT_THROW(load_prior(folder + "tiny_golden.safetensors"), FileError);
}

TEST(LoadPrior, SaysWhatTorchScriptNeeds) {
  if (torch_priors::torchscript_supported()) GTEST_SKIP() << "built with libtorch";
  try {
    load_prior("torchscript:model.ts");
    ADD_FAILURE() << "nothing was thrown";
  } catch (const InvalidArgument& error) {
    EXPECT_STREQ(error.what(),
                 "torchscript:model.ts: this modeseek was built without libtorch; configure it "
                 "with -DMODESEEK_WITH_TORCH=ON to run TorchScript programs");
  }
}

}  // namespace
}  // namespace modeseek
