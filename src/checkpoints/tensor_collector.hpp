#pragma once

#include <deque>
#include <memory>
#include <string>
#include <utility>

#include "checkpoints/checkpoint.hpp"
#include "checkpoints/pickle_value.hpp"
#include "checkpoints/tensor_view.hpp"

namespace modeseek::checkpoints::pickle {

/// Gathers the tensors of a pickle under their names.
class TensorCollector {
 public:
  explicit TensorCollector(Heap& heap) : heap_(heap) {}

  /// Throws FileError when the name is taken or too long, or when the tensor has no data.
  void add(const std::string& name, const TensorRef& tensor);

  /// The tensors, and an owner of everything that they point to.
  std::map<std::string, TensorEntry> take_tensors() { return std::move(tensors_); }
  std::shared_ptr<const void> take_storage(std::shared_ptr<const void> file);

 private:
  Heap& heap_;
  std::map<std::string, TensorEntry> tensors_;
  Copies copies_;
};

}  // namespace modeseek::checkpoints::pickle
