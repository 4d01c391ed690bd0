#include "report/contact_sheet.hpp"

#include <gtest/gtest.h>

#include "modeseek/error.hpp"

namespace modeseek::report {
namespace {

TEST(ContactSheet, LaysSamplesOutByRows) {
  Tensor samples({3, 1, 1, 2});
  for (std::size_t i = 0; i < 6; ++i) samples.values()[i] = static_cast<float>(i);
  const Tensor sheet = contact_sheet(samples);
  ASSERT_EQ(sheet.shape(), (Shape{1, 1, 4, 6}));
  EXPECT_EQ(sheet(0, 0, 0, 1), 1.0F);
  EXPECT_EQ(sheet(0, 0, 0, 2), -1.0F);  // the gap
  EXPECT_EQ(sheet(0, 0, 0, 4), 2.0F);
  EXPECT_EQ(sheet(0, 0, 3, 0), 4.0F);
  EXPECT_EQ(sheet(0, 0, 3, 5), -1.0F);  // no fourth sample
}

TEST(ContactSheet, OneSampleIsItself) {
  const Tensor one({1, 3, 5, 4}, 0.5F);
  const Tensor sheet = contact_sheet(one);
  ASSERT_EQ(sheet.shape(), one.shape());
  EXPECT_EQ(sheet(0, 2, 4, 3), 0.5F);
}

TEST(ContactSheet, NeedsASample) {
  EXPECT_THROW(contact_sheet(Tensor({0, 3, 4, 4})), InvalidArgument);
}

}  // namespace
}  // namespace modeseek::report
