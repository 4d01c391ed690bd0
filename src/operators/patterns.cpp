#include "operators/patterns.hpp"

#include <cmath>
#include <cstddef>
#include <string>

#include "modeseek/error.hpp"
#include "modeseek/random.hpp"

namespace modeseek {
namespace {

constexpr std::int64_t kMaxMaskPixels = 0xffffffffLL;

std::string text(std::int64_t h, std::int64_t w) {
  return std::to_string(h) + "x" + std::to_string(w);
}

/// Sets every entry by keep(row, column).
template <typename Keep>
void fill(Tensor& mask, Keep keep) {
  for (std::int64_t y = 0; y < mask.shape().h; ++y) {
    for (std::int64_t x = 0; x < mask.shape().w; ++x) mask(0, 0, y, x) = keep(y, x) ? 1.0F : 0.0F;
  }
}

/// A rectangle inside the mask, centred unless a corner is given.
struct Box {
  Box(const Tensor& mask, const Extent& size, const std::optional<Extent>& corner)
      : top(corner ? corner->h : (mask.shape().h - size.h) / 2),
        left(corner ? corner->w : (mask.shape().w - size.w) / 2),
        bottom(top + size.h),
        right(left + size.w) {
    if (top < 0 || left < 0 || bottom > mask.shape().h || right > mask.shape().w) {
      throw InvalidArgument("the mask's box " + text(size.h, size.w) +
                            (corner ? "@" + std::to_string(top) + "," + std::to_string(left) : "") +
                            " does not fit into an image of " +
                            text(mask.shape().h, mask.shape().w));
    }
  }
  bool contains(std::int64_t y, std::int64_t x) const {
    return y >= top && y < bottom && x >= left && x < right;
  }

  std::int64_t top;
  std::int64_t left;
  std::int64_t bottom;
  std::int64_t right;
};

void read_mask(const MaskFile& file, const ArrayLoader& load, Tensor& mask) {
  const Tensor array = load(file.path);
  const Shape& shape = array.shape();
  if (shape.h != mask.shape().h || shape.w != mask.shape().w) {
    throw InvalidArgument(file.path + ": the mask is " + text(shape.h, shape.w) + ", the image " +
                          text(mask.shape().h, mask.shape().w));
  }
  if (shape.n != 1 || shape.c < 1) {
    throw InvalidArgument(file.path + ": the mask has shape " + to_string(shape) +
                          ", expected [1,C,H,W]");
  }
  if (!all_finite(array)) {
    throw InvalidArgument(file.path + ": the mask holds a value that is not finite");
  }
  fill(mask, [&](std::int64_t y, std::int64_t x) {
    double sum = 0;
    for (std::int64_t c = 0; c < shape.c; ++c) sum += static_cast<double>(array(0, c, y, x));
    return sum >= 0.5 * static_cast<double>(shape.c);
  });
}

/// Drops exactly round(fraction * pixels) pixels, every such set equally likely (selection
/// sampling: Knuth, TAOCP 3.4.2, algorithm S).
void drop_at_random(const RandomMask& spec, Tensor& mask) {
  if (mask.count() > kMaxMaskPixels) {
    throw InvalidArgument("a random mask of " + text(mask.shape().h, mask.shape().w) +
                          " is too large");
  }
  Random random(spec.seed);
  auto left = static_cast<std::uint32_t>(mask.count());
  auto wanted =
      static_cast<std::uint32_t>(std::llround(spec.dropped * static_cast<double>(mask.count())));
  for (float& entry : mask.values()) {
    const bool drop = random.below(left) < wanted;
    entry = drop ? 0.0F : 1.0F;
    if (drop) --wanted;
    --left;
  }
}

void keep_half(const HalfMask& spec, Tensor& mask) {
  const std::int64_t h = mask.shape().h;
  const std::int64_t w = mask.shape().w;
  fill(mask, [&](std::int64_t y, std::int64_t x) {
    switch (spec.missing) {
      case Side::right:
        return x < w - w / 2;
      case Side::left:
        return x >= w / 2;
      case Side::top:
        return y >= h / 2;
      case Side::bottom:
        return y < h - h / 2;
    }
    return true;
  });
}

}  // namespace

Tensor mask_entries(const InpaintTask& task, std::int64_t h, std::int64_t w,
                    const ArrayLoader& load) {
  Tensor mask({1, 1, h, w});
  const auto draw = Overload{
      [&](const MaskFile& m) { read_mask(m, load, mask); },
      [&](const RandomMask& m) { drop_at_random(m, mask); },
      [&](const BoxMask& m) {
        const Box box(mask, m.size, m.corner);
        fill(mask, [&](std::int64_t y, std::int64_t x) { return !box.contains(y, x); });
      },
      [&](const HalfMask& m) { keep_half(m, mask); },
      [&](const ExpandMask& m) {
        const Box box(mask, m.kept, std::nullopt);
        fill(mask, [&](std::int64_t y, std::int64_t x) { return box.contains(y, x); });
      },
      [&](const RowsMask& m) {
        fill(mask, [&](std::int64_t y, std::int64_t) { return y % m.step == 0; });
      },
      [&](const GridMask& m) {
        fill(mask,
             [&](std::int64_t y, std::int64_t x) { return y % m.step == 0 && x % m.step == 0; });
      }};
  std::visit(draw, task.mask);
  if (task.invert) {
    for (float& entry : mask.values()) entry = 1.0F - entry;
  }
  return mask;
}

Kernel make_kernel(const KernelPattern& pattern, const ArrayLoader& load) {
  return std::visit(
      Overload{
          [](const GaussianKernel& k) { return gaussian_kernel(k.size, k.deviation, k.deviation); },
          [](const UniformKernel& k) { return uniform_kernel(k.size); },
          [](const AnisotropicKernel& k) {
            return gaussian_kernel(k.size, k.deviation_y, k.deviation_x);
          },
          [](const MotionKernel& k) { return motion_kernel(k.size, k.intensity, k.seed); },
          [](const DiskKernel& k) { return disk_kernel(k.radius); },
          [&](const KernelFile& k) {
            try {
              return kernel_from_array(load(k.path));
            } catch (const InvalidArgument& error) {
              throw InvalidArgument(k.path + ": " + error.what());
            }
          }},
      pattern);
}

Extent kernel_extent(const KernelPattern& pattern, const ArrayLoader& load) {
  return std::visit(
      [&](const auto& k) -> Extent {
        if constexpr (requires { k.size; }) {
          return {k.size, k.size};
        } else {
          const Kernel kernel = make_kernel(pattern, load);
          return {kernel.h, kernel.w};
        }
      },
      pattern);
}

}  // namespace modeseek
