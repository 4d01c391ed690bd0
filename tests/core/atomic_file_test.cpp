#include "core/atomic_file.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "modeseek/error.hpp"

namespace modeseek {
namespace {

namespace fs = std::filesystem;

/// Calls of the system's fsync and rename since the last reset, and how fsync shall fail. A power
/// cut cannot be tested; the order of the calls that guard against it can.
struct SystemCalls {
  std::vector<std::string> made;
  int file_error = 0;    ///< of fsync of a file
  int folder_error = 0;  ///< of fsync of a folder
};

SystemCalls calls;

class AtomicFileTest : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = fs::path(testing::TempDir()) /
              (std::string("atomic_file_") +
               testing::UnitTest::GetInstance()->current_test_info()->name());
    fs::remove_all(folder_);
    fs::create_directories(folder_);
    calls = {};
  }
  void TearDown() override {
    calls = {};
    fs::permissions(folder_, fs::perms::owner_all);
    fs::remove_all(folder_);
  }

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

using Calls = std::vector<std::string>;

TEST_F(AtomicFileTest, IsOnTheDiskBeforeItTakesItsNameAndTheNameAfterwards) {
  const Calls expected{"fsync file of 3 bytes", "rename", "fsync folder"};
  write_file_atomically(path("a"), "new");
  EXPECT_EQ(calls.made, expected);
  calls = {};
  AtomicFile file(path("a"));
  std::ofstream(file.temporary_path()) << "two";
  EXPECT_EQ(calls.made, Calls());
  file.commit();
  EXPECT_EQ(calls.made, expected);
}

TEST_F(AtomicFileTest, WhatCannotReachTheDiskDoesNotReplaceTheOldFile) {
  write_file_atomically(path("a"), "old");
  calls = {};
  calls.file_error = EIO;
  try {
    write_file_atomically(path("a"), "new");
    ADD_FAILURE() << "committed";
  } catch (const FileError& error) {
    EXPECT_EQ(std::string(error.what()).rfind(path("a"), 0), 0U) << error.what();
  }
  EXPECT_EQ(content(path("a")), "old");
  EXPECT_EQ(entries(), 1);
}

TEST_F(AtomicFileTest, ANameThatCannotReachTheDiskIsAnError) {
  calls.folder_error = EIO;
  EXPECT_THROW(write_file_atomically(path("a"), "new"), FileError);
  EXPECT_THROW(sync_name_to_disk(path("a")), FileError);
  EXPECT_EQ(entries(), 1) << "the temporary is not left behind";
}

TEST_F(AtomicFileTest, TakesAFileSystemThatCannotSyncFolders) {
  calls.folder_error = EINVAL;
  write_file_atomically(path("a"), "new");
  EXPECT_EQ(content(path("a")), "new");
}

TEST_F(AtomicFileTest, TakesAFolderThatMayNotBeRead) {
  fs::permissions(folder_, fs::perms::owner_write | fs::perms::owner_exec);
  write_file_atomically(path("a"), "new");
  EXPECT_EQ(content(path("a")), "new");
}

TEST_F(AtomicFileTest, ANameWithoutAFolderIsInTheWorkingFolder) {
  sync_name_to_disk("a");
  EXPECT_EQ(calls.made, Calls{"fsync folder"});
}

}  // namespace

namespace {

int recorded_fsync(int fd) {
  struct stat status {};
  ::fstat(fd, &status);
  const bool folder = S_ISDIR(status.st_mode);
  calls.made.push_back(folder ? "fsync folder"
                              : "fsync file of " + std::to_string(status.st_size) + " bytes");
  errno = folder ? calls.folder_error : calls.file_error;
  return errno == 0 ? 0 : -1;
}

}  // namespace
}  // namespace modeseek

// In the place of the C library's, for this program.
extern "C" int fsync(int fd) { return modeseek::recorded_fsync(fd); }

extern "C" int rename(const char* from, const char* to) noexcept {
  modeseek::calls.made.emplace_back("rename");
  return ::renameat(AT_FDCWD, from, AT_FDCWD, to);
}
