#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <vector>

namespace modeseek::checkpoints {

/// The stored entries of a zip archive, in place; they neither overlap nor repeat a name. Nothing
/// is ever unfolded: PyTorch compresses the code of its programs only, and compressed entries are
/// left out. Checksums are not verified: that would read every byte of a file that is mapped in
/// order not to be read. Format: PKWARE's APPNOTE.TXT.
class ZipArchive {
 public:
  /// Throws FileError. The bytes must outlive the archive.
  ZipArchive(std::span<const std::byte> bytes, const std::string& path);

  const std::map<std::string, std::span<const std::byte>>& entries() const { return entries_; }

  /// An entry that is compressed, and how many bytes it claims to unfold into.
  struct Compressed {
    std::string name;
    std::uint64_t size;
    std::uint64_t unfolded;
  };
  const std::vector<Compressed>& compressed() const { return compressed_; }

  /// Throws FileError when an entry is compressed, as in a zip bomb.
  void refuse_compressed() const;

 private:
  std::string path_;
  std::vector<Compressed> compressed_;
  std::map<std::string, std::span<const std::byte>> entries_;
};

}  // namespace modeseek::checkpoints
