#include <cmath>
#include <cstddef>
#include <numbers>
#include <utility>
#include <vector>

#include "operators/factor.hpp"
#include "operators/gram_operator.hpp"
#include "operators/operators.hpp"
#include "operators/separable_spectral.hpp"
#include "operators/work.hpp"

namespace modeseek {
namespace {

/// Keys' cubic with a = -0.5, support [-2, 2].
double cubic(double t) {
  const double x = std::abs(t);
  if (x < 1) return (1.5 * x - 2.5) * x * x + 1;
  if (x < 2) return ((-0.5 * x + 2.5) * x - 4) * x + 2;
  return 0;
}

/// Taps at the inputs r i - 2 r + r / 2 + t, t < 4 r, whose distance from the centre of output i is
/// t - 2 r + 1/2 for an even factor r and t - 2 r (the first tap is zero) for an odd one.
std::vector<double> cubic_taps(std::int64_t factor) {
  std::vector<double> taps;
  double sum = 0;
  for (std::int64_t i = 0; i < 4 * factor; ++i) {
    const double distance = static_cast<double>(i - 2 * factor) + (factor % 2 == 0 ? 0.5 : 0.0);
    taps.push_back(cubic(distance / static_cast<double>(factor)));
    sum += taps.back();
  }
  for (double& tap : taps) tap /= sum;
  return taps;
}

/// The reduction D of one axis: m = n / r outputs, each a weighted sum of 4 r inputs, border
/// mirrored. The taps are symmetric around the centre of the output's block, hence D maps evenly
/// periodic signals to evenly periodic signals and D D^T, a symmetric convolution of the outputs
/// under a mirrored border, is diagonal in the DCT-II basis.
class AxisReduction {
 public:
  AxisReduction(std::int64_t length, std::int64_t factor)
      : length_(length), factor_(factor), taps_(cubic_taps(factor)) {
    for (const double tap : taps_) weights_.push_back(static_cast<float>(tap));
    for (std::int64_t j = -2 * factor; j < length + 2 * factor; ++j) {
      const std::int64_t phase = ((j % (2 * length)) + 2 * length) % (2 * length);
      sources_.push_back(phase < length ? phase : 2 * length - 1 - phase);
    }
  }

  std::int64_t outputs() const { return length_ / factor_; }

  /// Calls body(weight, input) for the inputs of one output.
  template <typename Body>
  void for_taps(std::int64_t output, Body body) const {
    // sources_ starts at input -2 r.
    const std::int64_t first = output * factor_ + factor_ / 2;
    for (std::size_t t = 0; t < weights_.size(); ++t) {
      body(weights_[t], sources_[static_cast<std::size_t>(first) + t]);
    }
  }

  /// Its singular value decomposition; U is the orthonormal cosine transform.
  AxisSpectrum spectrum() const {
    const std::int64_t m = outputs();
    std::vector<double> matrix(static_cast<std::size_t>(m * length_), 0.0);
    std::vector<double> cosines;
    for (std::int64_t i = 0; i < m; ++i) {
      const std::int64_t first = i * factor_ + factor_ / 2;
      for (std::size_t t = 0; t < taps_.size(); ++t) {
        matrix[static_cast<std::size_t>(i * length_ +
                                        sources_[static_cast<std::size_t>(first) + t])] += taps_[t];
      }
      for (std::int64_t k = 0; k < m; ++k) {
        const double angle =
            std::numbers::pi * static_cast<double>((2 * i + 1) * k) / static_cast<double>(2 * m);
        cosines.push_back(std::sqrt((k == 0 ? 1.0 : 2.0) / static_cast<double>(m)) *
                          std::cos(angle));
      }
    }
    return AxisSpectrum::from_left_vectors(matrix, m, length_, cosines);
  }

  /// Eigenvalues of D D^T: the transform of the taps' autocorrelation at multiples of r.
  std::vector<double> gram_eigenvalues() const {
    std::vector<double> eigenvalues;
    for (std::int64_t k = 0; k < outputs(); ++k) {
      double value = 0;
      for (std::int64_t lag = -3; lag <= 3; ++lag) {
        value += autocorrelation(std::abs(lag) * factor_) *
                 std::cos(std::numbers::pi * static_cast<double>(k * lag) /
                          static_cast<double>(outputs()));
      }
      eigenvalues.push_back(value);
    }
    return eigenvalues;
  }

 private:
  double autocorrelation(std::int64_t shift) const {
    double sum = 0;
    for (std::size_t t = static_cast<std::size_t>(shift); t < taps_.size(); ++t) {
      sum += taps_[t] * taps_[t - static_cast<std::size_t>(shift)];
    }
    return sum;
  }

  std::int64_t length_;
  std::int64_t factor_;
  std::vector<double> taps_;
  std::vector<float> weights_;
  std::vector<std::int64_t> sources_;  ///< inputs -2 r ... length + 2 r - 1, mirrored
};

std::vector<double> gram_eigenvalues(const AxisReduction& rows, const AxisReduction& columns) {
  const std::vector<double> along_rows = rows.gram_eigenvalues();
  std::vector<double> eigenvalues;
  for (const double x : columns.gram_eigenvalues()) {
    for (const double y : along_rows) eigenvalues.push_back(x * y);
  }
  return eigenvalues;
}

class Bicubic final : public GramOperator {
 public:
  Bicubic(const Shape& domain, AxisReduction rows, AxisReduction columns)
      : GramOperator(domain, {1, domain.c, rows.outputs(), columns.outputs()},
                     TransformKind::cosine, gram_eigenvalues(rows, columns)),
        rows_(std::move(rows)),
        columns_(std::move(columns)) {}

  std::unique_ptr<Spectral> spectral() const override {
    return std::make_unique<SeparableSpectral>(domain().c, rows_.spectrum(), columns_.spectrum());
  }

 protected:
  Tensor do_apply(const Tensor& x) const override {
    Tensor y(range().with_samples(x.shape().n));
    for_each_item(x.shape().n * domain().c, 4 * domain().plane(), [&](std::int64_t p) {
      const auto reduced = reduce_columns(x.data() + p * domain().plane());
      float* out = y.data() + p * range().plane();
      for (std::int64_t row = 0; row < rows_.outputs(); ++row) {
        rows_.for_taps(row, [&](float weight, std::int64_t source) {
          add_row(weight, reduced.data() + source * range().w, out + row * range().w);
        });
      }
    });
    return y;
  }

  Tensor do_adjoint(const Tensor& y) const override {
    Tensor x(domain().with_samples(y.shape().n));
    for_each_item(y.shape().n * domain().c, 4 * domain().plane(), [&](std::int64_t p) {
      const float* in = y.data() + p * range().plane();
      std::vector<float> spread(static_cast<std::size_t>(domain().h * range().w));
      for (std::int64_t row = 0; row < rows_.outputs(); ++row) {
        rows_.for_taps(row, [&](float weight, std::int64_t source) {
          add_row(weight, in + row * range().w, spread.data() + source * range().w);
        });
      }
      spread_columns(spread, x.data() + p * domain().plane());
    });
    return x;
  }

 private:
  void add_row(float weight, const float* in, float* out) const {
    for (std::int64_t j = 0; j < range().w; ++j) out[j] += weight * in[j];
  }

  /// [h, w] -> [h, w / r]
  std::vector<float> reduce_columns(const float* in) const {
    std::vector<float> out(static_cast<std::size_t>(domain().h * range().w));
    for (std::int64_t y = 0; y < domain().h; ++y) {
      const float* row = in + y * domain().w;
      for (std::int64_t j = 0; j < range().w; ++j) {
        float sum = 0;
        columns_.for_taps(j,
                          [&](float weight, std::int64_t source) { sum += weight * row[source]; });
        out[static_cast<std::size_t>(y * range().w + j)] = sum;
      }
    }
    return out;
  }

  void spread_columns(const std::vector<float>& in, float* out) const {
    for (std::int64_t y = 0; y < domain().h; ++y) {
      float* row = out + y * domain().w;
      for (std::int64_t j = 0; j < range().w; ++j) {
        const float value = in[static_cast<std::size_t>(y * range().w + j)];
        columns_.for_taps(
            j, [&](float weight, std::int64_t source) { row[source] += weight * value; });
      }
    }
  }

  AxisReduction rows_;
  AxisReduction columns_;
};

}  // namespace

std::unique_ptr<Operator> make_bicubic(const Shape& domain, std::int64_t factor) {
  reduced_shape(domain, factor);
  return std::make_unique<Bicubic>(domain, AxisReduction(domain.h, factor),
                                   AxisReduction(domain.w, factor));
}

}  // namespace modeseek
