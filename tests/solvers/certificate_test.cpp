#include "solvers/certificate.hpp"

#include <gtest/gtest.h>

#include "modeseek/task.hpp"

namespace modeseek {
namespace {

std::unique_ptr<Operator> build(const char* task, const Shape& shape) {
  return Task::parse(task).build(shape, [](const std::string&) { return Tensor(); });
}

// One measured row of four is off by twice the noise: the ratio is that of the measured row.
TEST(Certificate, ResidualIsRelativeToTheMeasuredEntries) {
  const Shape shape{1, 1, 4, 4};
  const auto op = build("inpaint(rows:4)", shape);
  const Tensor y(shape, 0.0F);
  const Tensor d(shape, 0.2F);
  EXPECT_EQ(measured_entries(*op), 4);
  const std::vector<Certificate> result = certify({*op, op->apply(y), 0.1F}, 0.5F, d, d);
  ASSERT_EQ(result.size(), 1U);
  EXPECT_NEAR(result[0].residual_ratio, 2.0, 1e-5);
}

TEST(Certificate, EverythingIsMeasuredWhereNothingIsMissing) {
  EXPECT_EQ(measured_entries(*build("sr(2,mean)", {1, 3, 4, 6})), 18);
}

}  // namespace
}  // namespace modeseek
