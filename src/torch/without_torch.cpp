// Takes the place of the other files of this folder in a build without libtorch.
#include "modeseek/error.hpp"
#include "torch/torchscript.hpp"

namespace modeseek::torch_priors {

bool torchscript_supported() { return false; }

LoadedPrior load_torchscript(const std::string& path, const PriorOptions& /*options*/) {
  throw InvalidArgument(std::string(torchscript_prefix) + path +
                        ": this modeseek was built without libtorch; configure it with "
                        "-DMODESEEK_WITH_TORCH=ON to run TorchScript programs");
}

}  // namespace modeseek::torch_priors
