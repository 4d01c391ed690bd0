#pragma once

#include <cstdint>

#include "modeseek/tensor.hpp"

namespace modeseek {

/// How a matrix with `columns` columns acts on images of `domain` extent, [1,C,H,W]: on the whole
/// image flattened in the order of its channels, rows and columns when it has C H W of them (the
/// measurement is [1,1,1,rows]), on every channel alike when it has H W ([1,C,1,rows]). Throws
/// InvalidArgument when it has neither.
Shape matrix_range(const Shape& domain, std::int64_t rows, std::int64_t columns);

}  // namespace modeseek
