#include "checkpoints/mapped_file.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <numeric>
#include <string>
#include <vector>

#include "checkpoints/files.hpp"

namespace modeseek::checkpoints {
namespace {

/// Bytes of mapped files that this process has in memory (proc(5)).
double resident_bytes() {
  std::ifstream status("/proc/self/status");
  std::string name;
  double kilobytes = -1;
  while (status >> name)
    if (name == "RssFile:" && status >> kilobytes) break;
  return 1024 * kilobytes;
}

std::size_t sum(std::span<const std::byte> bytes) {
  return std::accumulate(
      bytes.begin(), bytes.end(), std::size_t{0},
      [](std::size_t s, std::byte b) { return s + std::to_integer<std::size_t>(b); });
}

class MappedFileTest : public testing::Test {
 protected:
  static constexpr std::size_t size = (std::size_t{16} << 20U) + 100;

  MappedFileTest() {
    std::string text(size, '\0');
    for (std::size_t i = 0; i < size; ++i) text[i] = static_cast<char>(i % 251);
    write_text(folder.path() / "file", text);
    file = MappedFile::open((folder.path() / "file").string());
  }

  TemporaryFolder folder;
  std::shared_ptr<const MappedFile> file;
};

TEST_F(MappedFileTest, ForgottenPartsAreReadAgain) {
  const std::size_t expected = sum(file->bytes());
  const double before = resident_bytes();
  file->forget(file->bytes());
  EXPECT_LT(resident_bytes(), before - 0.9 * static_cast<double>(size));
  EXPECT_EQ(sum(file->bytes()), expected);
}

TEST_F(MappedFileTest, ForgetsNothingThatIsNotInTheFile) {
  const std::vector<std::byte> other(std::size_t{1} << 20U, std::byte{7});
  file->forget(other);
  EXPECT_EQ(sum(other), 7 * other.size());
  file->forget({file->bytes().data(), size + 1});
  file->forget(file->bytes().first(0));
  file->forget(file->bytes().subspan(1, 5));
}

}  // namespace
}  // namespace modeseek::checkpoints
