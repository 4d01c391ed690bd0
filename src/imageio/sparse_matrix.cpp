#include "imageio/sparse_matrix.hpp"

#include <cstdint>
#include <cstring>
#include <vector>

#include "checkpoints/mapped_file.hpp"
#include "checkpoints/zip_archive.hpp"
#include "imageio/npy_header.hpp"
#include "modeseek/error.hpp"
#include "modeseek/image.hpp"

namespace modeseek {
namespace {

constexpr std::int64_t kMaxExtent = std::int64_t{1} << 24;

using checkpoints::ZipArchive;

/// The arrays of the archive, by name.
class Arrays {
 public:
  Arrays(const ZipArchive& archive, const std::string& name) : archive_(archive), name_(name) {}

  std::string array_name(const std::string& key) const { return name_ + " (" + key + ".npy)"; }

  std::span<const std::byte> bytes(const std::string& key) const {
    const auto found = archive_.entries().find(key + ".npy");
    if (found == archive_.entries().end()) {
      const bool compressed = !archive_.compressed().empty();
      throw FileError(name_,
                      compressed
                          ? "the archive is compressed, expected SciPy's save_npz(..., "
                            "compressed=False)"
                          : "holds no array '" + key + "', expected what SciPy's save_npz writes");
    }
    return found->second;
  }

  /// An array of integers on one axis.
  std::vector<std::int64_t> integers(const std::string& key) const {
    const auto data = bytes(key);
    const NpyHeader header = parse_npy_header(data, array_name(key));
    const bool wide = header.item_size == 8;
    if (header.kind != 'i' || (!wide && header.item_size != 4) || header.shape.size() != 1) {
      throw FileError(array_name(key), "expected one axis of 32 or 64-bit integers");
    }
    const std::size_t held = (data.size() - header.data_offset) / header.item_size;
    if (static_cast<std::uint64_t>(header.shape[0]) != held) {
      throw FileError(array_name(key), "claims " + std::to_string(header.shape[0]) +
                                           " elements and holds " + std::to_string(held));
    }
    std::vector<std::int64_t> values(held);
    for (std::size_t i = 0; i < held; ++i) {
      const std::byte* at = data.data() + header.data_offset + i * header.item_size;
      if (wide) {
        std::memcpy(&values[i], at, sizeof values[i]);
      } else {
        std::int32_t narrow = 0;
        std::memcpy(&narrow, at, sizeof narrow);
        values[i] = narrow;
      }
    }
    return values;
  }

 private:
  const ZipArchive& archive_;
  const std::string& name_;
};

/// `format` is a byte string of three letters, which NumPy stores as kind S without an axis.
void require_csr(const Arrays& arrays) {
  const auto data = arrays.bytes("format");
  const std::string text(reinterpret_cast<const char*>(data.data()), data.size());
  if (text.size() < 3 || text.substr(text.size() - 3) != "csr") {
    throw FileError(arrays.array_name("format"), "expected the format csr (SciPy's tocsr)");
  }
}

void require_offsets(const Arrays& arrays, const std::vector<std::int64_t>& offsets,
                     std::int64_t rows, std::int64_t entries) {
  bool valid = static_cast<std::int64_t>(offsets.size()) == rows + 1 && offsets.front() == 0 &&
               offsets.back() == entries;
  for (std::size_t i = 1; valid && i < offsets.size(); ++i) valid = offsets[i - 1] <= offsets[i];
  if (!valid) {
    throw FileError(arrays.array_name("indptr"), "expected " + std::to_string(rows + 1) +
                                                     " ascending offsets from 0 to " +
                                                     std::to_string(entries));
  }
}

}  // namespace

Tensor parse_sparse_matrix(std::span<const std::byte> bytes, const std::string& name) {
  const ZipArchive archive(bytes, name);
  const Arrays arrays(archive, name);
  require_csr(arrays);
  const std::vector<std::int64_t> shape = arrays.integers("shape");
  if (shape.size() != 2 || shape[0] < 1 || shape[1] < 1 || shape[0] > kMaxExtent ||
      shape[1] > kMaxExtent) {
    throw FileError(arrays.array_name("shape"),
                    "expected rows and columns, each from 1 to " + std::to_string(kMaxExtent));
  }
  const std::vector<std::int64_t> offsets = arrays.integers("indptr");
  const std::vector<std::int64_t> places = arrays.integers("indices");
  const auto entries = static_cast<std::int64_t>(places.size());
  require_offsets(arrays, offsets, shape[0], entries);
  // No entries at all: read_npy refuses an empty array.
  const Tensor values = entries > 0 ? parse_npy(arrays.bytes("data"), arrays.array_name("data"))
                                    : Tensor(Shape{1, 1, 1, 0});
  if (values.shape() != Shape{1, 1, 1, entries}) {
    throw FileError(arrays.array_name("data"), "expected " + std::to_string(entries) +
                                                   " values, found " + to_string(values.shape()));
  }
  Tensor coordinates({1, 1, entries + 1, 3});
  coordinates(0, 0, 0, 0) = static_cast<float>(shape[0]);
  coordinates(0, 0, 0, 1) = static_cast<float>(shape[1]);
  std::int64_t row = 0;
  for (std::int64_t e = 0; e < entries; ++e) {
    while (offsets[static_cast<std::size_t>(row) + 1] <= e) ++row;
    const std::int64_t column = places[static_cast<std::size_t>(e)];
    if (column < 0 || column >= shape[1]) {
      throw FileError(arrays.array_name("indices"), "column " + std::to_string(column) +
                                                        " of a matrix with " +
                                                        std::to_string(shape[1]) + " columns");
    }
    coordinates(0, 0, e + 1, 0) = static_cast<float>(row);
    coordinates(0, 0, e + 1, 1) = static_cast<float>(column);
    coordinates(0, 0, e + 1, 2) = values(0, 0, 0, e);
  }
  return coordinates;
}

Tensor read_sparse_matrix(const std::string& path) {
  const auto file = checkpoints::MappedFile::open(path);
  return parse_sparse_matrix(file->bytes(), path);
}

}  // namespace modeseek
