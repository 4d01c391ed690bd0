#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "modeseek/prior.hpp"

namespace modeseek::torch_priors {

struct Buffer {
  std::vector<std::int64_t> shape;
  std::vector<float> values;
};

/// A TorchScript program in the making.
struct Program {
  std::string source;                           ///< of its methods
  std::map<std::string, std::int64_t> numbers;  ///< attributes
  std::map<std::string, Buffer> buffers;        ///< tensors
  std::string description;                      ///< the extra file modeseek.json; "" for none
};

/// Compiles the program and saves it as torch.jit.save does.
void save(const Program& program, const std::filesystem::path& path);

/// Saves the program as `path` and loads it as a prior.
LoadedPrior load(const Program& program, const std::filesystem::path& path,
                 const PriorOptions& options = {});

}  // namespace modeseek::torch_priors
