// Every way in which a user's input can be wrong: one clear line on standard error, exit code 2,
// no output file, no crash.

#include <gtest/gtest.h>

#include <filesystem>
#include <limits>

#include "app/program.hpp"
#include "modeseek/image.hpp"

namespace modeseek::test {
namespace {

using Arguments = std::vector<std::string>;

class BadInput : public testing::Test {
 protected:
  BadInput() { write_test_picture(folder_("in.png"), 12, 16); }

  /// `mention` is what the message must name.
  void expect_refused(const Arguments& arguments, const std::string& mention,
                      std::uint64_t address_space = 0) {
    const auto before = folder_.files();
    const Outcome outcome = run_program(arguments, address_space);
    EXPECT_EQ(outcome.code, 2) << outcome.err;
    EXPECT_EQ(lines(outcome.err).size(), 1U) << outcome.err;
    EXPECT_EQ(outcome.err.rfind("modeseek: ", 0), 0U) << outcome.err;
    EXPECT_NE(outcome.err.find(mention), std::string::npos) << outcome.err;
    EXPECT_EQ(outcome.out, "");
    EXPECT_EQ(folder_.files(), before);
  }

  Arguments restore(const std::string& input, const Arguments& more = {}) const {
    Arguments all = with_tiny_prior({"restore", folder_(input), "-o", folder_("out.png")});
    if (std::find(more.begin(), more.end(), "--task") == more.end()) {
      all.insert(all.end(), {"--task", "denoise"});
    }
    all.insert(all.end(), more.begin(), more.end());
    return all;
  }

  void write_npy_of(const std::string& name, const Shape& shape, float value) {
    write_npy(folder_(name), Tensor(shape, value));
  }

  TemporaryFolder folder_;
};

TEST_F(BadInput, MissingFile) { expect_refused(restore("absent.png"), "absent.png"); }

TEST_F(BadInput, EmptyFile) {
  write_text(folder_("empty.png"), "");
  expect_refused(restore("empty.png"), "empty.png");
}

TEST_F(BadInput, TruncatedFile) {
  const std::string whole = read_text(folder_("in.png"));
  write_text(folder_("cut.png"), whole.substr(0, whole.size() / 2));
  expect_refused(restore("cut.png"), "cut.png");
}

TEST_F(BadInput, NoImage) {
  write_text(folder_("letter.png"), "Dear photograph,\n");
  expect_refused(restore("letter.png"), "letter.png");
}

TEST_F(BadInput, MaskOfAnotherSize) {
  write_test_picture(folder_("mask.png"), 5, 7, 1);
  expect_refused(restore("in.png", {"--task", "inpaint(mask=" + folder_("mask.png") + ")"}), "5x7");
}

TEST_F(BadInput, MissingMask) {
  expect_refused(restore("in.png", {"--task", "inpaint(mask=" + folder_("no.png") + ")"}),
                 "no.png");
}

TEST_F(BadInput, UnknownTask) {
  expect_refused(restore("in.png", {"--task", "sharpen(3)"}), "character 1");
}

TEST_F(BadInput, UnknownOption) {
  expect_refused(restore("in.png", {"--colour", "3"}), "--colour");
}

TEST_F(BadInput, UnknownCommand) { expect_refused({"improve", "x.png"}, "improve"); }

TEST_F(BadInput, NoCommand) { expect_refused({}, "modeseek --help"); }

TEST_F(BadInput, MissingOption) { expect_refused({"degrade", folder_("in.png")}, "required"); }

TEST_F(BadInput, UnknownSolver) {
  expect_refused(restore("in.png", {"--solver", "magic"}), "--solver");
}

TEST_F(BadInput, SettingOfAnotherSolver) {
  expect_refused(restore("in.png", {"--solver", "diffpir", "--inner", "3"}), "--inner");
}

TEST_F(BadInput, SolverSettings) {
  expect_refused(restore("in.png", {"--solver", "dps(eta=1)"}), "eta");
  expect_refused(restore("in.png", {"--solver", "dps", "--solver-setting", "eta=1"}), "eta");
  expect_refused(restore("in.png", {"--solver", "dps", "--solver-setting", "zeta"}), "KEY=VALUE");
  expect_refused(restore("in.png", {"--solver", "dps(steps=3)", "--steps", "3"}), "twice");
  expect_refused(restore("in.png", {"--transition", "sideways"}), "--transition");
}

TEST_F(BadInput, SettingOutOfRange) {
  expect_refused(restore("in.png", {"--steps", "0"}), "steps");
}

TEST_F(BadInput, NoiseThatIsNone) {
  for (const char* noise : {"-0.1", "nan", "inf", "loud", "", "0.1x"}) {
    expect_refused(restore("in.png", {"--noise", noise}), "--noise");
    expect_refused({"degrade", folder_("in.png"), "-o", folder_("out.png"), "--task", "denoise",
                    "--noise", noise},
                   "--noise");
  }
}

TEST_F(BadInput, DenoiseNeedsPositiveSigma) {
  expect_refused(
      with_tiny_prior({"denoise", folder_("in.png"), "-o", folder_("out.png"), "--sigma", "0"}),
      "noise level");
}

TEST_F(BadInput, KernelWithZeroSum) {
  Tensor kernel(Shape{1, 1, 3, 3});
  kernel(0, 0, 1, 0) = 1;
  kernel(0, 0, 1, 2) = -1;
  write_npy(folder_("edge.npy"), kernel);
  expect_refused(restore("in.png", {"--task", "blur(kernel=" + folder_("edge.npy") + ")"}), "sum");
}

TEST_F(BadInput, FolderThatIsMissing) {
  Arguments arguments = restore("in.png");
  arguments[3] = folder_("absent/out.png");
  expect_refused(arguments, "absent/out.png");
}

TEST_F(BadInput, FolderThatCannotBeWritten) {
  Arguments arguments = restore("in.png");
  arguments[3] = "/proc/out.png";
  expect_refused(arguments, "/proc/out.png");
}

TEST_F(BadInput, OutputOfNoKnownKind) {
  Arguments arguments = restore("in.png");
  arguments[3] = folder_("out.pdf");
  expect_refused(arguments, "out.pdf");
}

TEST_F(BadInput, FileWhereAFolderIsNeeded) {
  write_test_picture(folder_("two.png"), 12, 16);
  write_text(folder_("taken"), "");
  expect_refused(with_tiny_prior({"restore", folder_("in.png"), folder_("two.png"), "-o",
                                  folder_("taken"), "--task", "denoise"}),
                 "taken");
}

TEST_F(BadInput, ResultsThatWouldReplaceEachOther) {
  expect_refused(restore("in.png", {"--uncertainty", folder_("./out.png")}), "--uncertainty");
  expect_refused(
      restore("in.png", {"--reference", folder_("in.png"), "--uncertainty", folder_("in.png")}),
      "--uncertainty");
  expect_refused(restore("in.png", {"--json", folder_("out.png")}), "--json");
}

TEST_F(BadInput, PixelsThatAreNoNumbers) {
  write_npy_of("nan.npy", {1, 3, 8, 8}, std::numeric_limits<float>::quiet_NaN());
  expect_refused(restore("nan.npy"), "nan.npy");
  write_npy_of("infinite.npy", {1, 3, 8, 8}, std::numeric_limits<float>::infinity());
  expect_refused(restore("infinite.npy"), "infinite.npy");
}

TEST_F(BadInput, MeasurementThatDoesNotFit) {
  write_npy_of("two_channels.npy", {1, 2, 8, 8}, 0.0F);
  expect_refused(restore("two_channels.npy"), "two_channels.npy");
}

TEST_F(BadInput, ReferenceOfAnotherSize) {
  write_test_picture(folder_("other.png"), 9, 16);
  expect_refused(restore("in.png", {"--reference", folder_("other.png")}), "other.png");
}

TEST_F(BadInput, PriorThatIsNone) {
  expect_refused({"restore", folder_("in.png"), "-o", folder_("out.png"), "--task", "denoise",
                  "--prior", "absent"},
                 "absent");
  write_text(folder_("text.safetensors"), "not weights");
  expect_refused({"restore", folder_("in.png"), "-o", folder_("out.png"), "--task", "denoise",
                  "--prior", folder_("text.safetensors")},
                 "text.safetensors");
}

TEST_F(BadInput, PicturesOfTwoSizesCompared) {
  write_test_picture(folder_("other.png"), 9, 16);
  expect_refused({"metrics", folder_("in.png"), folder_("other.png")}, "other.png");
}

TEST_F(BadInput, PictureTooSmallForTheTask) {
  expect_refused({"degrade", folder_("in.png"), "-o", folder_("out.png"), "--task", "sr(20,mean)"},
                 "20");
}

TEST_F(BadInput, MeasurementThatIsNoPicture) {
  expect_refused(
      {"degrade", folder_("in.png"), "-o", folder_("out.png"), "--task", "stack(denoise,denoise)"},
      ".npy");
}

#if !defined(__SANITIZE_ADDRESS__)  // which itself needs terabytes of address space
TEST_F(BadInput, PictureTooLargeForTheMemory) {
  write_test_picture(folder_("large.png"), 2000, 2000, 1);
  constexpr std::uint64_t kLimit = std::uint64_t{3} << 28;
  expect_refused(restore("large.png"), "MiB", kLimit);
}
#endif

}  // namespace
}  // namespace modeseek::test
