// The program loads its image formats when it needs them, from a file beside it.

#include <gtest/gtest.h>
#include <sys/wait.h>

#include <cstdio>
#include <filesystem>

#include "app/program.hpp"

namespace modeseek::test {
namespace {

/// Both streams of a shell command, as `out`.
Outcome shell(const std::string& command) {
  Outcome outcome;
  std::FILE* const pipe = popen((command + " 2>&1").c_str(), "r");
  for (int c = std::fgetc(pipe); c != EOF; c = std::fgetc(pipe)) {
    outcome.out.push_back(static_cast<char>(c));
  }
  const int status = pclose(pipe);
  outcome.code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  return outcome;
}

TEST(ImageFormats, AreNotLoadedAtTheStart) {
  // The loader lists what the program starts with, instead of starting it.
  const Outcome listed = shell("LD_TRACE_LOADED_OBJECTS=1 " MODESEEK_PROGRAM);
  EXPECT_NE(listed.out.find("libdnnl"), std::string::npos) << listed.out;
  EXPECT_EQ(listed.out.find("libOpenImageIO"), std::string::npos) << listed.out;
}

TEST(ImageFormats, WithoutThemAPictureIsRefusedAndTheRestWorks) {
  const TemporaryFolder folder;
  const std::string copy = folder("modeseek");
  std::filesystem::copy_file(MODESEEK_PROGRAM, copy);
  write_test_picture(folder("a.png"), 8, 8);
  EXPECT_EQ(shell(copy + " presets").code, 0);
  const Outcome refused =
      shell(copy + " degrade " + folder("a.png") + " -o " + folder("b.png") + " --task denoise");
  EXPECT_EQ(refused.code, 2);
  EXPECT_NE(refused.out.find("image formats are missing; looked for " + copy + "-images.so"),
            std::string::npos)
      << refused.out;
  EXPECT_EQ(lines(refused.out).size(), 1U);
}

TEST(ImageFormats, AFileThatIsNoLibraryIsNamed) {
  const TemporaryFolder folder;
  const std::string copy = folder("modeseek");
  std::filesystem::copy_file(MODESEEK_PROGRAM, copy);
  write_test_picture(folder("a.png"), 8, 8);
  write_text(copy + "-images.so", "not a library");
  const Outcome refused =
      shell(copy + " degrade " + folder("a.png") + " -o " + folder("b.png") + " --task denoise");
  EXPECT_EQ(refused.code, 2);
  EXPECT_NE(refused.out.find(copy + "-images.so: cannot load"), std::string::npos) << refused.out;
  EXPECT_EQ(lines(refused.out).size(), 1U);
}

}  // namespace
}  // namespace modeseek::test
