#include "modeseek/tensor.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <limits>
#include <utility>

#include "modeseek/error.hpp"

namespace modeseek {
namespace {

Tensor counting(const Shape& shape) {
  Tensor t(shape);
  for (std::int64_t i = 0; i < t.count(); ++i) t.data()[i] = static_cast<float>(i);
  return t;
}

TEST(Shape, CountsAndRefusesOverflow) {
  EXPECT_EQ((Shape{2, 3, 5, 7}.count()), 210);
  EXPECT_EQ((Shape{0, 3, 5, 7}.count()), 0);
  EXPECT_THROW((Shape{1, -1, 2, 2}.count()), InvalidArgument);
  const std::int64_t huge = std::int64_t{1} << 40;
  EXPECT_THROW((Shape{huge, huge, 1, 1}.count()), InvalidArgument);
}

TEST(Tensor, IsContiguousInNchwOrder) {
  const Tensor t = counting({2, 3, 4, 5});
  EXPECT_EQ(t(1, 2, 3, 4), 119.0F);
  EXPECT_EQ(t(0, 1, 0, 0), 20.0F);
  EXPECT_EQ(t.plane(1, 0)[0], 60.0F);
  EXPECT_EQ(t.sample(1).size(), 60U);
}

TEST(Tensor, RefusesAWrongNumberOfValues) {
  EXPECT_THROW(Tensor(Shape{1, 1, 2, 2}, std::vector<float>(3)), InvalidArgument);
  EXPECT_THROW(counting({1, 1, 2, 2}).reshaped({1, 1, 1, 5}), InvalidArgument);
}

TEST(Tensor, Arithmetic) {
  const Tensor a = counting({1, 1, 2, 2});
  const Tensor b(Shape{1, 1, 2, 2}, 2.0F);
  EXPECT_EQ((a + b)(0, 0, 1, 1), 5.0F);
  EXPECT_EQ((a - b)(0, 0, 0, 0), -2.0F);
  EXPECT_EQ((3.0F * a)(0, 0, 1, 0), 6.0F);
  EXPECT_DOUBLE_EQ(dot(a, b), 12.0);
  EXPECT_DOUBLE_EQ(norm(b), 4.0);
  EXPECT_THROW(a + Tensor(Shape{1, 1, 1, 4}), InvalidArgument);
}

TEST(Tensor, SamplesSplitAndStack) {
  const Tensor t = counting({3, 2, 2, 2});
  const std::array parts{t.copy_sample(0), t.copy_sample(1), t.copy_sample(2)};
  const Tensor joined = concat_samples(parts);
  EXPECT_EQ(joined.shape(), t.shape());
  EXPECT_EQ(norm(joined - t), 0.0);
  EXPECT_THROW(t.copy_sample(3), InvalidArgument);
  const std::array odd{Tensor(Shape{1, 1, 2, 2}), Tensor(Shape{1, 2, 2, 2})};
  EXPECT_THROW(concat_samples(odd), InvalidArgument);
}

TEST(Tensor, KnowsFiniteness) {
  Tensor t(Shape{1, 1, 1, 3});
  EXPECT_TRUE(all_finite(t));
  t.data()[1] = std::numeric_limits<float>::quiet_NaN();
  EXPECT_FALSE(all_finite(t));
}

}  // namespace
}  // namespace modeseek
