#include "imageio/file_kind.hpp"

#include <cerrno>
#include <filesystem>
#include <fstream>
#include <string_view>
#include <system_error>

#include "modeseek/error.hpp"

namespace modeseek {
namespace {

namespace fs = std::filesystem;

bool starts_with(std::string_view text, std::string_view prefix) {
  return text.substr(0, prefix.size()) == prefix;
}

FileKind kind_of(std::string_view head) {
  using namespace std::string_view_literals;
  if (starts_with(head, "\x89PNG\r\n\x1a\n"sv)) return FileKind::png;
  if (starts_with(head, "\xff\xd8\xff"sv)) return FileKind::jpeg;
  for (const auto magic : {"II*\0"sv, "MM\0*"sv, "II+\0"sv, "MM\0+"sv}) {
    if (starts_with(head, magic)) return FileKind::tiff;
  }
  if (starts_with(head, "\x76\x2f\x31\x01"sv)) return FileKind::exr;
  if (starts_with(head, "BM"sv)) return FileKind::bmp;
  if (starts_with(head, "RIFF"sv) && head.size() >= 12 && head.substr(8, 4) == "WEBP") {
    return FileKind::webp;
  }
  if (head.size() >= 3 && head[0] == 'P' && head[1] >= '1' && head[1] <= '6' &&
      (head[2] == '\n' || head[2] == ' ' || head[2] == '\t' || head[2] == '\r')) {
    return FileKind::pnm;
  }
  return FileKind::unknown;
}

}  // namespace

std::string oiio_format(FileKind kind) {
  switch (kind) {
    case FileKind::png:
      return "png";
    case FileKind::jpeg:
      return "jpeg";
    case FileKind::tiff:
      return "tiff";
    case FileKind::exr:
      return "openexr";
    case FileKind::bmp:
      return "bmp";
    case FileKind::webp:
      return "webp";
    case FileKind::pnm:
      return "pnm";
    case FileKind::unknown:
      break;
  }
  return "";
}

std::uint64_t regular_file_size(const std::string& path) {
  std::error_code error;
  const fs::file_status status = fs::status(path, error);
  if (status.type() == fs::file_type::not_found) throw FileError(path, "there is no such file");
  if (error) throw FileError(path, "cannot read: " + error.message());
  if (fs::is_directory(status)) throw FileError(path, "cannot read: it is a folder");
  if (!fs::is_regular_file(status)) {
    throw FileError(path, "cannot read: it is not a regular file");
  }
  const std::uintmax_t size = fs::file_size(path, error);
  if (error) throw FileError(path, "cannot read: " + error.message());
  if (size == 0) throw FileError(path, "the file is empty");
  return size;
}

FileKind detect_file_kind(const std::string& path) {
  regular_file_size(path);
  std::ifstream in(path, std::ios::binary);
  if (!in) throw FileError(path, "cannot read: " + std::generic_category().message(errno));
  char head[16];
  in.read(head, sizeof head);
  return kind_of({head, static_cast<std::size_t>(in.gcount())});
}

std::string lower_extension(const std::string& path) {
  std::string extension = fs::path(path).extension().string();
  for (char& c : extension) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return extension;
}

}  // namespace modeseek
