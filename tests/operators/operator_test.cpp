#include "modeseek/operator.hpp"

#include <gtest/gtest.h>

#include <complex>
#include <limits>
#include <numbers>

#include "modeseek/error.hpp"
#include "modeseek/task.hpp"
#include "operators/battery.hpp"
#include "operators/fourier.hpp"
#include "operators/operators.hpp"

namespace modeseek {
namespace {

/// diag(1, 2, ..., n) on one row.
class Diagonal final : public Operator {
 public:
  explicit Diagonal(std::int64_t n) : Operator({1, 1, 1, n}, {1, 1, 1, n}) {}

 protected:
  Tensor do_apply(const Tensor& x) const override {
    Tensor y = x;
    for (std::int64_t i = 0; i < y.count(); ++i) {
      y.data()[i] *= static_cast<float>(i % domain().w + 1);
    }
    return y;
  }
  Tensor do_adjoint(const Tensor& y) const override { return do_apply(y); }
};

TEST(Operator, ChecksShapesAndRegularisation) {
  const Diagonal op(4);
  const Tensor wrong({1, 1, 2, 2});
  EXPECT_THROW(op.apply(wrong), InvalidArgument);
  EXPECT_THROW(op.adjoint(wrong), InvalidArgument);
  EXPECT_THROW(op.solve_normal(wrong, 0.1), InvalidArgument);
  EXPECT_THROW(op.pseudo_inverse(wrong, 0.1), InvalidArgument);
  const Tensor right({2, 1, 1, 4}, 1.0F);
  EXPECT_THROW(op.solve_normal(right, -0.1), InvalidArgument);
  EXPECT_THROW(op.solve_normal(right, std::numeric_limits<double>::quiet_NaN()), InvalidArgument);
  EXPECT_THROW(op.pseudo_inverse(right, std::numeric_limits<double>::infinity()), InvalidArgument);
}

TEST(Operator, ConjugateGradientsEndAfterAsManyStepsAsEigenvalues) {
  const Diagonal op(5);
  SolveReport report;
  const Tensor u = op.solve_normal(Tensor({1, 1, 1, 5}, 1.0F), 0.5, &report);
  EXPECT_TRUE(report.converged);
  EXPECT_GE(report.iterations, 4);
  EXPECT_LE(report.iterations, 7);
  for (std::int64_t i = 0; i < 5; ++i) {
    const double h = static_cast<double>(i + 1);
    EXPECT_NEAR(u(0, 0, 0, i), 1 / (h * h + 0.5), 1e-6);
  }
}

TEST(Operator, ReportsTheIterationCap) {
  const Diagonal op(5000);
  SolveReport report;
  op.solve_normal(battery::random_tensor(op.domain(), 1), 0.0, &report);
  EXPECT_FALSE(report.converged);
  EXPECT_GT(report.relative_residual, 1e-6);
}

TEST(Operator, SolvesZeroAndNoSamples) {
  const Diagonal op(3);
  SolveReport report;
  EXPECT_EQ(norm(op.solve_normal(Tensor(op.domain()), 0.0, &report)), 0.0);
  EXPECT_TRUE(report.converged);
  EXPECT_EQ(op.solve_normal(Tensor(op.domain().with_samples(0)), 0.1).shape().n, 0);
}

TEST(Operator, NormIsTheLargestSingularValue) { EXPECT_NEAR(Diagonal(6).norm(), 6, 6e-3); }

TEST(Operator, ChainsAndStacksRefusePartsThatDoNotMeet) {
  const auto parts = [](std::unique_ptr<Operator> a, std::unique_ptr<Operator> b) {
    std::vector<std::unique_ptr<Operator>> list;
    list.push_back(std::move(a));
    list.push_back(std::move(b));
    return list;
  };
  EXPECT_THROW(make_chain(parts(make_identity({1, 1, 4, 4}), make_identity({1, 1, 4, 5}))),
               InvalidArgument);
  EXPECT_THROW(make_stack(parts(make_identity({1, 1, 4, 4}), make_identity({1, 1, 4, 5}))),
               InvalidArgument);
  EXPECT_THROW(make_chain({}), InvalidArgument);
  EXPECT_THROW(make_stack({}), InvalidArgument);
}

TEST(Operator, StackFlattensItsParts) {
  const auto op = Task::parse("stack(sr(2,mean),denoise)").build({1, 1, 2, 2}, nullptr);
  const Tensor x({1, 1, 2, 2}, std::vector<float>{1, 2, 3, 6});
  const Tensor y = op->apply(x);
  EXPECT_EQ(y.shape(), (Shape{1, 1, 1, 5}));
  EXPECT_FLOAT_EQ(y(0, 0, 0, 0), 3.0F);
  EXPECT_FLOAT_EQ(y(0, 0, 0, 4), 6.0F);
  EXPECT_FALSE(op->range_is_image());
}

TEST(Fft, EqualsItsDefinitionForEveryKindOfLength) {
  // Powers, smooth lengths, primes that are direct (7, 13) and that go by Bluestein (17, 101, 38).
  for (const std::int64_t n : {1, 2, 3, 7, 13, 16, 17, 30, 38, 101}) {
    const Fft fft(n);
    const Tensor re = battery::random_tensor({1, 1, 1, n}, 1);
    const Tensor im = battery::random_tensor({1, 1, 1, n}, 2);
    std::vector<Fft::Complex> in;
    for (std::int64_t j = 0; j < n; ++j) in.emplace_back(re(0, 0, 0, j), im(0, 0, 0, j));
    std::vector<Fft::Complex> out(in.size());
    std::vector<Fft::Complex> back(in.size());
    fft.forward(in.data(), out.data());
    fft.inverse(out.data(), back.data());
    for (std::int64_t k = 0; k < n; ++k) {
      std::complex<double> sum = 0;
      for (std::int64_t j = 0; j < n; ++j) {
        const double angle =
            -2 * std::numbers::pi * static_cast<double>(j * k) / static_cast<double>(n);
        sum += std::complex<double>(in[static_cast<std::size_t>(j)]) * std::polar(1.0, angle);
      }
      const auto at = static_cast<std::size_t>(k);
      EXPECT_LE(std::abs(std::complex<double>(out[at]) - sum), 2e-5 * std::sqrt(n)) << n;
      EXPECT_LE(std::abs(back[at] / static_cast<float>(n) - in[at]), 1e-5F) << n;
    }
  }
  EXPECT_THROW(Fft(0), InvalidArgument);
  EXPECT_THROW(Fft(std::int64_t{1} << 30), InvalidArgument);
}

}  // namespace
}  // namespace modeseek
