#include "core/threads.hpp"

#include <gtest/gtest.h>

#include <stdexcept>
#include <vector>

namespace modeseek {
namespace {

TEST(ParallelFor, VisitsEveryIndexOnce) {
  std::vector<int> visits(1000);
  parallel_for(1000, [&](std::int64_t i) { ++visits[static_cast<std::size_t>(i)]; });
  for (const int count : visits) EXPECT_EQ(count, 1);
}

TEST(ParallelFor, RethrowsWhatABodyThrows) {
  const auto body = [](std::int64_t i) {
    if (i == 13) throw std::runtime_error("thirteen");
  };
  EXPECT_THROW(parallel_for(100, body), std::runtime_error);
}

TEST(Threads, CanBeSetAndRestored) {
  set_threads(1);
  EXPECT_EQ(threads(), 1);
  set_threads(0);
  EXPECT_GE(threads(), 1);
}

}  // namespace
}  // namespace modeseek
