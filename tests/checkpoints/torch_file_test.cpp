#include <gtest/gtest.h>

#include "checkpoints/files.hpp"

namespace modeseek::checkpoints {
namespace {

Checkpoint open_fixture(const std::string& name) { return open_checkpoint(fixture(name).string()); }

TEST(TorchFile, ReadsTheZipForm) {
  const Checkpoint checkpoint = open_fixture("zip.pt");
  expect_same_tensors(checkpoint, open_fixture("state.expected"));
  EXPECT_EQ(checkpoint.weights_key, "");
  EXPECT_TRUE(checkpoint.config.is_null());
  EXPECT_EQ(checkpoint.floats("view.transposed", {3, 2}),
            (std::vector<float>{0, 0.75F, 0.25F, 1, 0.5F, 1.25F}));
}

TEST(TorchFile, ReadsTheLegacyForm) {
  expect_same_tensors(open_fixture("legacy.pt"), open_fixture("state.expected"));
}

TEST(TorchFile, ReadsContiguousTensorsInPlace) {
  for (const char* name : {"zip.pt", "legacy.pt"}) {
    const std::string text = read_text(fixture(name));
    const Checkpoint checkpoint = parse_checkpoint(bytes_of(text), "file", nullptr);
    const auto* data = reinterpret_cast<const char*>(checkpoint.at("conv.weight").bytes.data());
    EXPECT_GE(data, text.data());
    EXPECT_LT(data, text.data() + text.size());
  }
}

TEST(TorchFile, TakesTheAveragedWeightsAndTheConfigurationBesideThem) {
  const Checkpoint checkpoint = open_fixture("nested.ckpt");
  expect_same_tensors(checkpoint, open_fixture("state.expected"));
  EXPECT_EQ(checkpoint.weights_key, "ema.state_dict");
  const nlohmann::json expected = {
      {"width", 64}, {"name", "tiny"}, {"rates", {0.1, nullptr}}, {"limit", "inf"}};
  EXPECT_EQ(checkpoint.config, expected);
}

TEST(TorchFile, RefusesEveryTruncation) {
  for (const char* name : {"zip.pt", "legacy.pt"}) {
    expect_every_truncation_refused(read_text(fixture(name)));
  }
}

TEST(TorchFile, RefusesToRunACommand) {
  EXPECT_EQ(refusal([] { parse(read_text(fixture("command.pt"))); }),
            "file: refused: this file asks to run `posix.system`");
}

TEST(TorchFile, RefusesAProgramAndSaysHowToOpenIt) {
  EXPECT_EQ(refusal([] { parse(read_text(fixture("program.ts"))); }),
            "file: is a TorchScript program, whose code would run: a modeseek built with "
            "-DMODESEEK_WITH_TORCH=ON opens it when named torchscript:FILE");
}

TEST(TorchFile, RefusesAZipBomb) {
  const std::string message = refusal([] { parse(read_text(fixture("bomb.pt"))); });
  EXPECT_EQ(message.find("file: refused: zip entry 'command/data/9' is compressed ("), 0U)
      << message;
  EXPECT_NE(message.find("claim to unfold into 2097152)"), std::string::npos) << message;
}

}  // namespace
}  // namespace modeseek::checkpoints
