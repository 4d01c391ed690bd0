#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>
#include <filesystem>
#include <fstream>
#include <memory>
#include <ranges>
#include <span>
#include <string>

#include "checkpoints/checkpoint.hpp"
#include "modeseek/error.hpp"

namespace modeseek::checkpoints {

inline std::span<const std::byte> bytes_of(const std::string& text) {
  return std::as_bytes(std::span(text.data(), text.size()));
}

/// A value's bytes as the file formats store it: little endian.
template <class T>
std::string raw(T value) {
  return {reinterpret_cast<const char*>(&value), sizeof value};
}

inline std::string read_text(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  EXPECT_TRUE(file.good()) << path;
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

inline void write_text(const std::filesystem::path& path, const std::string& text) {
  std::filesystem::create_directories(path.parent_path());
  std::ofstream file(path, std::ios::binary);
  file << text;
  ASSERT_TRUE(file.good()) << path;
}

/// The message of the FileError that `action` throws; "" when it throws none.
template <class Action>
std::string refusal(Action action) {
  try {
    action();
  } catch (const FileError& error) {
    return error.what();
  }
  return "";
}

/// An empty folder that is gone after the test.
class TemporaryFolder {
 public:
  TemporaryFolder() {
    std::string pattern = (std::filesystem::temp_directory_path() / "modeseek-XXXXXX").string();
    if (mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("mkdtemp failed");
    path_ = pattern;
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  ~TemporaryFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

/// A fixture that make_fixtures.py wrote.
inline std::filesystem::path fixture(const std::string& name) {
  return std::filesystem::path(MODESEEK_TEST_DATA) / "checkpoints" / name;
}

/// The same names, types, shapes and bytes.
inline void expect_same_tensors(const Checkpoint& found, const Checkpoint& expected) {
  ASSERT_EQ(found.tensors.size(), expected.tensors.size());
  for (const auto& [name, entry] : expected.tensors) {
    ASSERT_TRUE(found.contains(name)) << name;
    const TensorEntry& other = found.at(name);
    EXPECT_EQ(to_string(other.type), to_string(entry.type)) << name;
    EXPECT_EQ(other.shape, entry.shape) << name;
    EXPECT_TRUE(std::ranges::equal(other.bytes, entry.bytes)) << name;
  }
}

/// A safetensors file: header length, header, data.
inline std::string safetensors(const std::string& header, const std::string& data) {
  return raw<std::uint64_t>(header.size()) + header + data;
}

/// Parses the text and keeps it alive.
inline Checkpoint parse(std::string text) {
  auto storage = std::make_shared<const std::string>(std::move(text));
  return parse_checkpoint(bytes_of(*storage), "file", storage);
}

/// Every proper prefix of a file must be refused, never crash.
inline void expect_every_truncation_refused(const std::string& text) {
  for (std::size_t length = 0; length < text.size(); ++length) {
    // A copy of exactly this length, so that a sanitizer sees one byte too many.
    const std::string message = refusal([&] { parse(text.substr(0, length)); });
    EXPECT_TRUE(message.starts_with("file: ")) << "of " << length << " bytes: " << message;
  }
}

}  // namespace modeseek::checkpoints
