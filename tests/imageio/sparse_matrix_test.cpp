#include "imageio/sparse_matrix.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>
#include <vector>

#include "modeseek/error.hpp"
#include "modeseek/task.hpp"

namespace modeseek {
namespace {

std::string path(const std::string& name) {
  return std::string(MODESEEK_TEST_DATA "/operators/") + name;
}

std::string read(const std::string& name) {
  std::ifstream in(path(name), std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

Tensor parse(const std::string& bytes) {
  return parse_sparse_matrix(std::as_bytes(std::span(bytes)), "m.npz");
}

TEST(SparseMatrix, ReadsWhatSciPyWrites) {
  const Tensor m = load_array(path("sparse.npz"));
  const std::vector<float> expected{4, 5, 0, 0, 0, 1.5F, 0, 3, -2, 2, 1, 0.25F, 3, 2, 4};
  EXPECT_EQ(m.shape(), (Shape{1, 1, 5, 3}));
  EXPECT_TRUE(std::ranges::equal(m.values(), expected));
}

TEST(SparseMatrix, SaysWhatIsWrong) {
  const auto message = [](const std::string& name) -> std::string {
    try {
      load_array(path(name));
    } catch (const FileError& error) {
      return error.what();
    }
    return "accepted";
  };
  EXPECT_NE(message("sparse_compressed.npz").find("compressed=False"), std::string::npos);
  EXPECT_NE(message("sparse_csc.npz").find("expected the format csr"), std::string::npos);
  EXPECT_NE(message("photo.png.npz").find("photo.png.npz"), std::string::npos);
}

/// The file with `bytes` bytes of `value` at `offset` from the start of the array `key`'s data.
std::string patched(const std::string& key, std::size_t offset, std::int32_t value) {
  std::string file = read("sparse.npz");
  const std::size_t entry = file.find(key + ".npy");
  const std::size_t magic = file.find("\x93NUMPY", entry);
  const std::size_t header = static_cast<unsigned char>(file[magic + 8]) +
                             256U * static_cast<unsigned char>(file[magic + 9]);
  std::memcpy(file.data() + magic + 10 + header + offset, &value, sizeof value);
  return file;
}

TEST(SparseMatrix, ChecksEveryIndex) {
  EXPECT_NO_THROW(parse(patched("indices", 0, 4)));
  EXPECT_THROW(parse(patched("indices", 0, 5)), FileError);
  EXPECT_THROW(parse(patched("indices", 0, -1)), FileError);
  EXPECT_THROW(parse(patched("indptr", 0, 1)), FileError);
  EXPECT_THROW(parse(patched("indptr", 4, 3)), FileError);
  EXPECT_THROW(parse(patched("indptr", 16, 5)), FileError);
  EXPECT_THROW(parse(patched("indptr", 16, 1 << 30)), FileError);
}

TEST(SparseMatrix, NoDamageCrashes) {
  const std::string whole = read("sparse.npz");
  for (std::size_t size = 0; size < whole.size(); size += 7) {
    EXPECT_THROW(parse(whole.substr(0, size)), FileError) << size;
  }
  for (std::size_t i = 0; i < whole.size(); ++i) {
    for (const char value : {'\0', '\xff'}) {
      std::string damaged = whole;
      damaged[i] = value;
      try {
        parse(damaged);
      } catch (const FileError&) {
        continue;
      }
    }
  }
}

}  // namespace
}  // namespace modeseek
