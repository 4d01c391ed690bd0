#include <filesystem>
#include <string_view>
#include <system_error>
#include <utility>

#include "checkpoints/checkpoint.hpp"
#include "checkpoints/formats.hpp"
#include "checkpoints/mapped_file.hpp"
#include "modeseek/error.hpp"

namespace modeseek::checkpoints {

Checkpoint parse_checkpoint(std::span<const std::byte> bytes, const std::string& name,
                            std::shared_ptr<const void> storage) {
  if (is_zip(bytes)) return parse_torch_zip(bytes, name, std::move(storage));
  if (is_pickle(bytes)) return parse_torch_pickle(bytes, name, std::move(storage));
  return parse_safetensors(bytes, name, std::move(storage));
}

Checkpoint open_file(const std::string& path) {
  std::shared_ptr<const MappedFile> file = MappedFile::open(path);
  const std::span<const std::byte> bytes = file->bytes();
  return parse_checkpoint(bytes, path, std::move(file));
}

Checkpoint open_checkpoint(const std::string& path) {
  std::error_code ignored;
  if (std::filesystem::is_directory(path, ignored)) return open_folder(path);
  if (path.ends_with(".index.json")) return open_shards(path);
  return open_file(path);
}

}  // namespace modeseek::checkpoints
