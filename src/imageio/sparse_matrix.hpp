#pragma once

#include <cstddef>
#include <span>
#include <string>

#include "modeseek/tensor.hpp"

namespace modeseek {

/// A sparse matrix as SciPy's `save_npz(..., compressed=False)` writes it: an uncompressed zip
/// archive of .npy arrays, format CSR. Comes back in coordinate form, [1,1,entries + 1,3]: first
/// (rows, columns, 0), then (row, column, value) of every entry; hence at most 2^24 rows and
/// columns, whose numbers a float holds exactly. Every offset and index is checked. Throws
/// FileError.
Tensor read_sparse_matrix(const std::string& path);
/// The same of the file's bytes; `name` is for messages.
Tensor parse_sparse_matrix(std::span<const std::byte> bytes, const std::string& name);

}  // namespace modeseek
