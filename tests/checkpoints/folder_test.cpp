#include <gtest/gtest.h>

#include "checkpoints/files.hpp"

namespace modeseek::checkpoints {
namespace {

/// A safetensors file with one float32 scalar.
std::string scalar(const std::string& name, float value) {
  return safetensors("{\"" + name + R"(":{"dtype":"F32","shape":[],"data_offsets":[0,4]}})",
                     raw(value));
}

class Folder : public testing::Test {
 protected:
  void write(const std::string& name, const std::string& text) {
    write_text(folder_.path() / name, text);
  }
  Checkpoint open(const std::string& name = "") const {
    return open_checkpoint((folder_.path() / name).string());
  }
  std::string path(const std::string& name = "") const { return (folder_.path() / name).string(); }

 private:
  TemporaryFolder folder_;
};

TEST_F(Folder, ReadsConfigurationAndWeights) {
  write("config.json", R"({"family":"edm","img_resolution":32})");
  write("model.safetensors", scalar("a", 3));
  const Checkpoint checkpoint = open();
  EXPECT_EQ(checkpoint.family, "edm");
  EXPECT_EQ(checkpoint.config["img_resolution"], 32);
  EXPECT_EQ(checkpoint.floats("a", {}), std::vector<float>{3});
  EXPECT_EQ(checkpoint.path, path());
}

TEST_F(Folder, ReadsADiffusersPipelineFromEitherFolder) {
  write("model_index.json", "{}");
  write("unet/config.json", R"({"_class_name":"UNet2DModel","sample_size":32})");
  write("unet/diffusion_pytorch_model.safetensors", scalar("a", 3));
  write("scheduler/scheduler_config.json", R"({"beta_schedule":"linear"})");
  for (const char* name : {"", "unet", "unet/"}) {
    const Checkpoint checkpoint = open(name);
    EXPECT_EQ(checkpoint.family, "diffusers");
    EXPECT_EQ(checkpoint.config["scheduler"]["beta_schedule"], "linear");
    EXPECT_EQ(checkpoint.config["sample_size"], 32);
    EXPECT_EQ(checkpoint.floats("a", {}), std::vector<float>{3});
  }
}

TEST_F(Folder, ReadsAFlatDiffusersFolder) {
  write("config.json", R"({"_class_name":"UNet2DModel"})");
  write("scheduler_config.json", R"({"beta_schedule":"linear"})");
  write("diffusion_pytorch_model.safetensors", scalar("a", 3));
  EXPECT_EQ(open().config["scheduler"]["beta_schedule"], "linear");
}

TEST_F(Folder, JoinsShards) {
  write("config.json", "{}");
  write("model.safetensors.index.json",
        R"({"weight_map":{"a":"1.safetensors","b":"2.safetensors"}})");
  write("1.safetensors", scalar("a", 3));
  write("2.safetensors", scalar("b", 4));
  for (const char* name : {"", "model.safetensors.index.json"}) {
    const Checkpoint checkpoint = open(name);
    EXPECT_EQ(checkpoint.floats("a", {}), std::vector<float>{3});
    EXPECT_EQ(checkpoint.floats("b", {}), std::vector<float>{4});
    EXPECT_EQ(checkpoint.files.size(), 2U);
  }
  const auto later = open().floats_later("b", {});
  EXPECT_EQ(later(), std::vector<float>{4}) << "the shard stays open";
}

TEST_F(Folder, RefusesShardsThatAreMissingOrElsewhere) {
  const std::string index = "model.safetensors.index.json";
  write("1.safetensors", scalar("a", 3));
  write(index, R"({"weight_map":{"b":"1.safetensors"}})");
  EXPECT_EQ(refusal([&] { open(index); }), path("1.safetensors") + ": tensor 'b' is missing");
  write(index, R"({"weight_map":{"b":"../1.safetensors"}})");
  EXPECT_EQ(refusal([&] { open(index); }),
            path(index) + ": weight_map gives no file name for tensor 'b'");
  write(index, R"({"weight_map":{"b":"3.safetensors"}})");
  EXPECT_EQ(refusal([&] { open(index); }),
            path("3.safetensors") + ": cannot open: No such file or directory");
  write(index, "{}");
  EXPECT_EQ(refusal([&] { open(index); }), path(index) + ": has no weight_map");
}

TEST_F(Folder, RefusesWhatIsNoCheckpoint) {
  EXPECT_TRUE(refusal([&] { open(); }).starts_with(path() + ": holds no weights"));
  EXPECT_EQ(refusal([&] { open("none"); }),
            path("none") + ": cannot open: No such file or directory");
  write("empty.safetensors", "");
  EXPECT_EQ(refusal([&] { open("empty.safetensors"); }), path("empty.safetensors") + ": is empty");
  EXPECT_EQ(refusal([] { open_checkpoint("/dev/null"); }), "/dev/null: is not a regular file");
}

TEST_F(Folder, NamesTheCommonMistakes) {
  write("photo.png", "\x89PNG\r\n\x1a\n 1234567890");
  EXPECT_EQ(refusal([&] { open("photo.png"); }),
            path("photo.png") + ": is no checkpoint: neither safetensors nor PyTorch nor a pickle");
  write("model.safetensors", "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n");
  EXPECT_EQ(refusal([&] { open("model.safetensors"); }),
            path("model.safetensors") +
                ": is a Git LFS pointer, not the file itself: fetch it with git lfs pull");
}

TEST_F(Folder, RefusesABadConfiguration) {
  write("model.safetensors", scalar("a", 3));
  write("config.json", R"({"a":1,"a":2})");
  EXPECT_EQ(refusal([&] { open(); }), path("config.json") + ": the file names 'a' twice");
  write("config.json", "[1]");
  EXPECT_EQ(refusal([&] { open(); }), path("config.json") + ": is not a JSON object");
  write("config.json", std::string(100'000, '['));
  EXPECT_EQ(refusal([&] { open(); }),
            path("config.json") + ": the file nests deeper than 32 levels");
}

}  // namespace
}  // namespace modeseek::checkpoints
