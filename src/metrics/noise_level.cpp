#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <vector>

#include "core/symmetric_eigen.hpp"
#include "metrics/patches.hpp"
#include "modeseek/error.hpp"
#include "modeseek/metrics.hpp"

// The principle is that of Chen, Zhu, Heng, "An Efficient Statistical Method for Image Noise Level
// Estimation", ICCV 2015, and of Liu, Tanaka, Okutomi, "Single-Image Noise Level Estimation for
// Blind Denoising", IEEE TIP 2013: white noise has the same variance in every direction of the
// space of patches, the picture almost none in many, so the directions of least variance show the
// noise. Three things differ, each to remove a bias:
// - A patch holds all channels. In photographs the fine structure of the colours is nearly that of
//   the brightness, so directions free of the picture exist even where everything is textured.
// - Directions are chosen on one half of the picture and measured on the other. The smallest
//   eigenvalues of a sample covariance are too small; the variance of an independent sample along
//   a fixed direction is not.
// - Patches of weak texture are selected by their energy in the other directions only. White
//   Gaussian noise in orthogonal directions is independent, so the selection does not favour
//   patches whose noise happens to be weak.

namespace modeseek {
namespace {

constexpr std::size_t kMostElements = 600000;  ///< 8000 patches of 5 x 5 in colour
constexpr std::size_t kFewestSelected = 12;    ///< for each direction that is examined in them
constexpr double kSelectedColour = 0.1;  ///< share of the patches that counts as weakly textured
constexpr double kSelectedGrey = 0.02;   ///< less: grey patches have fewer directions to escape to

using Indices = std::vector<std::size_t>;

/// Values at which a measurement was cut off; infinite where it was not.
struct Clipping {
  float low = -std::numeric_limits<float>::infinity();
  float high = std::numeric_limits<float>::infinity();
  bool any() const { return std::isfinite(low) || std::isfinite(high); }
};

/// A measurement counts as cut off where an extreme value is taken by more than one entry in 1000.
Clipping find_clipping(const Tensor& y, const Tensor& known) {
  float low = std::numeric_limits<float>::infinity();
  float high = -low;
  std::int64_t entries = 0;
  const auto is_known = [&](std::int64_t i) { return known.empty() || known.data()[i] != 0.0F; };
  for (std::int64_t i = 0; i < y.count(); ++i) {
    if (!is_known(i)) continue;
    low = std::min(low, y.data()[i]);
    high = std::max(high, y.data()[i]);
    ++entries;
  }
  std::int64_t lows = 0;
  std::int64_t highs = 0;
  for (std::int64_t i = 0; i < y.count(); ++i) {
    if (!is_known(i)) continue;
    lows += y.data()[i] == low ? 1 : 0;
    highs += y.data()[i] == high ? 1 : 0;
  }
  Clipping clipping;
  if (lows > 1 && lows * 1000 > entries) clipping.low = low;
  if (highs > 1 && highs * 1000 > entries) clipping.high = high;
  return clipping;
}

/// How far the channel means of a patch keep from the clipping values.
double margin(std::span<const float> patch, std::size_t channels, const Clipping& clipping) {
  double least = std::numeric_limits<double>::infinity();
  for (std::size_t c = 0; c < channels; ++c) {
    double sum = 0;
    for (std::size_t i = c; i < patch.size(); i += channels) sum += static_cast<double>(patch[i]);
    const double mean = sum * static_cast<double>(channels) / static_cast<double>(patch.size());
    least = std::min({least, mean - static_cast<double>(clipping.low),
                      static_cast<double>(clipping.high) - mean});
  }
  return least;
}

/// The `count` indices of least key, in their own order.
Indices least(const Indices& from, std::span<const double> keys, std::size_t count) {
  if (count >= from.size()) return from;
  Indices sorted = from;
  std::nth_element(sorted.begin(), sorted.begin() + static_cast<std::ptrdiff_t>(count),
                   sorted.end(), [&](std::size_t a, std::size_t b) {
                     return keys[a] != keys[b] ? keys[a] < keys[b]
                                               : a < b;  // ties: same on every machine
                   });
  sorted.resize(count);
  std::sort(sorted.begin(), sorted.end());
  return sorted;
}

/// Rows of a matrix in double precision, one a patch.
struct Rows {
  std::size_t width = 0;
  std::vector<double> values;

  std::size_t count() const { return width == 0 ? 0 : values.size() / width; }
  std::span<const double> row(std::size_t i) const {
    return std::span(values).subspan(i * width, width);
  }
};

std::vector<double> mean_of(const Rows& rows) {
  std::vector<double> mean(rows.width, 0.0);
  for (std::size_t i = 0; i < rows.count(); ++i) {
    for (std::size_t j = 0; j < rows.width; ++j) mean[j] += rows.row(i)[j];
  }
  for (double& value : mean) value /= static_cast<double>(rows.count());
  return mean;
}

std::vector<double> covariance(const Rows& rows) {
  const std::size_t d = rows.width;
  const std::vector<double> mean = mean_of(rows);
  std::vector<double> sum(d * d, 0.0);
  std::vector<double> centred(d);
  for (std::size_t i = 0; i < rows.count(); ++i) {
    const std::span<const double> row = rows.row(i);
    for (std::size_t j = 0; j < d; ++j) centred[j] = row[j] - mean[j];
    const double* in = centred.data();
    for (std::size_t j = 0; j < d; ++j) {
      double* out = &sum[j * d];
      for (std::size_t k = 0; k <= j; ++k) out[k] += in[j] * in[k];
    }
  }
  for (std::size_t j = 0; j < d; ++j) {
    for (std::size_t k = 0; k <= j; ++k) {
      sum[j * d + k] /= static_cast<double>(rows.count());
      sum[k * d + j] = sum[j * d + k];
    }
  }
  return sum;
}

/// The patches as rows, each channel's mean over the patch removed: what is left lies in the
/// dimension - channels directions that are not constant over the patch.
Rows gather(const PatchSet& set, const Indices& indices) {
  Rows rows{set.dimension(), {}};
  rows.values.reserve(indices.size() * rows.width);
  for (const std::size_t index : indices) {
    const std::span<const float> patch = set.patch(index);
    const std::size_t start = rows.values.size();
    for (const float value : patch) rows.values.push_back(static_cast<double>(value));
    for (std::size_t c = 0; c < set.channels; ++c) {
      double sum = 0;
      for (std::size_t j = c; j < patch.size(); j += set.channels) sum += rows.values[start + j];
      const double mean = sum / static_cast<double>(set.pixels);
      for (std::size_t j = c; j < patch.size(); j += set.channels) rows.values[start + j] -= mean;
    }
  }
  return rows;
}

/// Each row's coordinates along the eigenvectors from `first` on.
Rows project(const Rows& rows, const SymmetricEigen& basis, std::size_t first, std::size_t count) {
  std::vector<double> transposed(basis.dimension * count);
  for (std::size_t k = 0; k < count; ++k) {
    for (std::size_t j = 0; j < basis.dimension; ++j) {
      transposed[j * count + k] = basis.vectors[j * basis.dimension + first + k];
    }
  }
  Rows projected{count, std::vector<double>(rows.count() * count, 0.0)};
  for (std::size_t i = 0; i < rows.count(); ++i) {
    double* out = &projected.values[i * count];
    for (std::size_t j = 0; j < rows.width; ++j) {
      const double factor = rows.row(i)[j];
      const double* direction = &transposed[j * count];
      for (std::size_t k = 0; k < count; ++k) out[k] += factor * direction[k];
    }
  }
  return projected;
}

/// The first `quiet` coordinates of the rows that have the least energy in the others.
Rows weakly_textured(const Rows& coordinates, std::size_t quiet, double share) {
  const std::size_t count = coordinates.count();
  std::vector<double> energy(count, 0.0);
  for (std::size_t i = 0; i < count; ++i) {
    for (const double value : coordinates.row(i).subspan(quiet)) energy[i] += value * value;
  }
  Indices all(count);
  std::iota(all.begin(), all.end(), std::size_t{0});
  const auto wanted = static_cast<std::size_t>(share * static_cast<double>(count));
  Rows kept{quiet, {}};
  for (const std::size_t i : least(all, energy, std::max(wanted, kFewestSelected * quiet))) {
    const std::span<const double> row = coordinates.row(i).first(quiet);
    kept.values.insert(kept.values.end(), row.begin(), row.end());
  }
  return kept;
}

double variance(const Rows& rows) {
  const std::vector<double> mean = mean_of(rows);
  double sum = 0;
  for (std::size_t i = 0; i < rows.count(); ++i) {
    for (std::size_t k = 0; k < rows.width; ++k) {
      const double deviation = rows.row(i)[k] - mean[k];
      sum += deviation * deviation;
    }
  }
  return sum / static_cast<double>(rows.values.size());
}

/// Directions from `chosen`, variance from `measured`: patches of the two halves.
double cross_variance(const Rows& chosen, const Rows& measured, std::size_t channels) {
  // The first `channels` eigenvectors are those of the removed means, with eigenvalue 0.
  const std::size_t directions = chosen.width - channels;
  const std::size_t quiet = (directions + 1) / 2;
  const std::size_t quietest = std::min(quiet, std::max<std::size_t>(1, (chosen.width + 2) / 5));
  const double share = channels > 1 ? kSelectedColour : kSelectedGrey;
  const SymmetricEigen basis = symmetric_eigen(covariance(chosen), chosen.width);
  const auto select = [&](const Rows& rows) {
    return weakly_textured(project(rows, basis, channels, directions), quiet, share);
  };
  const SymmetricEigen inner = symmetric_eigen(covariance(select(chosen)), quiet);
  return variance(project(select(measured), inner, 0, quietest));
}

double deviation_of(const PatchSet& set, const Indices& indices) {
  Indices halves[2];
  for (const std::size_t i : indices) halves[set.half[i]].push_back(i);
  const Rows first = gather(set, halves[0]);
  const Rows second = gather(set, halves[1]);
  if (std::min(first.count(), second.count()) < 2 * set.dimension()) return 0.0;
  return std::sqrt(
      (cross_variance(first, second, set.channels) + cross_variance(second, first, set.channels)) /
      2);
}

/// A cut-off value has lost its noise, and patches near it some: only patches far enough from the
/// limits count, in multiples of the noise, which is found by repetition. The mean of a patch is
/// independent of its noise in other directions, so this selection adds no bias of its own.
double unclipped_deviation(const PatchSet& set, const Clipping& clipping) {
  Indices all(set.count());
  std::iota(all.begin(), all.end(), std::size_t{0});
  if (!clipping.any()) return deviation_of(set, all);
  std::vector<double> closeness(set.count());
  for (std::size_t i = 0; i < set.count(); ++i) {
    closeness[i] = -margin(set.patch(i), set.channels, clipping);
  }
  constexpr std::size_t kFewest = 600;
  const std::size_t fewest = std::max(kFewest, 20 * set.dimension());
  constexpr int kRepetitions = 4;
  constexpr double kMultiple = 2.5;
  constexpr double kSettled = 0.02;
  constexpr double kRounding = 0.02;  ///< 2.5 levels of an 8-bit file on [-1, 1]
  double deviation = 0;
  for (int i = 0; i < kRepetitions; ++i) {
    const double distance = std::max(kRounding, kMultiple * deviation);
    const auto far = static_cast<std::size_t>(
        std::count_if(closeness.begin(), closeness.end(),
                      [distance](double value) { return -value >= distance; }));
    if (far == 0 && deviation == 0.0) return 0.0;
    const double previous = deviation;
    deviation = deviation_of(set, least(all, closeness, std::max(far, fewest)));
    if (std::fabs(deviation - previous) < kSettled * deviation) break;
  }
  return deviation;
}

bool measured_are_finite(const Tensor& y, const Tensor& known) {
  for (std::size_t i = 0; i < y.values().size(); ++i) {
    const bool measured = known.empty() || known.values()[i] != 0.0F;
    if (measured && !std::isfinite(y.values()[i])) return false;
  }
  return true;
}

}  // namespace

double estimate_noise(const Tensor& y, const Tensor& known) {
  if (y.empty() || y.shape().n != 1) {
    throw InvalidArgument("estimate_noise: expected one measurement, found " +
                          to_string(y.shape()));
  }
  if (!known.empty() && known.shape() != y.shape()) {
    throw InvalidArgument("estimate_noise: the mask is " + to_string(known.shape()) +
                          ", the measurement " + to_string(y.shape()));
  }
  if (!measured_are_finite(y, known)) {
    throw InvalidArgument("estimate_noise: the measurement holds NaN or infinite values");
  }
  const PatchSet set = collect_patches(y, known, kMostElements);
  if (set.count() == 0) return 0.0;
  return unclipped_deviation(set, find_clipping(y, known));
}

}  // namespace modeseek
