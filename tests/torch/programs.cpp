#include "torch/programs.hpp"

#include <torch/script.h>

namespace modeseek::torch_priors {

void save(const Program& program, const std::filesystem::path& path) {
  torch::jit::Module module("Program");
  for (const auto& [name, number] : program.numbers) {
    module.register_attribute(name, c10::IntType::get(), number);
  }
  for (const auto& [name, buffer] : program.buffers) {
    module.register_buffer(name, torch::tensor(buffer.values).reshape(buffer.shape));
  }
  module.define(program.source);
  torch::jit::ExtraFilesMap extra;
  if (!program.description.empty()) extra["modeseek.json"] = program.description;
  module.save(path.string(), extra);
}

LoadedPrior load(const Program& program, const std::filesystem::path& path,
                 const PriorOptions& options) {
  save(program, path);
  return load_prior("torchscript:" + path.string(), options);
}

}  // namespace modeseek::torch_priors
