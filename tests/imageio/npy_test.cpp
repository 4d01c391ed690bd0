#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <limits>
#include <vector>

#include "imageio/temporary_folder.hpp"
#include "modeseek/error.hpp"
#include "modeseek/image.hpp"

namespace modeseek {
namespace {

std::string npy(const std::string& dictionary, const std::string& data, int major = 1) {
  std::string file = "\x93NUMPY";
  file += static_cast<char>(major);
  file += '\0';
  for (int i = 0; i < (major == 1 ? 2 : 4); ++i) {
    file += static_cast<char>((dictionary.size() >> (8 * i)) & 0xFF);
  }
  return file + dictionary + data;
}

std::string dictionary(const std::string& descr, const std::string& shape,
                       const std::string& order = "False") {
  return "{'descr': '" + descr + "', 'fortran_order': " + order + ", 'shape': " + shape + ", }  \n";
}

template <typename T>
std::string bytes_of(const std::vector<T>& values) {
  return {reinterpret_cast<const char*>(values.data()), values.size() * sizeof(T)};
}

Tensor parse(const std::string& file) {
  return parse_npy(std::as_bytes(std::span(file.data(), file.size())), "test.npy");
}

void expect_refused(const std::string& file, const std::string& message) {
  try {
    parse(file);
    ADD_FAILURE() << "expected: " << message;
  } catch (const FileError& error) {
    EXPECT_NE(std::string(error.what()).find(message), std::string::npos) << error.what();
    EXPECT_EQ(std::string(error.what()).find('\n'), std::string::npos);
  }
}

template <typename T>
void expect_values(const std::string& descr, const std::vector<T>& values,
                   const std::vector<float>& expected) {
  const Tensor t =
      parse(npy(dictionary(descr, "(" + std::to_string(values.size()) + ",)"), bytes_of(values)));
  ASSERT_EQ(t.shape(), (Shape{1, 1, 1, static_cast<std::int64_t>(values.size())})) << descr;
  for (std::size_t i = 0; i < expected.size(); ++i) {
    EXPECT_EQ(t.values()[i], expected[i]) << descr << " " << i;
  }
}

TEST(Npy, ReadsEveryElementType) {
  expect_values<float>("<f4", {1.5F, -2.0F, 1e-40F}, {1.5F, -2.0F, 1e-40F});
  expect_values<double>(
      "<f8", {0.1, -1e300, 1e300},
      {0.1F, -std::numeric_limits<float>::infinity(), std::numeric_limits<float>::infinity()});
  expect_values<std::uint16_t>(
      "<f2", {0x3C00, 0xC000, 0x0001, 0x3555, 0x7BFF, 0xFC00},
      {1.0F, -2.0F, 0x1p-24F, 0.333251953125F, 65504.0F, -std::numeric_limits<float>::infinity()});
  expect_values<std::int8_t>("|i1", {-128, 127}, {-128.0F, 127.0F});
  expect_values<std::uint8_t>("|u1", {0, 255}, {0.0F, 255.0F});
  expect_values<std::int16_t>("<i2", {-32768, 258}, {-32768.0F, 258.0F});
  expect_values<std::uint16_t>("<u2", {65535, 1}, {65535.0F, 1.0F});
  expect_values<std::int32_t>("<i4", {-65536, 7}, {-65536.0F, 7.0F});
  expect_values<std::uint32_t>("<u4", {4294967295U, 7}, {4294967296.0F, 7.0F});
  expect_values<std::int64_t>("<i8", {-(1LL << 40), 7}, {-0x1p40F, 7.0F});
  expect_values<std::uint64_t>("<u8", {1ULL << 63, 7}, {0x1p63F, 7.0F});
  expect_values<std::uint8_t>("|b1", {0, 1, 2}, {0.0F, 1.0F, 1.0F});
  EXPECT_TRUE(std::isnan(
      parse(npy(dictionary("<f2", "(1,)"), bytes_of<std::uint16_t>({0x7E00}))).values()[0]));
}

TEST(Npy, AlignsAxesToTheRight) {
  const std::vector<float> six{0, 1, 2, 3, 4, 5};
  const auto shape_of = [&](const std::string& shape) {
    return parse(npy(dictionary("<f4", shape), bytes_of(six))).shape();
  };
  EXPECT_EQ(shape_of("(6,)"), (Shape{1, 1, 1, 6}));
  EXPECT_EQ(shape_of("(2, 3)"), (Shape{1, 1, 2, 3}));
  EXPECT_EQ(shape_of("(3, 2, 1)"), (Shape{1, 3, 2, 1}));
  EXPECT_EQ(shape_of("(1,2,1,3)"), (Shape{1, 2, 1, 3}));
}

TEST(Npy, ReadsFortranOrder) {
  // NumPy: np.arange(24).reshape(2, 3, 4) stored with order='F'.
  std::vector<float> stored;
  for (int x = 0; x < 4; ++x) {
    for (int y = 0; y < 3; ++y) {
      for (int c = 0; c < 2; ++c) stored.push_back(static_cast<float>(12 * c + 4 * y + x));
    }
  }
  const Tensor t = parse(npy(dictionary("<f4", "(2, 3, 4)", "True"), bytes_of(stored)));
  ASSERT_EQ(t.shape(), (Shape{1, 2, 3, 4}));
  for (std::int64_t i = 0; i < 24; ++i) EXPECT_EQ(t.data()[i], static_cast<float>(i));
}

TEST(Npy, ReadsFormats2And3AndAnyOrderOfKeys) {
  const std::string data = bytes_of<float>({1, 2});
  EXPECT_EQ(parse(npy(dictionary("<f4", "(2,)"), data, 2)).count(), 2);
  EXPECT_EQ(parse(npy(dictionary("<f4", "(2,)"), data, 3)).count(), 2);
  EXPECT_EQ(parse(npy("{\"shape\":(2,),\"fortran_order\":False,\"descr\":\"<f4\"}", data)).count(),
            2);
}

TEST(Npy, RefusesMalformedHeaders) {
  const std::string data = bytes_of<float>({1, 2});
  const auto refuse = [&](const std::string& header, const std::string& message) {
    expect_refused(npy(header, data), message);
  };
  refuse(dictionary(">f4", "(2,)"), "big-endian");
  refuse(dictionary("<c8", "(1,)"), "element type '<c8'");
  refuse(dictionary("|O", "(2,)"), "element type");
  refuse(dictionary("<f1", "(2,)"), "element type");
  refuse(dictionary("<f3", "(2,)"), "element type");
  refuse(dictionary("|f4", "(2,)"), "element type");
  refuse(dictionary("<b2", "(2,)"), "element type");
  refuse(dictionary("<f4", "(2)"), "expected ','");
  refuse(dictionary("<f4", "(-2,)"), "non-negative extent");
  refuse(dictionary("<f4", "(2.0,)"), "expected ','");
  refuse(dictionary("<f4", "()"), "1 to 4 axes");
  refuse(dictionary("<f4", "(2,1,1,1,1)"), "1 to 4 axes");
  refuse(dictionary("<f4", "(0,2)"), "no elements");
  refuse(dictionary("<f4", "(2,,)"), "non-negative extent");
  refuse(dictionary("<f4", "(2,)", "true"), "True or False");
  refuse(dictionary("<f4", "(99999999999999999999,)"), "too large");
  refuse(dictionary("<f4", "(4294967296,4294967296)"), "too many elements");
  refuse(dictionary("<f4", "(9223372036854775807,1)"), "too many elements");
  refuse(dictionary("<f4", "(1099511627776,1)"), "needs 4398046511104 bytes");
  refuse("{'descr': '<f4', 'shape': (2,)}", "needs descr");
  refuse("{'descr': '<f4', 'descr': '<f4', 'fortran_order': False, 'shape': (2,)}", "twice");
  refuse("{'descr': '<f4', 'fortran_order': False, 'shape': (2,), 'x': 1}", "unknown key");
  refuse(dictionary("<f4", "(2,)") + "import os", "text after");
  refuse("{'descr': '<f4", "does not end");
  refuse("{'desc\\x72': '<f4'}", "escape");
  refuse("", "expected '{'");
}

TEST(Npy, RefusesTruncationAtEveryLengthAndTrailingBytes) {
  const std::string file = npy(dictionary("<f4", "(2,)"), bytes_of<float>({1, 2}));
  for (std::size_t length = 0; length < file.size(); ++length) {
    EXPECT_THROW(parse(file.substr(0, length)), FileError) << length;
  }
  EXPECT_EQ(parse(file).count(), 2);
  expect_refused(file + "x", "needs 8 bytes, found 9");
  std::string version = file;
  version[6] = 4;
  expect_refused(version, "format 4.0");
  expect_refused("PK\x03\x04 an .npz is a zip archive", "not an .npy file");
}

class NpyFile : public TemporaryFolder {};

TEST_F(NpyFile, RoundTripKeepsBitsAndShape) {
  Tensor t(Shape{2, 3, 5, 7});
  for (std::int64_t i = 0; i < t.count(); ++i) t.data()[i] = std::sin(static_cast<float>(i)) * 100;
  write_npy(path("a.npy"), t);
  EXPECT_EQ(entries(), 1);
  EXPECT_EQ((content(path("a.npy")).size() - t.values().size_bytes()) % 64, 0U);
  const Tensor back = read_npy(path("a.npy"));
  ASSERT_EQ(back.shape(), t.shape());
  EXPECT_EQ(std::memcmp(back.data(), t.data(), t.values().size_bytes()), 0);
}

TEST_F(NpyFile, AHugeFileIsRefusedByItsHeader) {
  // 64 GiB of nothing: whoever takes the memory first is killed.
  constexpr std::uintmax_t size = std::uintmax_t{1} << 36;
  for (const std::string& start : {std::string("nothing"), std::string("\x93NUMPY")}) {
    put(path("huge.npy"), start);
    std::filesystem::resize_file(path("huge.npy"), size);
    EXPECT_THROW(read_npy(path("huge.npy")), FileError);
  }
}

TEST_F(NpyFile, KeepsToTheMemoryThatItMayTake) {
  write_npy(path("a.npy"), Tensor(Shape{1, 3, 100, 100}));
  const std::uint64_t needed = std::filesystem::file_size(path("a.npy")) + 120000;
  EXPECT_EQ(read_npy(path("a.npy"), needed).count(), 30000);
  try {
    read_npy(path("a.npy"), needed - 1);
    ADD_FAILURE();
  } catch (const OutOfMemory& error) {
    EXPECT_EQ(error.needed_bytes(), needed);
    EXPECT_EQ(std::string(error.what()).rfind(path("a.npy"), 0), 0U) << error.what();
  }
}

TEST_F(NpyFile, NamesTheFileThatCannotBeReadOrWritten) {
  put(path("empty.npy"), "");
  for (const std::string& name : {path("missing.npy"), path("empty.npy"), path("")}) {
    try {
      read_npy(name);
      ADD_FAILURE() << name;
    } catch (const FileError& error) {
      EXPECT_EQ(std::string(error.what()).rfind(name, 0), 0U) << error.what();
    }
  }
  EXPECT_THROW(write_npy(path("missing/a.npy"), Tensor(Shape{1, 1, 1, 1})), FileError);
}

}  // namespace
}  // namespace modeseek
