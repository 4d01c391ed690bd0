#pragma once

#include <deque>
#include <string>
#include <vector>

#include "checkpoints/checkpoint.hpp"
#include "checkpoints/pickle_value.hpp"

namespace modeseek::checkpoints::pickle {

/// What is wrong with a tensor's shape, strides and offset ("reaches outside its storage ..."), or
/// "" when it lies inside its storage.
std::string layout_problem(const Tensor& tensor);

/// Copies of tensors that are not contiguous in their file.
using Copies = std::deque<std::vector<std::byte>>;

/// The tensor as a contiguous entry: in place where it is one, gathered into `copies` where its
/// strides are not (channels last, a transposed view). Throws FileError when its data is missing.
TensorEntry to_entry(Heap& heap, const Tensor& tensor, const std::string& name, Copies& copies);

}  // namespace modeseek::checkpoints::pickle
