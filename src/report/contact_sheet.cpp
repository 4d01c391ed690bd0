#include "report/contact_sheet.hpp"

#include <algorithm>

#include "modeseek/error.hpp"

namespace modeseek::report {
namespace {

constexpr std::int64_t kGap = 2;
constexpr float kBlack = -1;

/// Smallest number of columns with at least as many columns as rows.
std::int64_t columns_for(std::int64_t samples) {
  std::int64_t columns = 1;
  while (columns * columns < samples) ++columns;
  return columns;
}

}  // namespace

Tensor contact_sheet(const Tensor& samples) {
  const Shape one = samples.shape();
  if (one.n < 1) throw InvalidArgument("a contact sheet needs at least one sample");
  const std::int64_t columns = columns_for(one.n);
  const std::int64_t rows = (one.n + columns - 1) / columns;
  Tensor sheet({1, one.c, rows * (one.h + kGap) - kGap, columns * (one.w + kGap) - kGap}, kBlack);
  for (std::int64_t n = 0; n < one.n; ++n) {
    const std::int64_t top = n / columns * (one.h + kGap);
    const std::int64_t left = n % columns * (one.w + kGap);
    for (std::int64_t c = 0; c < one.c; ++c) {
      for (std::int64_t y = 0; y < one.h; ++y) {
        std::copy_n(&samples.plane(n, c)[static_cast<std::size_t>(y * one.w)], one.w,
                    &sheet(0, c, top + y, left));
      }
    }
  }
  return sheet;
}

}  // namespace modeseek::report
