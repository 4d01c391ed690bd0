#pragma once

#include <nlohmann/json.hpp>

#include "checkpoints/pickle_value.hpp"
#include "checkpoints/tensor_collector.hpp"

/// A pickled PyTorch module, read from its attributes alone: `_parameters`, `_buffers` and
/// `_modules` (torch.nn.Module), `_init_args` and `_init_kwargs` (NVlabs' torch_utils.persistence).
namespace modeseek::checkpoints::pickle {

/// Adds the module's parameters and persistent buffers under dotted names
/// ("model.map_layer0.weight"), as PyTorch's state_dict() names them. Throws FileError.
void collect_tensors(Heap& heap, const Object& network, TensorCollector& collector);

/// The constructor arguments under their names, then the module's own plain attributes (sigma_min,
/// sigma_data, ...), then "precond": its class, and "model_type": the class of its member `model`.
nlohmann::json network_config(Heap& heap, const Object& network);

/// "edm" when the class is one of EDM's preconditioners, "" otherwise.
const char* network_family(const Object& network);

}  // namespace modeseek::checkpoints::pickle
