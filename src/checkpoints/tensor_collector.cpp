#include "checkpoints/tensor_collector.hpp"

#include "checkpoints/messages.hpp"

namespace modeseek::checkpoints::pickle {
namespace {

constexpr std::size_t longest_name = 1000;

struct Owned {
  std::shared_ptr<const void> file;
  std::deque<std::string> texts;
  Copies copies;
};

}  // namespace

void TensorCollector::add(const std::string& name, const TensorRef& tensor) {
  if (name.size() > longest_name)
    heap_.fail("has a tensor name of " + std::to_string(name.size()) + " bytes");
  if (tensor.tensor == nullptr)
    heap_.fail("tensor " + in_quotes(name) + " is a NumPy array without a state");
  heap_.spend_items(1);
  heap_.spend_bytes(name.size());
  if (tensors_.contains(name)) heap_.fail("holds tensor " + in_quotes(name) + " twice");
  tensors_.emplace(name, to_entry(heap_, *tensor.tensor, name, copies_));
}

std::shared_ptr<const void> TensorCollector::take_storage(std::shared_ptr<const void> file) {
  return std::make_shared<const Owned>(
      Owned{std::move(file), heap_.release_texts(), std::move(copies_)});
}

}  // namespace modeseek::checkpoints::pickle
