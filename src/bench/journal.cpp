#include "bench/journal.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <fstream>
#include <iterator>
#include <optional>
#include <span>
#include <string_view>
#include <system_error>
#include <utility>

#include "core/atomic_file.hpp"
#include "modeseek/error.hpp"
#include "priors/checkpoint_hash.hpp"

namespace modeseek::bench {
namespace {

constexpr std::size_t kChecksumLength = 16;

std::string reason(int error) { return std::generic_category().message(error); }

std::string heading(const std::string& grid) { return "modeseek bench 1, grid " + grid; }

std::string checksum(std::string_view text) {
  return priors::hash_of(std::as_bytes(std::span(text.data(), text.size())));
}

std::string line_of(const std::string& entry) { return checksum(entry) + " " + entry + "\n"; }

/// The entry of a line without its line break; nothing when it is damaged.
std::optional<std::string> entry_of(std::string_view line) {
  if (line.size() < kChecksumLength + 1 || line[kChecksumLength] != ' ') return std::nullopt;
  const std::string_view entry = line.substr(kChecksumLength + 1);
  if (checksum(entry) != line.substr(0, kChecksumLength)) return std::nullopt;
  return std::string(entry);
}

/// The sound beginning of a journal.
struct Contents {
  std::vector<std::string> lines;  ///< entries, the heading included
  std::size_t length = 0;          ///< bytes that they take
};

Contents parse(std::string_view text, const std::string& path) {
  Contents contents;
  while (contents.length < text.size()) {
    const std::size_t end = text.find('\n', contents.length);
    if (end == std::string_view::npos) break;
    const auto entry = entry_of(text.substr(contents.length, end - contents.length));
    if (!entry && end + 1 == text.size()) break;
    if (!entry) {
      throw FileError(path, "line " + std::to_string(contents.lines.size() + 1) +
                                " is damaged, and it is not the last one");
    }
    contents.lines.push_back(*entry);
    contents.length = end + 1;
  }
  return contents;
}

std::string read_all(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::string text{std::istreambuf_iterator<char>(file), {}};
  if (!file.good() && !file.eof()) throw FileError(path, "cannot read");
  return text;
}

std::vector<std::string> entries_of(Contents contents, const std::string& grid,
                                    const std::string& path) {
  if (contents.lines.empty()) return {};
  if (contents.lines.front() != heading(grid)) {
    throw FileError(path, "belongs to another grid or is no journal of a bench");
  }
  contents.lines.erase(contents.lines.begin());
  return std::move(contents.lines);
}

int open_locked(const std::string& path) {
  const int file = ::open(path.c_str(), O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
  if (file < 0) throw FileError(path, "cannot open: " + reason(errno));
  if (::flock(file, LOCK_EX | LOCK_NB) == 0) return file;
  const int error = errno;
  ::close(file);
  throw FileError(path, error == EWOULDBLOCK ? "another bench is running in this folder"
                                             : "cannot lock: " + reason(error));
}

}  // namespace

Journal::Journal(const std::string& path, const std::string& grid)
    : path_(path), file_(open_locked(path)) {
  try {
    Contents contents = parse(read_all(path), path);
    const bool fresh = contents.lines.empty();
    if (::ftruncate(file_, static_cast<off_t>(contents.length)) != 0) {
      throw FileError(path, "cannot remove the line that was cut off: " + reason(errno));
    }
    entries_ = entries_of(std::move(contents), grid, path);
    if (fresh) {
      append(heading(grid));
      sync_name_to_disk(path);
    }
  } catch (...) {
    ::close(file_);
    throw;
  }
}

Journal::~Journal() { ::close(file_); }

void Journal::append(const std::string& entry) {
  if (entry.find('\n') != std::string::npos) {
    throw InvalidArgument("journal: an entry must be one line");
  }
  const std::string line = line_of(entry);
  std::string_view rest = line;
  while (!rest.empty()) {
    const ssize_t written = ::write(file_, rest.data(), rest.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) throw FileError(path_, "cannot write: " + reason(errno));
    rest.remove_prefix(static_cast<std::size_t>(written));
  }
  if (::fsync(file_) != 0) throw FileError(path_, "cannot write: " + reason(errno));
}

std::vector<std::string> read_journal(const std::string& path, const std::string& grid) {
  return entries_of(parse(read_all(path), path), grid, path);
}

}  // namespace modeseek::bench
