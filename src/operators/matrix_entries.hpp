#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "modeseek/tensor.hpp"

namespace modeseek {

/// A sparse matrix by compressed rows: row i holds the entries offsets[i] to offsets[i + 1].
struct CompressedRows {
  std::int64_t rows = 0;
  std::int64_t columns = 0;
  std::vector<std::size_t> offsets;
  std::vector<std::uint32_t> places;  ///< column of each entry
  std::vector<float> values;

  CompressedRows transposed() const;
};

/// Rows and columns that a matrix in coordinate form may have: indices are floats there.
inline constexpr std::int64_t kMaxSparseExtent = std::int64_t{1} << 24;

/// A sparse matrix from its coordinate form, [1,1,entries + 1,3]: first (rows, columns, 0), then
/// (row, column, value) of every entry, in any order; equal places add up. Throws InvalidArgument
/// for another shape, an index that is no integer in range, or a value that is not finite.
CompressedRows compress_rows(const Tensor& coordinates);

/// True for a file that holds a sparse matrix (.npz).
bool is_sparse_path(const std::string& path);

}  // namespace modeseek
