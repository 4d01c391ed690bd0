#include "operators/matrix_entries.hpp"

#include <cmath>
#include <cstddef>

#include "modeseek/error.hpp"

namespace modeseek {
namespace {

std::int64_t index(float value, std::int64_t bound, const char* what, std::int64_t entry) {
  if (!(value >= 0) || !(value < static_cast<float>(bound)) || std::floor(value) != value) {
    throw InvalidArgument("entry " + std::to_string(entry) + " of the sparse matrix has the " +
                          what + " " + std::to_string(value) + ", expected an integer below " +
                          std::to_string(bound));
  }
  return static_cast<std::int64_t>(value);
}

/// Counts of entries by row, summed up: where each row starts.
std::vector<std::size_t> starts(std::vector<std::size_t> counts) {
  for (std::size_t i = 1; i < counts.size(); ++i) counts[i] += counts[i - 1];
  return counts;
}

}  // namespace

CompressedRows compress_rows(const Tensor& coordinates) {
  const Shape& shape = coordinates.shape();
  if (shape != Shape{1, 1, shape.h, 3} || shape.h < 1) {
    throw InvalidArgument("a sparse matrix in coordinate form is " + to_string(shape) +
                          ", expected [1,1,entries + 1,3]");
  }
  const auto at = [&](std::int64_t entry, std::int64_t field) {
    return coordinates(0, 0, entry, field);
  };
  CompressedRows m;
  m.rows = index(at(0, 0), kMaxSparseExtent + 1, "number of rows", 0);
  m.columns = index(at(0, 1), kMaxSparseExtent + 1, "number of columns", 0);
  if (m.rows < 1 || m.columns < 1) throw InvalidArgument("the sparse matrix is empty");
  const std::int64_t count = shape.h - 1;
  std::vector<std::size_t> counts(static_cast<std::size_t>(m.rows) + 1);
  for (std::int64_t e = 1; e <= count; ++e) {
    counts[static_cast<std::size_t>(index(at(e, 0), m.rows, "row", e)) + 1] += 1;
  }
  m.offsets = starts(std::move(counts));
  std::vector<std::size_t> next(m.offsets.begin(), m.offsets.end() - 1);
  m.places.resize(static_cast<std::size_t>(count));
  m.values.resize(static_cast<std::size_t>(count));
  for (std::int64_t e = 1; e <= count; ++e) {
    const std::size_t place = next[static_cast<std::size_t>(at(e, 0))]++;
    m.places[place] = static_cast<std::uint32_t>(index(at(e, 1), m.columns, "column", e));
    m.values[place] = at(e, 2);
    if (!std::isfinite(m.values[place])) {
      throw InvalidArgument("entry " + std::to_string(e) +
                            " of the sparse matrix has a value that is not finite");
    }
  }
  return m;
}

CompressedRows CompressedRows::transposed() const {
  CompressedRows t;
  t.rows = columns;
  t.columns = rows;
  std::vector<std::size_t> counts(static_cast<std::size_t>(columns) + 1);
  for (const std::uint32_t place : places) counts[std::size_t{place} + 1] += 1;
  t.offsets = starts(std::move(counts));
  std::vector<std::size_t> next(t.offsets.begin(), t.offsets.end() - 1);
  t.places.resize(places.size());
  t.values.resize(values.size());
  for (std::size_t row = 0; row + 1 < offsets.size(); ++row) {
    for (std::size_t e = offsets[row]; e < offsets[row + 1]; ++e) {
      const std::size_t to = next[places[e]]++;
      t.places[to] = static_cast<std::uint32_t>(row);
      t.values[to] = values[e];
    }
  }
  return t;
}

bool is_sparse_path(const std::string& path) {
  const std::size_t dot = path.rfind('.');
  return dot != std::string::npos && (path.substr(dot) == ".npz" || path.substr(dot) == ".NPZ");
}

}  // namespace modeseek
