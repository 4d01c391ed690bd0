#include "checkpoints/mapped_file.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <functional>
#include <system_error>

#include "modeseek/error.hpp"

namespace modeseek::checkpoints {
namespace {

[[noreturn]] void fail(const std::string& path, const std::string& action) {
  throw FileError(path, action + ": " + std::generic_category().message(errno));
}

/// Closes the descriptor on every way out; the mapping outlives it.
class Descriptor {
 public:
  explicit Descriptor(int value) noexcept : value_(value) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() {
    if (value_ >= 0) ::close(value_);
  }
  int get() const noexcept { return value_; }

 private:
  int value_;
};

}  // namespace

std::shared_ptr<const MappedFile> MappedFile::open(const std::string& path) {
  // Non-blocking: a named pipe must be refused below, not waited for.
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (file.get() < 0) fail(path, "cannot open");
  struct stat info {};
  if (::fstat(file.get(), &info) != 0) fail(path, "cannot examine");
  if (!S_ISREG(info.st_mode)) throw FileError(path, "is not a regular file");
  if (info.st_size <= 0) throw FileError(path, "is empty");
  const auto size = static_cast<std::size_t>(info.st_size);
  void* data = ::mmap(nullptr, size, PROT_READ, MAP_PRIVATE, file.get(), 0);
  if (data == MAP_FAILED) fail(path, "cannot map into memory");
  try {
    return std::shared_ptr<const MappedFile>(
        new MappedFile(static_cast<const std::byte*>(data), size));
  } catch (...) {
    ::munmap(data, size);
    throw;
  }
}

void MappedFile::forget(std::span<const std::byte> part) const noexcept {
  const std::less_equal<> before;
  if (!before(data_, part.data()) || !before(part.data() + part.size(), data_ + size_)) return;
  // Whole pages only: the others are neighbours' too. The mapping itself begins at one.
  const auto page = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
  const auto offset = static_cast<std::size_t>(part.data() - data_);
  const std::size_t begin = (offset + page - 1) / page * page;
  const std::size_t end = (offset + part.size()) / page * page;
  if (begin >= end) return;
  void* pages = const_cast<std::byte*>(data_ + begin);  // NOLINT: madvise takes what mmap returned
  ::madvise(pages, end - begin, MADV_DONTNEED);
}

MappedFile::~MappedFile() {
  ::munmap(const_cast<std::byte*>(data_), size_);  // NOLINT: munmap takes what mmap returned
}

}  // namespace modeseek::checkpoints
