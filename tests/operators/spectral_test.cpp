#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <ostream>
#include <string>

#include "modeseek/error.hpp"
#include "modeseek/task.hpp"
#include "operators/battery.hpp"

namespace modeseek {
namespace {

using battery::random_tensor;
using battery::relative_difference;

struct Case {
  std::string task;
  Shape image;
};

Tensor no_files(const std::string& path) { throw FileError(path, "no such file"); }

void PrintTo(const Case& c, std::ostream* out) { *out << c.task << " on " << to_string(c.image); }

Tensor times(const Tensor& singular_values, Tensor modes) {
  for (std::int64_t n = 0; n < modes.shape().n; ++n) {
    for (std::size_t k = 0; k < singular_values.values().size(); ++k) {
      modes.sample(n)[k] *= singular_values.values()[k];
    }
  }
  return modes;
}

class SpectralForm : public testing::TestWithParam<Case> {
 protected:
  void SetUp() override {
    op_ = Task::parse(GetParam().task).build(GetParam().image, no_files);
    spectral_ = op_->spectral();
    ASSERT_NE(spectral_, nullptr);
  }

  Shape domain(std::int64_t samples) const { return op_->domain().with_samples(samples); }

  std::unique_ptr<Operator> op_;
  std::unique_ptr<Spectral> spectral_;
};

TEST_P(SpectralForm, VIsOrthonormalAndSquare) {
  const Tensor a = random_tensor(domain(2), 1);
  const Tensor b = random_tensor(domain(2), 2);
  const Tensor modes = spectral_->to_modes(a);
  EXPECT_EQ(modes.shape(), a.shape());
  EXPECT_LE(relative_difference(spectral_->from_modes(modes), a), 2e-6);
  EXPECT_LE(relative_difference(spectral_->to_modes(spectral_->from_modes(b)), b), 2e-6);
  // V^T is V's inverse and its adjoint.
  EXPECT_NEAR(dot(modes, b), dot(a, spectral_->from_modes(b)), 1e-5 * norm(a) * norm(b));
}

TEST_P(SpectralForm, SingularValuesAreThoseOfH) {
  const Tensor& values = spectral_->singular_values();
  EXPECT_EQ(values.shape(), op_->domain());
  const auto largest = *std::max_element(values.values().begin(), values.values().end());
  EXPECT_GE(*std::min_element(values.values().begin(), values.values().end()), 0.0F);
  EXPECT_NEAR(static_cast<double>(largest), op_->norm(), 2e-5 * op_->norm());
  // Sum of squares: the squared Frobenius norm, column by column.
  if (op_->domain().count() > 400) return;
  double frobenius = 0;
  for (std::int64_t j = 0; j < op_->domain().count(); ++j) {
    Tensor unit(op_->domain());
    unit.values()[static_cast<std::size_t>(j)] = 1;
    frobenius += std::pow(norm(op_->apply(unit)), 2);
  }
  EXPECT_NEAR(std::pow(norm(values), 2), frobenius, 1e-4 * frobenius);
}

TEST_P(SpectralForm, ReproducesH) {
  const Tensor x = random_tensor(domain(2), 3);
  const Tensor y = op_->apply(x);
  const Tensor modes = times(spectral_->singular_values(), spectral_->to_modes(x));
  EXPECT_LE(norm(spectral_->measured_modes(y) - modes), 2e-5 * norm(modes));
  // H^T y = V S U^T y, for y outside the range of H too.
  const Tensor z = random_tensor(op_->range().with_samples(2), 4);
  const Tensor back =
      spectral_->from_modes(times(spectral_->singular_values(), spectral_->measured_modes(z)));
  EXPECT_LE(norm(op_->adjoint(z) - back), 2e-5 * norm(back));
}

TEST_P(SpectralForm, ASampleDoesNotDependOnItsBatch) {
  const Tensor x = random_tensor(domain(3), 5);
  const Tensor y = random_tensor(op_->range().with_samples(3), 6);
  const auto equal = [](const Tensor& one, const Tensor& batch) {
    return std::equal(one.values().begin(), one.values().end(), batch.sample(1).begin());
  };
  EXPECT_TRUE(equal(spectral_->to_modes(x.copy_sample(1)), spectral_->to_modes(x)));
  EXPECT_TRUE(equal(spectral_->from_modes(x.copy_sample(1)), spectral_->from_modes(x)));
  EXPECT_TRUE(equal(spectral_->measured_modes(y.copy_sample(1)), spectral_->measured_modes(y)));
}

constexpr Shape kSquare{1, 3, 8, 8};
constexpr Shape kOdd{1, 3, 9, 7};
constexpr Shape kWide{1, 2, 12, 20};

INSTANTIATE_TEST_SUITE_P(
    Operators, SpectralForm,
    testing::Values(
        Case{"denoise", kOdd}, Case{"inpaint(random:0.7,seed=3)", kOdd}, Case{"sr(1,mean)", kOdd},
        Case{"sr(2,mean)", kSquare}, Case{"sr(4,mean)", kWide}, Case{"colourise", kOdd},
        Case{"colourise(0.2,0.7,-0.3)", kSquare}, Case{"chain(colourise,sr(2,mean))", kSquare},
        Case{"chain(colourise(bt601),inpaint(random:0.5,seed=1))", kOdd},
        Case{"chain(sr(2,mean),blur(motion:3,0.5,seed=2;boundary=circular))", {1, 2, 8, 12}},
        Case{"chain(colourise,sr(2,mean),sr(2,bicubic))", kSquare}, Case{"sr(1,bicubic)", kOdd},
        Case{"sr(2,bicubic)", kSquare}, Case{"sr(4,bicubic)", kWide},
        Case{"sr(3,bicubic)", {1, 1, 57, 69}}, Case{"blur(gaussian:5,1;boundary=circular)", kOdd},
        Case{"blur(motion:7,0.5,seed=2;boundary=circular)", kSquare},
        Case{"blur(motion:7,0.5,seed=2;boundary=circular)", {1, 3, 10, 7}},
        Case{"blur(motion:7,0.5,seed=2;boundary=circular)", {1, 1, 19, 23}},
        Case{"blur(gaussian:9,3;boundary=reflect)", kWide}, Case{"blur(uniform:3)", kOdd},
        Case{"blur(disk:2.5;boundary=reflect)", {1, 1, 19, 23}}));

TEST(SpectralForm, IsAbsentWhereThereIsNoFastOne) {
  for (const char* task :
       {"blur(motion:7,0.5,seed=2;boundary=reflect)", "blur(gaussian:3,1;boundary=zero)",
        "blur(gaussian:3,1;boundary=valid)", "stack(colourise,inpaint(grid:2))",
        "chain(blur(gaussian:3,1),sr(2,mean))"}) {
    EXPECT_EQ(Task::parse(task).build(kSquare, no_files)->spectral(), nullptr) << task;
  }
}

}  // namespace
}  // namespace modeseek
