// Files and programs that must be refused with one line.
#include <gtest/gtest.h>

#include "checkpoints/files.hpp"
#include "modeseek/error.hpp"
#include "torch/programs.hpp"
#include "torch/torchscript.hpp"

namespace modeseek::torch_priors {
namespace {

using checkpoints::read_text;
using checkpoints::TemporaryFolder;
using checkpoints::write_text;

const std::string good = "def forward(self, x, sigma):\n  return x\n";

class TorchHostile : public testing::Test {
 protected:
  std::filesystem::path file() const { return folder_.path() / "program.ts"; }

  /// What is said of the file, without its path.
  std::string refusal_of_file() const {
    const std::string message =
        checkpoints::refusal([&] { load_torchscript(file().string(), {}); });
    EXPECT_TRUE(message.starts_with(file().string() + ": ")) << message;
    EXPECT_EQ(message.find('\n'), std::string::npos) << message;
    return message.substr(std::min(message.size(), file().string().size() + 2));
  }

  std::string refusal_of(const std::string& source) const {
    save({source, {}, {}, ""}, file());
    return refusal_of_file();
  }

 private:
  TemporaryFolder folder_;
};

TEST_F(TorchHostile, OtherFiles) {
  write_text(file(), "no archive");
  EXPECT_EQ(refusal_of_file(), "is no TorchScript program: no zip archive");
  write_text(file(), read_text(checkpoints::fixture("zip.pt")));
  EXPECT_EQ(refusal_of_file(), "is no TorchScript program: the archive has no constants.pkl");
  EXPECT_THROW(load_torchscript((file() / "missing").string(), {}), FileError);
}

TEST_F(TorchHostile, TruncatedAndMutilatedPrograms) {
  save({good, {}, {{"weight", {{2}, {1, 2}}}}, ""}, file());
  const std::string whole = read_text(file());
  for (const std::size_t length : {whole.size() / 4, whole.size() / 2, whole.size() - 1}) {
    write_text(file(), whole.substr(0, length));
    EXPECT_NE(refusal_of_file(), "");
  }
  // The archive is whole, its program is not.
  write_text(file(), read_text(checkpoints::fixture("program.ts")));
  EXPECT_TRUE(refusal_of_file().starts_with("not a usable TorchScript program: "));
}

TEST_F(TorchHostile, OtherSignatures) {
  EXPECT_EQ(refusal_of("def denoise(self, x, sigma):\n  return x\n"),
            "TorchScript program has no method forward(x, sigma)");
  const std::string expected =
      "TorchScript program: expected forward(x: Tensor, sigma: Tensor) -> Tensor, found ";
  EXPECT_TRUE(refusal_of("def forward(self, x):\n  return x\n").starts_with(expected + "1 arg"));
  EXPECT_TRUE(refusal_of("def forward(self, x, sigma: float):\n  return x * sigma\n")
                  .starts_with(expected + "2 arg"));
  EXPECT_TRUE(refusal_of("def forward(self, x, sigma, label):\n  return x\n")
                  .starts_with(expected + "3 arg"));
  EXPECT_TRUE(
      refusal_of("def forward(self, x, sigma):\n  return x, x\n").starts_with(expected + "2 arg"));
}

TEST_F(TorchHostile, ProgramsThatFail) {
  EXPECT_NE(refusal_of("def forward(self, x, sigma):\n  return x.reshape(7, 7, 7)\n")
                .find("shape '[7, 7, 7]' is invalid"),
            std::string::npos);
  EXPECT_NE(refusal_of(
                "def forward(self, x, sigma):\n  assert x.shape[0] == 9, 'not today'\n  return x\n")
                .find("not today"),
            std::string::npos);
  EXPECT_EQ(refusal_of("def forward(self, x, sigma):\n  return x.sum()\n"),
            "TorchScript program's forward(x, sigma): expected a real tensor of shape [1,3,64,64], "
            "found []");
  EXPECT_EQ(
      refusal_of("def forward(self, x, sigma):\n  return x.detach() * 2\n"),
      "TorchScript program's forward(x, sigma): the result has no gradient with respect to x");
}

TEST_F(TorchHostile, ABadDescription) {
  save({good, {}, {}, "[1, 2]"}, file());
  EXPECT_EQ(refusal_of_file(), "modeseek.json: expected an object");
  save({good, {}, {}, "{"}, file());
  EXPECT_NE(refusal_of_file().find("modeseek.json"), std::string::npos);
  save({good, {{"channels", -3}}, {}, ""}, file());
  EXPECT_NE(refusal_of_file().find("'channels'"), std::string::npos);
}

/// The program's code runs only when the name asks for it.
TEST_F(TorchHostile, AProgramUnderAPlainNameIsRefused) {
  save({good, {}, {}, ""}, file());
  const std::string message = checkpoints::refusal([&] { load_prior(file().string()); });
  EXPECT_NE(message.find("is a TorchScript program, whose code would run"), std::string::npos)
      << message;
}

}  // namespace
}  // namespace modeseek::torch_priors
