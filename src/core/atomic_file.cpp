#include "core/atomic_file.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <random>
#include <system_error>

#include "modeseek/error.hpp"

namespace modeseek {
namespace {

namespace fs = std::filesystem;

std::string reason(int error) { return std::generic_category().message(error); }

/// An open file descriptor; close() reports what the destructor would have to swallow.
class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;

  int get() const { return fd_; }
  bool close() {
    const int fd = fd_;
    fd_ = -1;
    return ::close(fd) == 0;
  }

 private:
  int fd_;
};

/// Renaming onto a symbolic link would replace the link, not what it points to.
std::string follow_links(const std::string& path) {
  std::error_code error;
  if (!fs::is_symlink(path, error)) return path;
  const fs::path target = fs::canonical(path, error);
  return error ? path : target.string();
}

bool exists_as_other_than_a_file(const std::string& path) {
  std::error_code error;
  const fs::file_status status = fs::status(path, error);
  return fs::exists(status) && !fs::is_regular_file(status);
}

std::string random_suffix() {
  std::random_device device;
  char text[17];
  std::snprintf(text, sizeof text, "%08x%08x", device(), device());
  return text;
}

void write_all(int fd, std::span<const std::byte> bytes, const std::string& path) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(fd, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) throw FileError(path, "cannot write: " + reason(errno));
    bytes = bytes.subspan(static_cast<std::size_t>(written));
  }
}

void write_to(const std::string& place, std::span<const std::byte> bytes, const std::string& path) {
  Descriptor file(::open(place.c_str(), O_WRONLY | O_TRUNC | O_CLOEXEC));
  if (file.get() < 0) throw FileError(path, "cannot write: " + reason(errno));
  write_all(file.get(), bytes, path);
  if (!file.close()) throw FileError(path, "cannot write: " + reason(errno));
}

/// 0, or what went wrong. File systems that cannot do it for a folder (some on a network, some in
/// user space) say EINVAL: what is written there is as safe as it gets.
int sync(int fd) {
  int result = ::fsync(fd);
  while (result != 0 && errno == EINTR) result = ::fsync(fd);
  return result == 0 || errno == EINVAL ? 0 : errno;
}

void sync_file(const std::string& place, const std::string& path) {
  const Descriptor file(::open(place.c_str(), O_RDONLY | O_CLOEXEC));
  const int error = file.get() < 0 ? errno : sync(file.get());
  if (error != 0) throw FileError(path, "cannot write to the disk: " + reason(error));
}

void sync_name(const std::string& place, const std::string& path) {
  const std::string folder = fs::path(place).parent_path().string();
  const Descriptor file(::open(folder.empty() ? "." : folder.c_str(), O_RDONLY | O_CLOEXEC));
  if (file.get() < 0 && errno == EACCES) return;
  const int error = file.get() < 0 ? errno : sync(file.get());
  if (error != 0) throw FileError(path, "cannot write its name to the disk: " + reason(error));
}

}  // namespace

AtomicFile::AtomicFile(const std::string& path) : path_(path), target_(follow_links(path)) {
  std::error_code error;
  if (path.empty()) throw FileError("''", "cannot write: the file name is empty");
  if (fs::is_directory(target_, error)) throw FileError(path, "cannot write: it is a folder");
  if (exists_as_other_than_a_file(target_)) {
    throw FileError(path, "cannot write: it is not a regular file");
  }
  // The name does not repeat the final one, which may already be as long as names can be.
  const fs::path folder = fs::path(target_).parent_path();
  for (int attempt = 0; attempt < 100; ++attempt) {
    temporary_ = (folder / (".modeseek-" + random_suffix() + ".tmp")).string();
    const int fd = ::open(temporary_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (fd >= 0) {
      ::close(fd);
      return;
    }
    if (errno != EEXIST) break;
  }
  throw FileError(path, "cannot write: " + reason(errno));
}

AtomicFile::~AtomicFile() {
  if (!committed_) ::unlink(temporary_.c_str());
}

void AtomicFile::commit() {
  // First, because a rename may reach the disk before what the file holds: an empty file.
  sync_file(temporary_, path_);
  if (std::rename(temporary_.c_str(), target_.c_str()) != 0) {
    throw FileError(path_, "cannot write: " + reason(errno));
  }
  committed_ = true;
  sync_name(target_, path_);
}

void sync_name_to_disk(const std::string& path) { sync_name(path, path); }

void write_file_atomically(const std::string& path, std::span<const std::byte> bytes) {
  std::error_code error;
  if (exists_as_other_than_a_file(path) && !fs::is_directory(path, error)) {
    write_to(path, bytes, path);
    return;
  }
  AtomicFile file(path);
  write_to(file.temporary_path(), bytes, path);
  file.commit();
}

void write_file_atomically(const std::string& path, std::string_view text) {
  write_file_atomically(path, std::as_bytes(std::span(text.data(), text.size())));
}

}  // namespace modeseek
