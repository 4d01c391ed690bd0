#pragma once

#include <memory>

#include "checkpoints/checkpoint.hpp"
#include "checkpoints/pickle_value.hpp"

namespace modeseek::checkpoints::pickle {

/// Takes the weights and the configuration out of what a pickle described. The weights are, of
/// these, the first that exists:
///  1. under `ema_state_dict`, `ema`, `state_dict`, `model` or `net`, in this order (averaged
///  weights
///     come first: they are the ones that images are made with), by these same rules, to three
///     levels;
///  2. a network object (EDM): its parameters and buffers under dotted names, its constructor
///     arguments as the configuration;
///  3. a dict whose values are tensors. If every name begins with "module." (written by
///     DataParallel), that is dropped.
/// The configuration of a dict is the first of `config`, `model_config`, `hyper_parameters` and
/// `args` beside the weights, or further out, that is a dict of plain values. Throws FileError when
/// there are no weights or when a tensor has no data.
Checkpoint take_weights(Heap& heap, const Value* root, std::shared_ptr<const void> file);

}  // namespace modeseek::checkpoints::pickle
