#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

namespace modeseek {

/// A file that takes its name only once it is complete: written under a temporary name in the same
/// folder, then renamed. Whoever reads the folder sees the old file or the new one, never half of
/// one, also after a power cut. Destroyed without commit(), it removes the temporary.
class AtomicFile {
 public:
  /// Creates the empty temporary. Throws FileError when `path` is a folder or another thing that is
  /// no regular file, or when its folder cannot be written.
  explicit AtomicFile(const std::string& path);
  ~AtomicFile();
  AtomicFile(const AtomicFile&) = delete;
  AtomicFile& operator=(const AtomicFile&) = delete;

  /// Where to write.
  const std::string& temporary_path() const noexcept { return temporary_; }
  /// Brings what was written to the disk (fsync), renames the temporary, and brings the name to the
  /// disk as sync_name_to_disk does: on return the new file survives a power cut. Throws FileError;
  /// unless it was the name that could not be brought to the disk, the old file is still there, and
  /// the destructor removes the temporary.
  void commit();

 private:
  std::string path_;    ///< as the caller named it, for messages
  std::string target_;  ///< the same with symbolic links followed
  std::string temporary_;
  bool committed_ = false;
};

/// Makes sure that the name of a file, its entry in the folder, is on the disk: bringing the file
/// itself there need not do that. Where the file system has no such thing, or the folder may be
/// written but not read, this does nothing. Throws FileError.
void sync_name_to_disk(const std::string& path);

/// Writes a whole file by AtomicFile. A device or a pipe (/dev/stdout) cannot be renamed onto: it
/// is written directly. Throws FileError.
void write_file_atomically(const std::string& path, std::span<const std::byte> bytes);
void write_file_atomically(const std::string& path, std::string_view text);

}  // namespace modeseek
