#include "priors/checkpoint_hash.hpp"

#include <gtest/gtest.h>

#include <string>

#include "checkpoints/checkpoint.hpp"
#include "checkpoints/files.hpp"

namespace modeseek::priors {
namespace {

using checkpoints::bytes_of;

/// FNV-1a, 64 bits: http://www.isthe.com/chongo/tech/comp/fnv/
TEST(CheckpointHash, IsFnv1a) {
  EXPECT_EQ(hash_of(bytes_of(std::string())), "cbf29ce484222325");
  EXPECT_EQ(hash_of(bytes_of(std::string("a"))), "af63dc4c8601ec8c");
  EXPECT_EQ(hash_of(bytes_of(std::string("foobar"))), "85944171f73967e8");
}

/// A file is read in parts.
TEST(CheckpointHash, OfAFileIsThatOfItsBytes) {
  const checkpoints::TemporaryFolder folder;
  std::string text((std::size_t{17} << 20U) + 3, '\0');
  for (std::size_t i = 0; i < text.size(); ++i) text[i] = static_cast<char>(i % 253);
  checkpoints::write_text(folder.path() / "file", text);
  checkpoints::Checkpoint checkpoint;
  checkpoint.path = (folder.path() / "file").string();
  EXPECT_EQ(hash_of(checkpoint), hash_of(bytes_of(text)));
}

/// Tensors that lie in no file of their own, in the order of their names.
TEST(CheckpointHash, OtherwiseIsThatOfTheTensors) {
  const std::string first = "foo";
  const std::string second = "bar";
  checkpoints::Checkpoint checkpoint;
  checkpoint.tensors["b"] = {checkpoints::DType::u8, {3}, bytes_of(second)};
  checkpoint.tensors["a"] = {checkpoints::DType::u8, {3}, bytes_of(first)};
  EXPECT_EQ(hash_of(checkpoint), "85944171f73967e8");
}

}  // namespace
}  // namespace modeseek::priors
