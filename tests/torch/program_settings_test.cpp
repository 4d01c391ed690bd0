#include "torch/program_settings.hpp"

#include <gtest/gtest.h>

#include "modeseek/error.hpp"

namespace modeseek::torch_priors {
namespace {

ProgramSettings settings(const nlohmann::json& described,
                         const std::map<std::string, std::string>& chosen = {}) {
  PriorOptions options;
  options.settings = chosen;
  return program_settings("file", described, options);
}

TEST(TorchSettings, DefaultsAreNamed) {
  const ProgramSettings found = settings(nlohmann::json::object());
  EXPECT_EQ(found.channels, 3);
  EXPECT_FALSE(found.fixed_size);
  EXPECT_EQ(found.size_multiple, 1);
  EXPECT_EQ(found.device, "cpu");
  ASSERT_EQ(found.notes.size(), 1U);
  EXPECT_EQ(found.notes[0],
            "the program does not say everything: assumed channels=3, size_multiple=1, "
            "sigma_min=0.002, sigma_max=80");
}

TEST(TorchSettings, TheCallersReplaceTheProgramsOwn) {
  const nlohmann::json own{{"channels", 1},
                           {"size", 64},
                           {"size_multiple", 8},
                           {"sigma_min", 0.01},
                           {"sigma_max", 50.0}};
  const ProgramSettings found =
      settings(own, {{"size", "[32, 48]"}, {"sigma_max", "100"}, {"device", "cuda:1"}});
  EXPECT_EQ(found.channels, 1);
  EXPECT_EQ(found.fixed_size, std::pair(std::int64_t{32}, std::int64_t{48}));
  EXPECT_EQ(found.size_multiple, 8);
  EXPECT_EQ(found.noise_range.min, 0.01F);
  EXPECT_EQ(found.noise_range.max, 100.0F);
  EXPECT_EQ(found.device, "cuda:1");
  EXPECT_TRUE(found.notes.empty());
  EXPECT_EQ(settings(own).fixed_size, std::pair(std::int64_t{64}, std::int64_t{64}));
}

TEST(TorchSettings, WrongValuesAreRefused) {
  const nlohmann::json none = nlohmann::json::object();
  EXPECT_THROW(settings({{"channels", 0}}), FileError);
  EXPECT_THROW(settings({{"channels", 1 << 20}}), FileError);
  EXPECT_THROW(settings({{"size", {1, 2, 3}}}), FileError);
  EXPECT_THROW(settings({{"size_multiple", "x"}}), FileError);
  EXPECT_THROW(settings({{"sigma_min", 2.0}, {"sigma_max", 1.0}}), FileError);
  EXPECT_THROW(settings(none, {{"device", "cuda:"}}), FileError);
  EXPECT_THROW(settings(none, {{"device", "tpu"}}), FileError);
  EXPECT_THROW(settings(none, {{"num_heads", "4"}}), InvalidArgument);
  PriorOptions with_class;
  with_class.class_label = 0;
  EXPECT_THROW(program_settings("file", none, with_class), InvalidArgument);
}

}  // namespace
}  // namespace modeseek::torch_priors
