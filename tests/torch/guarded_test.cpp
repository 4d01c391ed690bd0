#include "torch/guarded.hpp"

#include <gtest/gtest.h>

namespace modeseek::torch_priors {
namespace {

TEST(TorchMessages, KeepTheLineThatNamesTheError) {
  EXPECT_EQ(essential_line("The following operation failed.\nTraceback of TorchScript:\n  in "
                           "forward\n    ~~~ <--- HERE\nRuntimeError: sizes 3 and 4 differ\n"),
            "'RuntimeError: sizes 3 and 4 differ'");
  EXPECT_EQ(essential_line("\nfile not found\nException raised from load\n"), "'file not found'");
  EXPECT_EQ(essential_line(""), "''");
}

TEST(TorchMessages, SayHowMuchMemoryWasWanted) {
  EXPECT_EQ(requested_bytes("can't allocate memory: you tried to allocate 4000 bytes. Error"),
            4000U);
  EXPECT_EQ(requested_bytes("CUDA out of memory. Tried to allocate 2.50 GiB (GPU 0)"),
            std::uint64_t{5} << 29);
  EXPECT_EQ(requested_bytes("Tried to allocate nothing"), 0U);
  EXPECT_EQ(requested_bytes("no memory"), 0U);
}

TEST(TorchMessages, BecomeTypedExceptions) {
  const auto run = [](auto action) { guarded("file", "running", action); };
  EXPECT_THROW(run([] { throw std::bad_alloc(); }), OutOfMemory);
  EXPECT_THROW(run([] { throw InvalidArgument("kept as it is"); }), InvalidArgument);
  EXPECT_THROW(run([] { TORCH_CHECK(false, "DefaultCPUAllocator: can't allocate memory"); }),
               OutOfMemory);
  try {
    run([] { TORCH_CHECK(false, "first line\nsecond line"); });
    ADD_FAILURE() << "nothing was thrown";
  } catch (const FileError& error) {
    EXPECT_STREQ(error.what(), "file: running: 'first line'");
  }
}

}  // namespace
}  // namespace modeseek::torch_priors
