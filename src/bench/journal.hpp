#pragma once

#include <string>
#include <vector>

namespace modeseek::bench {

/// A text file to which lines are added so that a line, once added, survives the end of the process
/// and of the machine (fsync), and one that was cut off half-way is recognised: each line starts
/// with its checksum. The first line names the grid that the others belong to.
class Journal {
 public:
  /// Opens the file or creates it, takes it for this process alone, reads its entries and removes a
  /// last line that was cut off. Throws FileError when another process holds it, when it belongs to
  /// another grid, when a line before the last is damaged, or when the file cannot be used.
  Journal(const std::string& path, const std::string& grid);
  ~Journal();
  Journal(const Journal&) = delete;
  Journal& operator=(const Journal&) = delete;

  /// What the file held when it was opened, in order.
  const std::vector<std::string>& entries() const { return entries_; }

  /// Adds one entry, which must not contain a line break, and returns once it is on the disk.
  void append(const std::string& entry);

 private:
  std::string path_;
  int file_ = -1;
  std::vector<std::string> entries_;
};

/// The entries of a journal, which may be in use: a last line that is not complete is left out and
/// left alone. Throws FileError as the constructor of Journal does.
std::vector<std::string> read_journal(const std::string& path, const std::string& grid);

}  // namespace modeseek::bench
