#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <utility>

#include "checkpoints/formats.hpp"
#include "checkpoints/mapped_file.hpp"
#include "checkpoints/messages.hpp"
#include "checkpoints/zip_archive.hpp"
#include "modeseek/error.hpp"
#include "priors/checkpoint_hash.hpp"
#include "torch/program_settings.hpp"
#include "torch/script_module.hpp"
#include "torch/torch_prior.hpp"
#include "torch/torchscript.hpp"

namespace modeseek::torch_priors {
namespace {

using checkpoints::ZipArchive;

/// Published programs have about a megabyte of code.
constexpr std::uint64_t most_code = std::uint64_t{64} << 20;

/// "archive/code/__torch__.py" -> "code/__torch__.py": the folder's name is anybody's choice.
std::string below_folder(const std::string& name) {
  const std::size_t slash = name.find('/');
  return slash == std::string::npos ? std::string() : name.substr(slash + 1);
}

/// libtorch trusts its files. What can be checked from outside is: a whole archive whose entries
/// lie inside it and do not overlap, tensors stored as they are, code of sane size.
void check_archive(std::span<const std::byte> bytes, const std::string& path) {
  if (!checkpoints::is_zip(bytes))
    throw FileError(path, "is no TorchScript program: no zip archive");
  const ZipArchive archive(bytes, path);
  const bool program = std::ranges::any_of(archive.entries(), [](const auto& entry) {
    return below_folder(entry.first) == "constants.pkl";
  });
  if (!program)
    throw FileError(path, "is no TorchScript program: the archive has no constants.pkl");
  std::uint64_t code = 0;
  for (const ZipArchive::Compressed& entry : archive.compressed()) {
    const std::string name = below_folder(entry.name);
    const bool text = name.starts_with("code/") || name.starts_with("extra/");
    if (!text || entry.unfolded > most_code - code) {
      throw FileError(path, fmt::format("refused: zip entry {} is compressed ({} bytes that claim "
                                        "to unfold into {}); expected up to {} MiB of code",
                                        checkpoints::in_quotes(entry.name), entry.size,
                                        entry.unfolded, most_code >> 20));
    }
    code += entry.unfolded;
  }
}

std::int64_t resolution_of(const ProgramSettings& settings) {
  if (!settings.fixed_size || settings.fixed_size->first != settings.fixed_size->second) return 0;
  return settings.fixed_size->first;
}

PriorInfo describe(const std::string& path, const ProgramSettings& settings,
                   const ScriptModule& module, std::string hash, bool bf16) {
  PriorInfo info;
  info.name = std::string(torchscript_prefix) + path;
  info.family = "torchscript";
  info.preconditioning = "the program's own, on " + settings.device;
  info.parameters = module.parameter_count();
  info.hash = std::move(hash);
  info.resolution = resolution_of(settings);
  info.notes = settings.notes;
  info.precision = bf16 ? Precision::bf16 : Precision::float32;
  return info;
}

}  // namespace

bool torchscript_supported() { return true; }

LoadedPrior load_torchscript(const std::string& path, const PriorOptions& options) {
  std::string hash;
  {
    const auto file = checkpoints::MappedFile::open(path);
    check_archive(file->bytes(), path);
    hash = priors::hash_of(file->bytes());
  }
  auto module = std::make_shared<ScriptModule>(path);
  const ProgramSettings settings =
      program_settings(path, module->description(describable_settings()), options);
  const bool bf16 = options.precision == Precision::bf16;
  module->prepare(settings.device, bf16);
  LoadedPrior prior;
  prior.info = describe(path, settings, *module, std::move(hash), bf16);
  prior.denoiser = std::make_unique<TorchPrior>(std::move(module), settings);
  return prior;
}

}  // namespace modeseek::torch_priors
