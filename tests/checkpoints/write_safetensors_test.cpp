#include "checkpoints/write_safetensors.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "checkpoints/files.hpp"
#include "modeseek/error.hpp"

namespace modeseek::checkpoints {
namespace {

class WriteSafetensors : public testing::Test {
 protected:
  std::string file(const char* name) const { return (folder_.path() / name).string(); }

 private:
  TemporaryFolder folder_;
};

/// One matrix and one vector of the given values.
Checkpoint values(const std::vector<float>& numbers) {
  const auto storage = std::make_shared<std::vector<float>>(numbers);
  Checkpoint checkpoint;
  const auto count = static_cast<std::int64_t>(numbers.size());
  checkpoint.tensors["matrix"] = {DType::f32, {1, count}, std::as_bytes(std::span(*storage))};
  checkpoint.tensors["vector"] = {DType::f32, {count}, std::as_bytes(std::span(*storage))};
  checkpoint.storage = storage;
  return checkpoint;
}

TEST_F(WriteSafetensors, RoundsToNearestEven) {
  // Halves between two numbers go to the even one; subnormal halves are kept.
  const std::vector<float> numbers{
      1.0F,     1.0F + 0x1p-11F, 1.0F + 0x3p-11F, -65504.0F,    0x1p-24F,
      0x1p-25F, 0x3p-25F,        0x1.ffap-15F,    0x1.fffp-15F, 0.0F};
  const std::vector<float> expected{1.0F, 1.0F,     1.0F + 0x2p-10F, -65504.0F, 0x1p-24F,
                                    0.0F, 0x1p-23F, 0x1.ff8p-15F,    0x1p-14F,  0.0F};
  write_safetensors(file("f16.safetensors"), values(numbers), {}, DType::f16);
  const Checkpoint read = open_checkpoint(file("f16.safetensors"));
  EXPECT_EQ(read.at("matrix").type, DType::f16);
  EXPECT_EQ(read.floats("matrix", {1, 10}), expected);
  EXPECT_EQ(read.at("vector").type, DType::f32) << "vectors keep their precision";
  EXPECT_EQ(read.floats("vector", {10}), numbers);
}

TEST_F(WriteSafetensors, RoundsBfloat16ToNearestEven) {
  write_safetensors(file("b.safetensors"), values({1.0F + 0x1p-8F, 1.0F + 0x3p-8F, 3e38F, -2.5F}),
                    {}, DType::bf16);
  const std::vector<float> expected{1.0F, 1.0F + 0x2p-7F, 0x1.c4p+127F, -2.5F};
  EXPECT_EQ(open_checkpoint(file("b.safetensors")).floats("matrix", {1, 4}), expected);
}

TEST_F(WriteSafetensors, RefusesValuesBeyondHalfPrecision) {
  EXPECT_THROW(write_safetensors(file("x.safetensors"), values({1.0F, 7e4F}), {}, DType::f16),
               FileError);
  EXPECT_FALSE(std::filesystem::exists(file("x.safetensors")));
}

TEST_F(WriteSafetensors, KeepsTensorsAndMetadata) {
  const Checkpoint written = values({1.0F, -2.0F, 0x1p-140F});
  write_safetensors(file("same.safetensors"), written, {{"modeseek.config", R"({"a": 1})"}}, {});
  const Checkpoint read = open_checkpoint(file("same.safetensors"));
  expect_same_tensors(read, written);
  EXPECT_EQ(read.config, nlohmann::json({{"a", 1}}));
}

TEST_F(WriteSafetensors, NamesAFileThatCannotBeWritten) {
  const std::string path = file("missing/folder.safetensors");
  const std::string message = refusal([&] { write_safetensors(path, values({1.0F}), {}, {}); });
  EXPECT_TRUE(message.starts_with(path + ": ")) << message;
}

}  // namespace
}  // namespace modeseek::checkpoints
