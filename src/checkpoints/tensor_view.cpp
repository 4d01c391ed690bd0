#include "checkpoints/tensor_view.hpp"

#include <cstring>

#include "checkpoints/layout.hpp"
#include "checkpoints/messages.hpp"

namespace modeseek::checkpoints::pickle {
namespace {

bool is_contiguous(const Tensor& tensor) {
  std::int64_t expected = 1;
  for (std::size_t axis = tensor.shape.size(); axis-- > 0;) {
    if (tensor.shape[axis] != 1 && tensor.strides[axis] != expected) return false;
    expected *= tensor.shape[axis];
  }
  return true;
}

/// Steps a multi-dimensional index in C order and keeps the element's place in the storage.
class Odometer {
 public:
  explicit Odometer(const Tensor& tensor)
      : tensor_(tensor), index_(tensor.shape.size()), place_(tensor.offset) {}

  std::size_t place() const { return static_cast<std::size_t>(place_); }

  void step() {
    for (std::size_t axis = index_.size(); axis-- > 0;) {
      place_ += tensor_.strides[axis];
      if (++index_[axis] < tensor_.shape[axis]) return;
      place_ -= tensor_.strides[axis] * tensor_.shape[axis];
      index_[axis] = 0;
    }
  }

 private:
  const Tensor& tensor_;
  std::vector<std::int64_t> index_;
  std::int64_t place_;
};

std::vector<std::byte> gather(const Tensor& tensor, std::size_t bytes) {
  const std::size_t size = size_of(tensor.storage->type);
  std::vector<std::byte> result(bytes);
  Odometer odometer(tensor);
  for (std::size_t to = 0; to < bytes; to += size) {
    std::memcpy(result.data() + to, tensor.storage->bytes.data() + odometer.place() * size, size);
    odometer.step();
  }
  return result;
}

}  // namespace

std::string layout_problem(const Tensor& tensor) {
  const auto count = checked_count(tensor.shape, tensor.storage->type);
  if (!count) return "has the impossible shape " + to_string(tensor.shape);
  if (tensor.strides.size() != tensor.shape.size()) {
    return "has " + std::to_string(tensor.shape.size()) + " axes but " +
           std::to_string(tensor.strides.size()) + " strides";
  }
  const std::string outside = "reaches outside its storage of " +
                              std::to_string(tensor.storage->count) + " elements: shape " +
                              to_string(tensor.shape) + ", strides " + to_string(tensor.strides) +
                              ", offset " + std::to_string(tensor.offset);
  // `room` elements follow the one reached so far.
  std::int64_t room = tensor.storage->count - (*count == 0 ? 0 : 1);
  if (tensor.offset < 0 || tensor.offset > room) return outside;
  room -= tensor.offset;
  for (std::size_t axis = 0; axis < tensor.shape.size(); ++axis) {
    const std::int64_t steps = tensor.shape[axis] - 1;
    if (tensor.strides[axis] < 0) return outside;
    if (*count == 0 || steps == 0) continue;
    if (tensor.strides[axis] > room / steps) return outside;
    room -= tensor.strides[axis] * steps;
  }
  return "";
}

TensorEntry to_entry(Heap& heap, const Tensor& tensor, const std::string& name, Copies& copies) {
  TensorEntry entry{tensor.storage->type, tensor.shape, {}};
  if (!tensor.storage->resolved) heap.fail("the data of tensor " + in_quotes(name) + " is missing");
  const std::size_t size = size_of(entry.type);
  const std::size_t bytes = static_cast<std::size_t>(entry.count()) * size;
  if (bytes == 0) return entry;
  if (is_contiguous(tensor)) {
    entry.bytes =
        tensor.storage->bytes.subspan(static_cast<std::size_t>(tensor.offset) * size, bytes);
    return entry;
  }
  heap.spend_bytes(bytes);
  entry.bytes = copies.emplace_back(gather(tensor, bytes));
  return entry;
}

}  // namespace modeseek::checkpoints::pickle
