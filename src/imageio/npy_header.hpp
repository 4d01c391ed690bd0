#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace modeseek {

/// The header of an .npy file (NumPy enhancement proposal 1, formats 1.0 to 3.0).
struct NpyHeader {
  char kind = 'f';            ///< f, i, u or b as in NumPy
  std::size_t item_size = 0;  ///< bytes an element
  bool fortran_order = false;
  std::vector<std::int64_t> shape;
  std::size_t data_offset = 0;  ///< where the elements start
};

/// Longer headers are refused.
constexpr std::size_t max_npy_header = std::size_t{1} << 16;
/// Magic, version and the header's length.
constexpr std::size_t max_npy_prefix = 12;

/// Reads the header strictly: the dictionary must hold exactly `descr`, `fortran_order` and
/// `shape`, each once and of the right type. No extent is negative. Throws FileError; `name` is for
/// messages.
NpyHeader parse_npy_header(std::span<const std::byte> bytes, const std::string& name);

}  // namespace modeseek
