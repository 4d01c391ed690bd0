#include <gtest/gtest.h>

#include <csignal>

#include "app/program.hpp"

namespace modeseek::test {
namespace {

std::vector<std::string> long_restore(const TemporaryFolder& folder) {
  return with_tiny_prior({"restore", folder("in.png"), "-o", folder("out.png"), "--json",
                          folder("out.json"), "--task", "inpaint(random:0.5,seed=1)", "--steps",
                          "100000", "--threads", "1"});
}

void expect_prompt_end(int signal, int code) {
  const TemporaryFolder folder;
  write_test_picture(folder("in.png"), 96, 96);
  Program program(long_restore(folder));
  ASSERT_TRUE(program.wait_for_error_text("noise"));
  program.send(signal);
  const Outcome outcome = program.wait();
  EXPECT_EQ(outcome.code, code);
  EXPECT_EQ(folder.files(), std::vector<std::string>{"in.png"});
  EXPECT_NE(outcome.err.find("modeseek: cancelled"), std::string::npos) << outcome.err;
}

TEST(Interrupt, ControlCEndsARestoreWithoutPartialFiles) { expect_prompt_end(SIGINT, 130); }

TEST(Interrupt, TerminationIsLikeControlC) { expect_prompt_end(SIGTERM, 143); }

}  // namespace
}  // namespace modeseek::test
