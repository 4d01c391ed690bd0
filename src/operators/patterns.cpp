#include "operators/patterns.hpp"

#include <algorithm>
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

Extent extent_of(const BoxSize& size, const Extent& whole) {
  if (const auto* extent = std::get_if<Extent>(&size)) return *extent;
  const auto part = [percent = std::get<double>(size)](std::int64_t side) {
    const std::int64_t rounded = std::llround(percent * static_cast<double>(side) / 100);
    return std::clamp<std::int64_t>(rounded, 1, side);
  };
  return {part(whole.h), part(whole.w)};
}

/// A start between `margin` and the last one that leaves as much on the other side.
std::int64_t random_start(Random& random, std::int64_t side, std::int64_t size,
                          std::int64_t margin) {
  const std::int64_t places = side - size - 2 * margin + 1;
  if (places < 1 || places > kMaxMaskPixels) {
    throw InvalidArgument("the mask's box of " + std::to_string(size) + " pixels and a margin of " +
                          std::to_string(margin) + " on each side do not fit into " +
                          std::to_string(side) + " pixels");
  }
  return margin + random.below(static_cast<std::uint32_t>(places));
}

Extent corner_of(const BoxPlace& place, const Extent& size, const Extent& whole) {
  return std::visit(Overload{[&](std::monostate) {
                               return Extent{(whole.h - size.h) / 2, (whole.w - size.w) / 2};
                             },
                             [](const Extent& corner) { return corner; },
                             [&](const RandomPlace& p) {
                               Random random(p.seed);
                               const std::int64_t top =
                                   random_start(random, whole.h, size.h, p.margin);
                               return Extent{top, random_start(random, whole.w, size.w, p.margin)};
                             }},
                    place);
}

/// A rectangle inside the mask.
struct Box {
  Box(const Tensor& mask, const BoxSize& wanted, const BoxPlace& place) {
    const Extent whole{mask.shape().h, mask.shape().w};
    const Extent size = extent_of(wanted, whole);
    const Extent corner = corner_of(place, size, whole);
    top = corner.h;
    left = corner.w;
    bottom = top + size.h;
    right = left + size.w;
    if (top < 0 || left < 0 || bottom > whole.h || right > whole.w) {
      const bool stated = std::holds_alternative<Extent>(place);
      throw InvalidArgument("the mask's box " + text(size.h, size.w) +
                            (stated ? "@" + std::to_string(top) + "," + std::to_string(left) : "") +
                            " does not fit into an image of " + text(whole.h, whole.w));
    }
  }
  bool contains(std::int64_t y, std::int64_t x) const {
    return y >= top && y < bottom && x >= left && x < right;
  }

  std::int64_t top = 0;
  std::int64_t left = 0;
  std::int64_t bottom = 0;
  std::int64_t right = 0;
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
  const double dropped =
      spec.up_to ? spec.dropped + (*spec.up_to - spec.dropped) * random.uniform() : spec.dropped;
  auto left = static_cast<std::uint32_t>(mask.count());
  auto wanted =
      static_cast<std::uint32_t>(std::llround(dropped * static_cast<double>(mask.count())));
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
        const Box box(mask, m.size, m.place);
        fill(mask, [&](std::int64_t y, std::int64_t x) { return !box.contains(y, x); });
      },
      [&](const HalfMask& m) { keep_half(m, mask); },
      [&](const ExpandMask& m) {
        const Box box(mask, m.kept, std::monostate{});
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
