#pragma once

#include <cstdint>
#include <span>

namespace modeseek::bench {

/// A mean and an interval that holds it.
struct Interval {
  double mean = 0;
  double low = 0;
  double high = 0;
};

constexpr int kResamples = 10000;

/// Mean and percentile bootstrap interval of 95 % (Efron, "Bootstrap methods: another look at the
/// jackknife", 1979): the 2.5 and 97.5 percentiles, interpolated linearly, of the means of
/// `resamples` draws with replacement. Seeded: equal values give equal intervals. NaN where it is
/// not known: everything without values, the interval with fewer than two or where a value is not
/// finite.
Interval bootstrap_mean(std::span<const double> values, int resamples = kResamples,
                        std::uint64_t seed = 0);

}  // namespace modeseek::bench
