#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <span>
#include <vector>

#include "checkpoints/checkpoint.hpp"
#include "modeseek/error.hpp"

namespace modeseek::checkpoints {

/// Whatever a reader accepts must hold together: every tensor converts to as many numbers as its
/// shape says, all inside memory that the checkpoint owns or the input that it was read from.
inline void use_every_tensor(const Checkpoint& checkpoint) {
  for (const auto& [name, entry] : checkpoint.tensors) {
    if (entry.type == DType::boolean) continue;
    const std::vector<float> values = checkpoint.floats(name, entry.shape);
    if (values.size() != static_cast<std::size_t>(entry.count())) std::abort();
  }
  if (checkpoint.parameter_count() < 0) std::abort();
  if (!checkpoint.config.is_null()) (void)checkpoint.config.dump();
}

/// Reads a checkpoint from a copy of exactly that size, so that a sanitizer sees one byte too many.
template <class Parse>
void read_checkpoint(const std::uint8_t* data, std::size_t size, Parse parse) {
  const auto* first = reinterpret_cast<const std::byte*>(data);
  const auto copy = std::make_shared<const std::vector<std::byte>>(first, first + size);
  try {
    use_every_tensor(parse(std::span<const std::byte>(*copy), copy));
  } catch (const FileError&) {
    // The only exception that a reader may throw.
  }
}

}  // namespace modeseek::checkpoints
