#include "checkpoints/zip_archive.hpp"

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <optional>
#include <vector>

#include "checkpoints/messages.hpp"
#include "modeseek/error.hpp"

namespace modeseek::checkpoints {
namespace {

constexpr std::uint32_t local_signature = 0x04034b50;
constexpr std::uint32_t central_signature = 0x02014b50;
constexpr std::uint32_t end_signature = 0x06054b50;
constexpr std::uint32_t end64_signature = 0x06064b50;
constexpr std::uint32_t locator64_signature = 0x07064b50;
constexpr std::size_t local_size = 30;
constexpr std::size_t central_size = 46;
constexpr std::size_t end_size = 22;
constexpr std::size_t end64_size = 56;
constexpr std::size_t locator64_size = 20;
constexpr std::uint32_t in_zip64 = 0xffffffff;  ///< "the value is in the zip64 field"

/// Where the list of entries lies.
struct Directory {
  std::uint64_t offset;
  std::uint64_t size;
  std::uint64_t count;
};

/// What that list says of one entry.
struct Record {
  std::string name;
  std::uint64_t size;  ///< of what lies in the file
  std::uint64_t unfolded;
  std::uint64_t offset;
  bool compressed;
};

/// An entry's header and data.
struct Extent {
  std::uint64_t begin;
  std::uint64_t end;
  std::string name;
};

class Reader {
 public:
  Reader(std::span<const std::byte> bytes, const std::string& path) : bytes_(bytes), path_(path) {}

  std::uint64_t size() const { return bytes_.size(); }

  std::span<const std::byte> at(std::uint64_t offset, std::uint64_t size) const {
    if (offset > bytes_.size() || size > bytes_.size() - offset) {
      fail("the zip archive points outside the file");
    }
    return bytes_.subspan(static_cast<std::size_t>(offset), static_cast<std::size_t>(size));
  }

  template <class T>
  T get(std::uint64_t offset) const {
    T value{};
    std::memcpy(&value, at(offset, sizeof value).data(), sizeof value);
    return value;
  }

  std::string text(std::uint64_t offset, std::uint64_t size) const {
    const auto bytes = at(offset, size);
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
  }

  [[noreturn]] void fail(const std::string& problem) const { throw FileError(path_, problem); }

 private:
  std::span<const std::byte> bytes_;
  const std::string& path_;
};

/// The end record is the last thing in the file but for a comment of at most 65535 bytes.
std::uint64_t find_end(const Reader& file) {
  constexpr std::uint64_t longest_comment = 0xffff;
  if (file.size() >= end_size) {
    const std::uint64_t last = file.size() - end_size;
    const std::uint64_t first = last - std::min(last, longest_comment);
    for (std::uint64_t place = last + 1; place-- > first;) {
      if (file.get<std::uint32_t>(place) == end_signature &&
          file.get<std::uint16_t>(place + 20) == last - place) {
        return place;
      }
    }
  }
  file.fail("the zip archive has no end record: the file is truncated");
}

Directory read_directory64(const Reader& file, std::uint64_t locator) {
  const auto end = file.get<std::uint64_t>(locator + 8);
  if (end > locator || locator - end < end64_size ||
      file.get<std::uint32_t>(end) != end64_signature) {
    file.fail("the zip archive has no zip64 end record where it says");
  }
  return {file.get<std::uint64_t>(end + 48), file.get<std::uint64_t>(end + 40),
          file.get<std::uint64_t>(end + 32)};
}

Directory read_directory(const Reader& file) {
  const std::uint64_t end = find_end(file);
  Directory directory{file.get<std::uint32_t>(end + 16), file.get<std::uint32_t>(end + 12),
                      file.get<std::uint16_t>(end + 10)};
  if (end >= locator64_size &&
      file.get<std::uint32_t>(end - locator64_size) == locator64_signature) {
    directory = read_directory64(file, end - locator64_size);
  }
  if (directory.offset > end || directory.size > end - directory.offset) {
    file.fail("the zip archive's directory lies outside the file");
  }
  if (directory.count > directory.size / central_size) {
    file.fail("the zip archive counts more entries than its directory can hold");
  }
  return directory;
}

/// Values that need 64 bits stand in an extra field with id 1, in this order: size, compressed
/// size, offset; each only if its place in the record holds 0xffffffff.
void read_zip64(const Reader& file, std::uint64_t extra, std::uint64_t length, std::uint64_t& size,
                std::uint64_t& compressed, std::uint64_t& offset) {
  const std::uint64_t stop = extra + length;
  while (stop - extra >= 4) {
    const auto id = file.get<std::uint16_t>(extra);
    const std::uint64_t field = file.get<std::uint16_t>(extra + 2);
    extra += 4;
    if (field > stop - extra) return;
    if (id == 1) {
      std::uint64_t at = extra;
      for (std::uint64_t* value : {&size, &compressed, &offset}) {
        if (*value != in_zip64) continue;
        if (extra + field - at < 8) file.fail("the zip archive has a short zip64 field");
        *value = file.get<std::uint64_t>(at);
        at += 8;
      }
      return;
    }
    extra += field;
  }
}

Record read_record(const Reader& file, std::uint64_t place) {
  const auto flags = file.get<std::uint16_t>(place + 8);
  const auto method = file.get<std::uint16_t>(place + 10);
  std::uint64_t compressed = file.get<std::uint32_t>(place + 20);
  std::uint64_t size = file.get<std::uint32_t>(place + 24);
  const std::uint64_t name_length = file.get<std::uint16_t>(place + 28);
  const std::uint64_t extra_length = file.get<std::uint16_t>(place + 30);
  std::uint64_t offset = file.get<std::uint32_t>(place + 42);
  std::string name = file.text(place + central_size, name_length);
  const std::uint64_t extra = place + central_size + name_length;
  file.at(extra, extra_length);
  read_zip64(file, extra, extra_length, size, compressed, offset);
  if ((flags & 1U) != 0) file.fail("refused: zip entry " + in_quotes(name) + " is encrypted");
  if (method == 0 && size != compressed) {
    file.fail("zip entry " + in_quotes(name) + " is stored but claims two sizes");
  }
  return {std::move(name), compressed, size, offset, method != 0};
}

/// The local header repeats the name; sizes there may be zero (they follow the data then).
Extent locate(const Reader& file, const Record& record, std::uint64_t limit) {
  const std::uint64_t offset = record.offset;
  if (offset > limit || limit - offset < local_size ||
      file.get<std::uint32_t>(offset) != local_signature) {
    file.fail("zip entry " + in_quotes(record.name) + " is not where the directory says");
  }
  const std::uint64_t name_length = file.get<std::uint16_t>(offset + 26);
  const std::uint64_t begin =
      offset + local_size + name_length + file.get<std::uint16_t>(offset + 28);
  if (begin > limit || record.size > limit - begin) {
    file.fail("zip entry " + in_quotes(record.name) + " of " + std::to_string(record.size) +
              " bytes lies outside the file");
  }
  if (file.text(offset + local_size, name_length) != record.name) {
    file.fail("zip entry " + in_quotes(record.name) + " has another name in its own header");
  }
  return {offset, begin + record.size, record.name};
}

void check_overlaps(const Reader& file, std::vector<Extent>& extents) {
  std::sort(extents.begin(), extents.end(),
            [](const Extent& a, const Extent& b) { return a.begin < b.begin; });
  for (std::size_t i = 1; i < extents.size(); ++i) {
    if (extents[i].begin < extents[i - 1].end) {
      file.fail("refused: zip entries " + in_quotes(extents[i - 1].name) + " and " +
                in_quotes(extents[i].name) + " overlap");
    }
  }
}

}  // namespace

ZipArchive::ZipArchive(std::span<const std::byte> bytes, const std::string& path) : path_(path) {
  const Reader file(bytes, path);
  const Directory directory = read_directory(file);
  const std::uint64_t stop = directory.offset + directory.size;
  std::uint64_t place = directory.offset;
  std::vector<Extent> extents;
  for (std::uint64_t i = 0; i < directory.count; ++i) {
    if (stop - place < central_size || file.get<std::uint32_t>(place) != central_signature) {
      file.fail("the zip archive's directory ends too early");
    }
    const Record record = read_record(file, place);
    extents.push_back(locate(file, record, directory.offset));
    const Extent& extent = extents.back();
    if (record.compressed) {
      compressed_.push_back({record.name, record.size, record.unfolded});
    } else if (!entries_.emplace(record.name, file.at(extent.end - record.size, record.size))
                    .second) {
      file.fail("the zip archive holds " + in_quotes(record.name) + " twice");
    }
    const std::uint64_t length = central_size + file.get<std::uint16_t>(place + 28) +
                                 file.get<std::uint16_t>(place + 30) +
                                 file.get<std::uint16_t>(place + 32);
    if (length > stop - place) file.fail("the zip archive's directory ends too early");
    place += length;
  }
  check_overlaps(file, extents);
}

void ZipArchive::refuse_compressed() const {
  if (compressed_.empty()) return;
  const Compressed& first = compressed_.front();
  throw FileError(path_, "refused: zip entry " + in_quotes(first.name) + " is compressed (" +
                             std::to_string(first.size) + " bytes that claim to unfold into " +
                             std::to_string(first.unfolded) +
                             "); PyTorch stores its entries uncompressed");
}

}  // namespace modeseek::checkpoints
