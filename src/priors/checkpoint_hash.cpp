#include "priors/checkpoint_hash.hpp"

#include <fmt/format.h>

#include <cstdint>
#include <filesystem>

#include "checkpoints/mapped_file.hpp"

namespace modeseek::priors {
namespace {

class Hash {
 public:
  void add(std::span<const std::byte> bytes) {
    for (const std::byte b : bytes) {
      state_ = (state_ ^ std::to_integer<std::uint64_t>(b)) * 0x100000001b3ULL;
    }
  }
  std::string text() const { return fmt::format("{:016x}", state_); }

 private:
  std::uint64_t state_ = 0xcbf29ce484222325ULL;
};

}  // namespace

std::string hash_of(std::span<const std::byte> bytes) {
  Hash hash;
  hash.add(bytes);
  return hash.text();
}

std::string hash_of(const checkpoints::Checkpoint& checkpoint) {
  if (std::filesystem::is_regular_file(checkpoint.path)) {
    return hash_of(checkpoints::MappedFile::open(checkpoint.path)->bytes());
  }
  Hash hash;
  for (const auto& [name, tensor] : checkpoint.tensors) hash.add(tensor.bytes);
  return hash.text();
}

}  // namespace modeseek::priors
