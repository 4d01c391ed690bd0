#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>

namespace modeseek::checkpoints {

/// A regular file mapped read-only into memory: a checkpoint of gigabytes costs no copy, and only
/// the pages that are looked at are read. The mapping is private; whoever truncates the file while
/// it is in use gets the process a SIGBUS, as with every mapping.
class MappedFile {
 public:
  /// Throws FileError when the path is missing, unreadable, not a regular file or empty.
  static std::shared_ptr<const MappedFile> open(const std::string& path);

  MappedFile(const MappedFile&) = delete;
  MappedFile& operator=(const MappedFile&) = delete;
  ~MappedFile();

  std::span<const std::byte> bytes() const noexcept { return {data_, size_}; }
  /// Gives back the memory of `part` if it lies in this file; looked at again it is read again.
  void forget(std::span<const std::byte> part) const noexcept;

 private:
  MappedFile(const std::byte* data, std::size_t size) noexcept : data_(data), size_(size) {}

  const std::byte* data_;
  std::size_t size_;
};

}  // namespace modeseek::checkpoints
