#include "core/atomic_file.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>

#include "modeseek/error.hpp"

namespace modeseek {
namespace {

namespace fs = std::filesystem;

class AtomicFileTest : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = fs::path(testing::TempDir()) /
              (std::string("atomic_file_") +
               testing::UnitTest::GetInstance()->current_test_info()->name());
    fs::remove_all(folder_);
    fs::create_directories(folder_);
  }
  void TearDown() override { fs::remove_all(folder_); }

  std::string path(const std::string& name) const { return (folder_ / name).string(); }
  std::ptrdiff_t entries() const {
    return std::distance(fs::directory_iterator(folder_), fs::directory_iterator());
  }
  static std::string content(const std::string& name) {
    std::ifstream in(name, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }

  fs::path folder_;
};

TEST_F(AtomicFileTest, WritesTheBytesAndLeavesNothingElse) {
  write_file_atomically(path("a.json"), std::string_view("one\0two", 7));
  EXPECT_EQ(content(path("a.json")), std::string("one\0two", 7));
  write_file_atomically(path("a.json"), "three");
  EXPECT_EQ(content(path("a.json")), "three");
  EXPECT_EQ(entries(), 1);
}

TEST_F(AtomicFileTest, TheOldFileStaysUntilCommit) {
  write_file_atomically(path("a"), "old");
  {
    AtomicFile file(path("a"));
    std::ofstream(file.temporary_path()) << "new";
    EXPECT_EQ(content(path("a")), "old");
    EXPECT_EQ(entries(), 2);
  }
  EXPECT_EQ(content(path("a")), "old");
  EXPECT_EQ(entries(), 1);
  AtomicFile file(path("a"));
  std::ofstream(file.temporary_path()) << "new";
  file.commit();
  EXPECT_EQ(content(path("a")), "new");
  EXPECT_EQ(entries(), 1);
}

TEST_F(AtomicFileTest, FollowsALinkToTheFileThatItNames) {
  write_file_atomically(path("real"), "old");
  fs::create_symlink(path("real"), path("link"));
  write_file_atomically(path("link"), "new");
  EXPECT_TRUE(fs::is_symlink(path("link")));
  EXPECT_EQ(content(path("real")), "new");
}

TEST_F(AtomicFileTest, TakesTheLongestName) {
  const std::string name = path(std::string(255, 'n'));
  write_file_atomically(name, "x");
  EXPECT_EQ(content(name), "x");
}

TEST_F(AtomicFileTest, NewFilesObeyTheUmaskLikeAnyOther) {
  write_file_atomically(path("a"), "x");
  std::ofstream(path("b")) << "x";
  EXPECT_EQ(fs::status(path("a")).permissions(), fs::status(path("b")).permissions());
}

TEST_F(AtomicFileTest, DevicesAreWrittenNotReplaced) {
  write_file_atomically("/dev/null", "gone");
  EXPECT_TRUE(fs::is_character_file("/dev/null"));
  EXPECT_THROW(AtomicFile("/dev/null"), FileError);
}

TEST_F(AtomicFileTest, NamesThePathThatCannotBeWritten) {
  for (const std::string& bad : {path(""), path("missing/a"), std::string()}) {
    try {
      write_file_atomically(bad, "x");
      ADD_FAILURE() << bad;
    } catch (const FileError& error) {
      EXPECT_EQ(std::string(error.what()).rfind(bad.empty() ? "''" : bad, 0), 0U) << error.what();
    }
  }
  EXPECT_EQ(entries(), 0);
}

}  // namespace
}  // namespace modeseek
