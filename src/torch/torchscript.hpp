#pragma once

#include <string>
#include <string_view>

#include "modeseek/prior.hpp"

namespace modeseek::torch_priors {

/// What the name of a TorchScript prior begins with: "torchscript:FILE". A program runs code that
/// came with it, so it is opened only when asked for by this name, never by what a file looks like.
inline constexpr std::string_view torchscript_prefix = "torchscript:";

/// Whether this build can open TorchScript files (CMake option MODESEEK_WITH_TORCH).
bool torchscript_supported();

/// The TorchScript program in the file `path` as a denoiser; docs/checkpoints.md describes what it
/// must look like. It runs once on a small black image, so that a program of another signature is
/// refused here. Throws FileError for a file that is no such program or a wrong value of a
/// setting, InvalidArgument for settings that do not exist; in a build without libtorch always
/// InvalidArgument, which says how to build with it.
LoadedPrior load_torchscript(const std::string& path, const PriorOptions& options);

}  // namespace modeseek::torch_priors
