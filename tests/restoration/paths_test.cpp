#include "restoration/paths.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "modeseek/error.hpp"
#include "restoration/machine.hpp"

namespace modeseek {
namespace {

namespace fs = std::filesystem;

class Paths : public testing::Test {
 protected:
  Paths() {
    std::string pattern = testing::TempDir() + "modeseek-paths-XXXXXX";
    folder_ = mkdtemp(pattern.data());
  }
  ~Paths() override { fs::remove_all(folder_); }

  std::string folder_;
};

TEST_F(Paths, OneResultGoesWhereItIsTold) {
  EXPECT_EQ(result_paths({"in/a.png"}, folder_ + "/b.png"),
            std::vector<std::string>{folder_ + "/b.png"});
  EXPECT_EQ(result_paths({"in/a.png"}, folder_), std::vector<std::string>{folder_ + "/a.png"});
  EXPECT_EQ(result_paths({"in/a.png"}, folder_ + "/new/"),
            std::vector<std::string>{folder_ + "/new/a.png"});
}

TEST_F(Paths, ManyResultsShareAFolder) {
  const std::vector<std::string> expected{folder_ + "/out/a.png", folder_ + "/out/b.png"};
  EXPECT_EQ(result_paths({"x/a.png", "y/b.png"}, folder_ + "/out"), expected);
  EXPECT_THROW(result_paths({"x/a.png", "y/a.png"}, folder_ + "/out"), InvalidArgument);
  std::ofstream(folder_ + "/file") << "taken";
  EXPECT_THROW(result_paths({"x/a.png", "y/b.png"}, folder_ + "/file"), FileError);
}

TEST_F(Paths, WritabilityLeavesNothingBehind) {
  require_writable(folder_ + "/a.png");
  EXPECT_TRUE(fs::is_empty(folder_));
  EXPECT_THROW(require_writable(folder_ + "/absent/a.png"), FileError);
  require_writable(folder_ + "/made/a.png", true);
  EXPECT_TRUE(fs::is_empty(folder_ + "/made"));
  EXPECT_THROW(require_writable_picture(folder_ + "/a.pdf"), FileError);
}

TEST(Machine, IsDescribed) {
  const Machine machine = describe_machine();
  EXPECT_GT(machine.cores, 0);
  EXPECT_GT(machine.available, 0U);
  EXPECT_GE(machine.memory, machine.available);
  EXPECT_GE(peak_resident_memory(), resident_memory());
}

}  // namespace
}  // namespace modeseek
