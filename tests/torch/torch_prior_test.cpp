// TorchScript programs as denoisers, against closed forms.
#include <gtest/gtest.h>

#include <cmath>

#include "checkpoints/files.hpp"
#include "modeseek/error.hpp"
#include "modeseek/random.hpp"
#include "torch/programs.hpp"

namespace modeseek::torch_priors {
namespace {

/// N(mean, V diag(values) V^T) as modeseek's own prior and as a program.
struct Gaussian {
  static constexpr std::size_t dimension = 6;
  std::vector<double> mean{0.1, -0.2, 0.3, 0.0, 0.5, -0.4};
  std::vector<double> values{2.0, 1.0, 0.5, 0.1, 0.01, 0.0};
  std::vector<double> vectors = reflection();

  /// The Householder matrix I - 2 u u^T / u^T u, u = (1, 2, ...): orthogonal and symmetric.
  static std::vector<double> reflection() {
    std::vector<double> matrix(dimension * dimension);
    const double square = 1 + 4 + 9 + 16 + 25 + 36;
    for (std::size_t i = 0; i < dimension; ++i) {
      for (std::size_t j = 0; j < dimension; ++j) {
        matrix[i * dimension + j] =
            (i == j ? 1.0 : 0.0) - 2.0 * static_cast<double>((i + 1) * (j + 1)) / square;
      }
    }
    return matrix;
  }

  std::unique_ptr<Denoiser> closed_form() const {
    std::vector<double> covariance(dimension * dimension);
    for (std::size_t i = 0; i < dimension; ++i) {
      for (std::size_t j = 0; j < dimension; ++j) {
        for (std::size_t k = 0; k < dimension; ++k) {
          covariance[i * dimension + j] +=
              vectors[i * dimension + k] * values[k] * vectors[j * dimension + k];
        }
      }
    }
    return make_gaussian_prior(mean, covariance);
  }

  Program program() const {
    const auto floats = [](const std::vector<double>& v) {
      return std::vector<float>(v.begin(), v.end());
    };
    return {
        "def forward(self, x, sigma):\n"
        "  gain = self.values / (self.values + (sigma * sigma).unsqueeze(1))\n"
        "  weights = torch.matmul(x.flatten(1) - self.mean, self.vectors) * gain\n"
        "  return (self.mean + torch.matmul(weights, self.vectors.t())).view(x.shape)\n",
        {},
        {{"mean", {{dimension}, floats(mean)}},
         {"values", {{dimension}, floats(values)}},
         {"vectors", {{dimension, dimension}, floats(vectors)}}},
        R"({"channels": 1, "size": [2, 3]})"};
  }
};

/// Two convolutions with a smooth step between them, far from linear in x and sigma.
Program convolutions() {
  std::vector<float> first(8 * 3 * 9);
  std::vector<float> second(3 * 8 * 9);
  Random(5, 1).fill_normal(first);
  Random(5, 2).fill_normal(second);
  return {
      "def forward(self, x, sigma):\n"
      "  scale = sigma.view(-1, 1, 1, 1)\n"
      "  hidden = torch.tanh(torch.conv2d(x, self.first, None, [1, 1], [1, 1]) / (1 + scale))\n"
      "  return x + torch.conv2d(hidden, self.second, None, [1, 1], [1, 1])\n",
      {{"channels", 3}},
      {{"first", {{8, 3, 3, 3}, first}}, {"second", {{3, 8, 3, 3}, second}}},
      ""};
}

Tensor random_tensor(const Shape& shape, std::uint64_t stream) {
  Tensor tensor(shape);
  Random(7, stream).fill_normal(tensor.values());
  return tensor;
}

double relative_error(const Tensor& found, const Tensor& expected) {
  return norm(found - expected) / norm(expected);
}

class TorchPriorTest : public testing::Test {
 protected:
  LoadedPrior load_program(const Program& program, const PriorOptions& options = {}) const {
    return load(program, folder_.path() / "program.ts", options);
  }

 private:
  checkpoints::TemporaryFolder folder_;
};

TEST_F(TorchPriorTest, AgreesWithTheClosedForm) {
  const Gaussian gaussian;
  const auto expected = gaussian.closed_form();
  const LoadedPrior found = load_program(gaussian.program());
  const Shape shape{4, 1, 2, 3};
  const std::vector<float> sigma{0.05F, 0.4F, 2.0F, 50.0F};
  const Tensor x = random_tensor(shape, 1);
  EXPECT_LE(relative_error(found.denoiser->denoise(x, sigma), expected->denoise(x, sigma)), 2e-6);
  const auto linearized = found.denoiser->linearize(x, sigma);
  EXPECT_LE(relative_error(linearized->value(), expected->denoise(x, sigma)), 2e-6);
  const auto reference = expected->linearize(x, sigma);
  for (const std::uint64_t stream : {2U, 3U, 2U}) {
    const Tensor v = random_tensor(shape, stream);
    EXPECT_LE(relative_error(linearized->pullback(v), reference->pullback(v)), 2e-6);
  }
}

TEST_F(TorchPriorTest, DescribesItself) {
  const LoadedPrior found = load_program(Gaussian().program());
  EXPECT_EQ(found.info.family, "torchscript");
  EXPECT_EQ(found.info.precision, Precision::float32);
  EXPECT_EQ(found.denoiser->constraints().channels, 1);
  EXPECT_EQ(found.denoiser->constraints().fixed_size, std::pair(std::int64_t{2}, std::int64_t{3}));
  EXPECT_THROW(found.denoiser->denoise(Tensor({1, 1, 3, 2}), std::vector{1.0F}), InvalidArgument);
  EXPECT_THROW(found.denoiser->denoise(Tensor({1, 2, 2, 3}), std::vector{1.0F}), InvalidArgument);
  EXPECT_THROW(found.denoiser->denoise(Tensor({2, 1, 2, 3}), std::vector{1.0F}), InvalidArgument);
  EXPECT_THROW(found.denoiser->denoise(Tensor({1, 1, 2, 3}), std::vector{0.0F}), InvalidArgument);
}

TEST_F(TorchPriorTest, PullbackIsTheDerivative) {
  const LoadedPrior prior = load_program(convolutions());
  const Shape shape{1, 3, 9, 7};
  const std::vector<float> sigma{0.7F};
  const Tensor x = random_tensor(shape, 1);
  const Tensor v = random_tensor(shape, 2);
  const Tensor d = random_tensor(shape, 3);
  constexpr float step = 3e-3F;
  Tensor ahead = x;
  Tensor behind = x;
  add_scaled(ahead, step, d);
  add_scaled(behind, -step, d);
  const Tensor change =
      prior.denoiser->denoise(ahead, sigma) - prior.denoiser->denoise(behind, sigma);
  const Tensor gradient = prior.denoiser->linearize(x, sigma)->pullback(v);
  EXPECT_NEAR(dot(v, change) / (2.0 * static_cast<double>(step)), dot(gradient, d),
              1e-3 * norm(gradient) * norm(d));
}

/// A program that looks at its whole batch, and one whose convolutions may choose other kernels.
TEST_F(TorchPriorTest, AResultNeverDependsOnItsBatch) {
  const Program mixer{"def forward(self, x, sigma):\n  return x / (sigma.max() + x.abs().max())\n",
                      {{"channels", 3}},
                      {},
                      ""};
  const std::vector<float> sigma{0.3F, 1.0F, 4.0F};
  const Tensor x = random_tensor({3, 3, 12, 10}, 1);
  const Tensor v = random_tensor({3, 3, 12, 10}, 2);
  for (const Program& program : {mixer, convolutions()}) {
    const LoadedPrior prior = load_program(program);
    const Tensor together = prior.denoiser->denoise(x, sigma);
    const Tensor gradients = prior.denoiser->linearize(x, sigma)->pullback(v);
    for (std::int64_t n = 0; n < 3; ++n) {
      const std::vector<float> level{sigma[static_cast<std::size_t>(n)]};
      const Tensor alone = prior.denoiser->denoise(x.copy_sample(n), level);
      const Tensor gradient =
          prior.denoiser->linearize(x.copy_sample(n), level)->pullback(v.copy_sample(n));
      EXPECT_EQ(norm(alone - together.copy_sample(n)), 0);
      EXPECT_EQ(norm(gradient - gradients.copy_sample(n)), 0);
    }
  }
}

/// As close as 8 significant bits allow, and not closer: it was computed in bf16.
TEST_F(TorchPriorTest, Bf16IsClose) {
  PriorOptions options;
  options.precision = Precision::bf16;
  const LoadedPrior full = load_program(convolutions());
  const LoadedPrior half = load_program(convolutions(), options);
  EXPECT_EQ(half.info.precision, Precision::bf16);
  const Shape shape{2, 3, 16, 16};
  const std::vector<float> sigma{0.5F, 3.0F};
  const Tensor x = random_tensor(shape, 1);
  const Tensor v = random_tensor(shape, 2);
  const double error =
      relative_error(half.denoiser->denoise(x, sigma), full.denoiser->denoise(x, sigma));
  EXPECT_LE(error, 2e-2);
  EXPECT_GE(error, 1e-5);
  EXPECT_LE(relative_error(half.denoiser->linearize(x, sigma)->pullback(v),
                           full.denoiser->linearize(x, sigma)->pullback(v)),
            2e-2);
}

/// A program for multiples of 4 serves every size, and its padding is differentiated with it.
TEST_F(TorchPriorTest, PadsToTheSizeMultiple) {
  const Program blocks{
      "def forward(self, x, sigma):\n"
      "  assert x.shape[2] % 4 + x.shape[3] % 4 == 0, 'not a multiple of 4'\n"
      "  small = torch.avg_pool2d(x, [4, 4])\n"
      "  return small.repeat_interleave(4, 2).repeat_interleave(4, 3) / (1 + sigma)\n",
      {{"channels", 2}, {"size_multiple", 4}},
      {},
      ""};
  const LoadedPrior prior = load_program(blocks);
  const Tensor x = random_tensor({1, 2, 10, 13}, 1);
  const Tensor v = random_tensor({1, 2, 10, 13}, 2);
  const std::vector<float> sigma{0.5F};
  const auto linearized = prior.denoiser->linearize(x, sigma);
  EXPECT_EQ(prior.denoiser->constraints().size_multiple, 1);
  EXPECT_GT(norm(linearized->value()), 0);
  // The program is linear: <v, D x> = <D^T v, x>.
  EXPECT_NEAR(dot(v, linearized->value()), dot(linearized->pullback(v), x), 1e-4);
}

TEST_F(TorchPriorTest, SettingsReplaceAttributesAndTheDescription) {
  Program program = convolutions();
  program.description = R"({"sigma_max": 40})";
  PriorOptions options;
  options.settings["sigma_min"] = "0.01";
  const LoadedPrior prior = load_program(program, options);
  EXPECT_EQ(prior.denoiser->noise_range().min, 0.01F);
  EXPECT_EQ(prior.denoiser->noise_range().max, 40.0F);
  options.settings["device"] = "cuda:99";
  EXPECT_THROW(load_program(program, options), Error);
}

TEST_F(TorchPriorTest, MemoryIsMeasuredAndExtrapolated) {
  const LoadedPrior prior = load_program(convolutions());
  const auto bytes = [&](std::int64_t side, bool vjp) {
    return prior.denoiser->memory_bytes({1, 3, side, side}, vjp);
  };
  constexpr std::uint64_t hidden = std::uint64_t{8} * 64 * 64 * sizeof(float);
  EXPECT_GE(bytes(64, false), hidden);
  EXPECT_LE(bytes(64, false), 20 * hidden);
  EXPECT_GE(bytes(64, true), 2 * hidden);
  EXPECT_NEAR(static_cast<double>(bytes(256, true)), 16 * static_cast<double>(bytes(64, true)),
              0.05 * static_cast<double>(bytes(256, true)));
}

}  // namespace
}  // namespace modeseek::torch_priors
