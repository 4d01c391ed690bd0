#include <cstring>
#include <filesystem>
#include <string_view>
#include <system_error>
#include <utility>

#include "checkpoints/checkpoint.hpp"
#include "checkpoints/formats.hpp"
#include "checkpoints/mapped_file.hpp"
#include "modeseek/error.hpp"

namespace modeseek::checkpoints {
namespace {

bool starts_with(std::span<const std::byte> bytes, std::string_view text) {
  return bytes.size() >= text.size() && std::memcmp(bytes.data(), text.data(), text.size()) == 0;
}

/// The common mistakes, before another reader complains about details of its own format.
void refuse_other_files(std::span<const std::byte> bytes, const std::string& name) {
  if (starts_with(bytes, "version https://git-lfs")) {
    throw FileError(name, "is a Git LFS pointer, not the file itself: fetch it with git lfs pull");
  }
  if (bytes.size() > 8 && bytes[8] != std::byte{'{'}) {
    throw FileError(name, "is no checkpoint: neither safetensors nor PyTorch nor a pickle");
  }
}

}  // namespace

Checkpoint parse_checkpoint(std::span<const std::byte> bytes, const std::string& name,
                            std::shared_ptr<const void> storage) {
  if (is_zip(bytes)) return parse_torch_zip(bytes, name, std::move(storage));
  if (is_pickle(bytes)) return parse_torch_pickle(bytes, name, std::move(storage));
  refuse_other_files(bytes, name);
  return parse_safetensors(bytes, name, std::move(storage));
}

Checkpoint open_file(const std::string& path) {
  std::shared_ptr<const MappedFile> file = MappedFile::open(path);
  const std::span<const std::byte> bytes = file->bytes();
  Checkpoint checkpoint = parse_checkpoint(bytes, path, file);
  checkpoint.files = {std::move(file)};
  return checkpoint;
}

Checkpoint open_checkpoint(const std::string& path) {
  std::error_code ignored;
  if (std::filesystem::is_directory(path, ignored)) return open_folder(path);
  if (path.ends_with(".index.json")) return open_shards(path);
  return open_file(path);
}

}  // namespace modeseek::checkpoints
