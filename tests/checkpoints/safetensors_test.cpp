#include <gtest/gtest.h>

#include <limits>

#include "checkpoints/files.hpp"

namespace modeseek::checkpoints {
namespace {

const std::string two_tensors =
    R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},)"
    R"("b.weight":{"dtype":"F16","shape":[1,3],"data_offsets":[8,14]}})";
const std::string two_data = raw(1.0F) + raw(2.0F) + raw<std::uint16_t>(0x3c00) +
                             raw<std::uint16_t>(0x4000) + raw<std::uint16_t>(0xbc00);

/// The message for a file with one tensor "t" described by `info` and `size` bytes of data.
std::string refusal_of(const std::string& info, std::size_t size) {
  return refusal([&] { parse(safetensors("{\"t\":" + info + "}", std::string(size, 'x'))); });
}

TEST(Safetensors, ReadsTensorsInPlace) {
  const std::string text = safetensors(two_tensors, two_data);
  const Checkpoint checkpoint = parse_safetensors(bytes_of(text), "file", nullptr);
  EXPECT_EQ(checkpoint.tensors.size(), 2U);
  EXPECT_EQ(checkpoint.floats("a", {2}), (std::vector<float>{1, 2}));
  EXPECT_EQ(checkpoint.floats("b.weight", {1, 3}), (std::vector<float>{1, 2, -1}));
  EXPECT_EQ(static_cast<const void*>(checkpoint.at("a").bytes.data()),
            static_cast<const void*>(text.data() + 8 + two_tensors.size()));
  EXPECT_TRUE(checkpoint.config.is_null());
  EXPECT_EQ(checkpoint.family, "");
}

TEST(Safetensors, AcceptsScalarsEmptyTensorsAndPadding) {
  const Checkpoint checkpoint =
      parse(safetensors(R"({"e":{"dtype":"F32","shape":[0,5],"data_offsets":[0,0]},)"
                        R"("s":{"dtype":"I64","shape":[],"data_offsets":[0,8]}}   )",
                        raw<std::int64_t>(7)));
  EXPECT_EQ(checkpoint.floats("s", {}), std::vector<float>{7});
  EXPECT_TRUE(checkpoint.floats("e", {0, 5}).empty());
}

TEST(Safetensors, ReadsManyTensors) {
  // A parser that searches the header at the end of every description would take minutes.
  std::string header = "{";
  constexpr int count = 100'000;
  for (int i = 0; i < count; ++i) {
    header += (i > 0 ? ",\"" : "\"") + std::to_string(i) +
              R"(":{"dtype":"U8","shape":[0],"data_offsets":[0,0]})";
  }
  EXPECT_EQ(parse(safetensors(header + "}", "")).tensors.size(), std::size_t{count});
}

TEST(Safetensors, ReadsTheEmbeddedConfiguration) {
  const Checkpoint checkpoint = parse(safetensors(
      R"({"__metadata__":{"modeseek.config":"{\"family\":\"natural\",\"width\":64}"}})", ""));
  EXPECT_EQ(checkpoint.family, "natural");
  EXPECT_EQ(checkpoint.config["width"], 64);
  EXPECT_EQ(refusal([] { parse(safetensors(R"({"__metadata__":{"modeseek.config":"[]"}})", "")); }),
            "file: modeseek.config is not a JSON object");
  EXPECT_EQ(refusal([] { parse(safetensors(R"({"__metadata__":{"a":1}})", "")); }),
            "file: __metadata__ 'a' is not a string");
}

TEST(Safetensors, RefusesAHeaderThatDoesNotFit) {
  EXPECT_EQ(
      refusal([] { parse(raw(std::uint64_t{1} << 63) + "{}"); }),
      "file: safetensors header of 9223372036854775808 bytes does not fit a file of 10 bytes");
  EXPECT_EQ(
      refusal([] { parse(raw(std::numeric_limits<std::uint64_t>::max()) + "{}"); }),
      "file: safetensors header of 18446744073709551615 bytes does not fit a file of 10 bytes");
}

TEST(Safetensors, RefusesBadJson) {
  EXPECT_EQ(refusal([] { parse(safetensors("{\"a\":", "")); }),
            "file: safetensors header is not valid JSON (at byte 6)");
  EXPECT_EQ(refusal([] { parse(safetensors("{\"a\xff\":{}}", "")); }),
            "file: safetensors header is not valid JSON (at byte 4)");
  EXPECT_EQ(refusal([] { parse(safetensors("{}{}", "")); }),
            "file: safetensors header is not valid JSON (at byte 3)");
  EXPECT_EQ(refusal([] { parse(safetensors("{\"a\":1e999}", "")); }),
            "file: safetensors header holds a number that is out of range");
  EXPECT_EQ(refusal([] { parse(safetensors(R"({"a":{},"a":{}})", "")); }),
            "file: safetensors header names 'a' twice");
}

TEST(Safetensors, RefusesDeepNesting) {
  const std::string deep =
      "{\"a\":" + std::string(1'000'000, '[') + std::string(1'000'000, ']') + "}";
  EXPECT_EQ(refusal([&] { parse(safetensors(deep, "")); }),
            "file: safetensors header nests deeper than 32 levels");
}

TEST(Safetensors, RefusesWrongDescriptions) {
  EXPECT_EQ(refusal_of("1", 4), "file: tensor 't' is not described by an object");
  EXPECT_EQ(refusal_of(R"({"shape":[1],"data_offsets":[0,4]})", 4),
            "file: tensor 't' has no dtype");
  EXPECT_EQ(refusal_of(R"({"dtype":"Q4","shape":[1],"data_offsets":[0,4]})", 4),
            "file: tensor 't' has the unknown dtype 'Q4'");
  EXPECT_EQ(refusal_of(R"({"dtype":"F32","data_offsets":[0,4]})", 4),
            "file: tensor 't' has no shape");
  EXPECT_EQ(refusal_of(R"({"dtype":"F32","shape":[-1],"data_offsets":[0,4]})", 4),
            "file: tensor 't' has a shape that is not a list of sizes");
  EXPECT_EQ(refusal_of(R"({"dtype":"F32","shape":[1.5],"data_offsets":[0,4]})", 4),
            "file: tensor 't' has a shape that is not a list of sizes");
  EXPECT_EQ(refusal_of(R"({"dtype":"F32","shape":[1],"data_offsets":[0]})", 4),
            "file: tensor 't' has no data_offsets [begin,end]");
  EXPECT_EQ(refusal_of(R"({"dtype":"F32","shape":[1],"data_offsets":[-4,0]})", 4),
            "file: tensor 't' has no data_offsets [begin,end]");
}

TEST(Safetensors, RefusesWrongShapes) {
  EXPECT_EQ(refusal_of(R"({"dtype":"F32","shape":[3],"data_offsets":[0,8]})", 8),
            "file: tensor 't' f32[3] needs 12 bytes, the file gives it 8");
  EXPECT_EQ(
      refusal_of(R"({"dtype":"F32","shape":[4294967296,4294967296],"data_offsets":[0,4]})", 4),
      "file: tensor 't' has the impossible shape [4294967296,4294967296]");
  EXPECT_EQ(
      refusal_of(R"({"dtype":"F32","shape":[2305843009213693953,4],"data_offsets":[0,4]})", 4),
      "file: tensor 't' has the impossible shape [2305843009213693953,4]");
  EXPECT_EQ(
      refusal_of(
          R"({"dtype":"U8","shape":[1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1],"data_offsets":[0,1]})", 1),
      "file: tensor 't' has 17 axes, at most 16 are possible");
}

TEST(Safetensors, RefusesWrongOffsets) {
  EXPECT_EQ(refusal_of(R"({"dtype":"F32","shape":[1],"data_offsets":[4,0]})", 4),
            "file: tensor 't' ends before it begins: data_offsets [4,0]");
  EXPECT_EQ(refusal_of(R"({"dtype":"F32","shape":[1],"data_offsets":[1,5]})", 4),
            "file: tensor 't' lies outside the file: data_offsets [1,5] of 4 bytes of data");
  EXPECT_EQ(refusal_of(R"({"dtype":"F32","shape":[1],"data_offsets":[4,8]})", 8),
            "file: tensor 't' follows a hole of 4 bytes in the data");
  EXPECT_EQ(refusal_of(R"({"dtype":"F32","shape":[1],"data_offsets":[0,4]})", 8),
            "file: 4 bytes of data belong to no tensor");
}

TEST(Safetensors, RefusesOverlappingTensors) {
  EXPECT_EQ(refusal([] {
              parse(safetensors(R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},)"
                                R"("b":{"dtype":"F32","shape":[2],"data_offsets":[4,12]}})",
                                std::string(12, 'x')));
            }),
            "file: tensor 'b' overlaps tensor 'a'");
}

TEST(Safetensors, QuotesNamesInOneLine) {
  const std::string message = refusal([] { parse(safetensors(R"({"a\nb":1})", "")); });
  EXPECT_EQ(message, "file: tensor 'a\\x0ab' is not described by an object");
}

TEST(Safetensors, RefusesEveryTruncation) {
  expect_every_truncation_refused(safetensors(two_tensors, two_data));
}

}  // namespace
}  // namespace modeseek::checkpoints
