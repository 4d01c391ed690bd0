#include "checkpoints/checkpoint.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <limits>

#include "checkpoints/files.hpp"

namespace modeseek::checkpoints {
namespace {

/// A checkpoint whose tensor "t" holds the bytes of `values`.
template <class T>
Checkpoint holding(DType type, const std::vector<T>& values) {
  auto text = std::make_shared<std::string>();
  for (const T value : values) *text += raw(value);
  Checkpoint checkpoint;
  checkpoint.path = "file";
  checkpoint.storage = text;
  checkpoint.tensors["t"] = {type, {static_cast<std::int64_t>(values.size())}, bytes_of(*text)};
  return checkpoint;
}

template <class T>
std::vector<float> floats(DType type, const std::vector<T>& values) {
  return holding(type, values).floats("t", {static_cast<std::int64_t>(values.size())});
}

TEST(Checkpoint, ConvertsEveryNumberType) {
  const std::vector<float> expected{0, 1, 77};
  EXPECT_EQ(floats<float>(DType::f32, {0, 1, 77}), expected);
  EXPECT_EQ(floats<double>(DType::f64, {0, 1, 77}), expected);
  EXPECT_EQ(floats<std::int8_t>(DType::i8, {0, 1, 77}), expected);
  EXPECT_EQ(floats<std::int16_t>(DType::i16, {0, 1, 77}), expected);
  EXPECT_EQ(floats<std::int32_t>(DType::i32, {0, 1, 77}), expected);
  EXPECT_EQ(floats<std::int64_t>(DType::i64, {0, 1, 77}), expected);
  EXPECT_EQ(floats<std::uint8_t>(DType::u8, {0, 1, 77}), expected);
  EXPECT_EQ(floats<std::uint16_t>(DType::u16, {0, 1, 77}), expected);
  EXPECT_EQ(floats<std::uint32_t>(DType::u32, {0, 1, 77}), expected);
  EXPECT_EQ(floats<std::uint64_t>(DType::u64, {0, 1, 77}), expected);
  EXPECT_EQ(floats<std::int16_t>(DType::i16, {-5}), std::vector<float>{-5});
}

TEST(Checkpoint, ConvertsHalfPrecisionExactly) {
  const std::vector<std::uint16_t> bits{0x0000, 0x8000, 0x0001, 0x83ff, 0x0400, 0x3c00,
                                        0xc000, 0x7bff, 0x7c00, 0xfc00, 0x3555};
  const float infinity = std::numeric_limits<float>::infinity();
  const std::vector<float> expected{0.0F,  -0.0F,    0x1p-24F, -1023 * 0x1p-24F, 0x1p-14F,   1.0F,
                                    -2.0F, 65504.0F, infinity, -infinity,        0x1.554p-2F};
  const std::vector<float> found = floats(DType::f16, bits);
  EXPECT_EQ(found, expected);
  EXPECT_TRUE(std::signbit(found[1]));
  EXPECT_TRUE(std::isnan(floats<std::uint16_t>(DType::f16, {0x7e00})[0]));
}

TEST(Checkpoint, ConvertsBfloat16Exactly) {
  const std::vector<std::uint16_t> bits{0x0000, 0x3f80, 0xc000, 0x7f80, 0x0001};
  const float infinity = std::numeric_limits<float>::infinity();
  EXPECT_EQ(floats(DType::bf16, bits),
            (std::vector<float>{0.0F, 1.0F, -2.0F, infinity, 0x1p-133F}));
}

TEST(Checkpoint, NamesTheTensorThatIsMissingOrWrong) {
  const Checkpoint checkpoint = holding<float>(DType::f32, {1, 2, 3});
  EXPECT_EQ(refusal([&] { checkpoint.at("conv.weight"); }),
            "file: tensor 'conv.weight' is missing");
  EXPECT_EQ(refusal([&] { checkpoint.floats("conv.weight", {3}); }),
            "file: tensor 'conv.weight' is missing");
  EXPECT_EQ(refusal([&] {
              checkpoint.floats("t", {1, 3});
            }),
            "file: tensor 't' has shape [3], expected [1,3]");
  EXPECT_EQ(refusal([&] { holding<bool>(DType::boolean, {true}).floats("t", {1}); }),
            "file: tensor 't' holds bool, expected numbers");
  EXPECT_EQ(checkpoint.parameter_count(), 3);
  EXPECT_EQ(checkpoint.extent("t", 0), 3);
  EXPECT_EQ(refusal([&] { checkpoint.extent("t", 1); }),
            "file: tensor 't' has shape [3], expected more than 1 axes");
  EXPECT_EQ(refusal([&] { checkpoint.extent("conv.weight", 0); }),
            "file: tensor 'conv.weight' is missing");
}

TEST(Checkpoint, ConvertsLaterWhatItChecksNow) {
  std::function<std::vector<float>()> later;
  {
    const Checkpoint checkpoint = holding<std::uint16_t>(DType::bf16, {0x3f80, 0xc000});
    EXPECT_EQ(refusal([&] { checkpoint.floats_later("t", {3}); }),
              "file: tensor 't' has shape [2], expected [3]");
    later = checkpoint.floats_later("t", {2});
  }
  EXPECT_EQ(later(), (std::vector<float>{1, -2}));
  EXPECT_EQ(later(), (std::vector<float>{1, -2}));
}

}  // namespace
}  // namespace modeseek::checkpoints
