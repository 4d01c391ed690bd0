#pragma once

#include <cstdint>
#include <string>
#include <utility>

#include "checkpoints/checkpoint.hpp"
#include "modeseek/error.hpp"
#include "networks/layers.hpp"

namespace modeseek::networks {

/// The tensors of a checkpoint below one prefix ("module.", "model.", ""), by the rest of their
/// names: what a detector of architectures looks at.
class PrefixedTensors {
 public:
  /// The prefix is what precedes the name `anchor`. Throws FileError when no tensor has it.
  PrefixedTensors(const checkpoints::Checkpoint& checkpoint, const std::string& anchor)
      : checkpoint_(checkpoint), prefix_(find_prefix(checkpoint, anchor)) {}

  const checkpoints::Checkpoint& checkpoint() const { return checkpoint_; }
  const std::string& prefix() const { return prefix_; }

  bool has(const std::string& name) const { return checkpoint_.contains(prefix_ + name); }
  /// Throws FileError as Checkpoint::extent does.
  std::int64_t extent(const std::string& name, std::size_t axis) const {
    return checkpoint_.extent(prefix_ + name, axis);
  }
  /// Throws FileError.
  [[noreturn]] void fail(const std::string& problem) const {
    throw FileError(checkpoint_.path, problem);
  }

 private:
  const checkpoints::Checkpoint& checkpoint_;
  std::string prefix_;
};

}  // namespace modeseek::networks
