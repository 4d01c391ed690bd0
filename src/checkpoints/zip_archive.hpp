#pragma once

#include <cstddef>
#include <map>
#include <span>
#include <string>
#include <string_view>

namespace modeseek::checkpoints {

/// The entries of a zip archive, in place. Only what PyTorch writes is accepted: entries are
/// stored, not compressed, so that nothing unfolds (a zip bomb is refused); they neither overlap
/// nor repeat a name. Checksums are not verified: that would read every byte of a file that is
/// mapped in order not to be read. Format: PKWARE's APPNOTE.TXT.
class ZipArchive {
 public:
  /// Throws FileError. The bytes must outlive the archive.
  ZipArchive(std::span<const std::byte> bytes, const std::string& path);

  const std::map<std::string, std::span<const std::byte>>& entries() const { return entries_; }

 private:
  std::map<std::string, std::span<const std::byte>> entries_;
};

}  // namespace modeseek::checkpoints
