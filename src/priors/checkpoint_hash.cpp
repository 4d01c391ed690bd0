#include "priors/checkpoint_hash.hpp"

#include <fmt/format.h>

#include <algorithm>
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

/// Keeps one part of the file in memory at a time.
void add_file(Hash& hash, const checkpoints::MappedFile& file) {
  constexpr std::size_t at_once = std::size_t{16} << 20U;
  for (std::span<const std::byte> rest = file.bytes(); !rest.empty();) {
    const auto part = rest.first(std::min(at_once, rest.size()));
    hash.add(part);
    file.forget(part);
    rest = rest.subspan(part.size());
  }
}

}  // namespace

std::string hash_of(std::span<const std::byte> bytes) {
  Hash hash;
  hash.add(bytes);
  return hash.text();
}

std::string hash_of(const checkpoints::Checkpoint& checkpoint) {
  Hash hash;
  if (std::filesystem::is_regular_file(checkpoint.path)) {
    add_file(hash, *checkpoints::MappedFile::open(checkpoint.path));
  } else {
    for (const auto& [name, tensor] : checkpoint.tensors) {
      hash.add(tensor.bytes);
      checkpoint.forget(tensor);
    }
  }
  return hash.text();
}

}  // namespace modeseek::priors
