#include <algorithm>
#include <cmath>
#include <cstddef>
#include <utility>
#include <vector>

#include "operators/kspace.hpp"
#include "operators/operators.hpp"
#include "operators/work.hpp"

namespace modeseek {
namespace {

/// H = M F with a mask M. H^T H is diagonal in k-space: M for a complex image; for a real one,
/// whose spectrum is conjugate symmetric, (M(k) + M(-k)) / 2, since a frequency is known when its
/// opposite is.
struct Sampling {
  CentredFourier fourier;
  KspaceLayout layout;
  std::vector<unsigned char> samples;
  std::vector<float> gram;
};

std::vector<float> gram_of(const std::vector<unsigned char>& samples, const CentredFourier& fourier,
                           bool complex) {
  std::vector<float> gram(samples.size());
  for (std::size_t k = 0; k < gram.size(); ++k) {
    const unsigned char other = samples[complex ? k : fourier.opposite(k)];
    gram[k] = 0.5F * static_cast<float>(samples[k] + other);
  }
  return gram;
}

Tensor adjoint_of(const Sampling& s, const Tensor& y, const Shape& domain) {
  Tensor x(domain.with_samples(y.shape().n));
  for_each_item(y.shape().n * s.layout.images(), domain.plane(), [&](std::int64_t item) {
    const std::int64_t n = item / s.layout.images();
    const std::int64_t i = item % s.layout.images();
    CentredFourier::Plane plane = s.layout.kspace(y, n, i, 0);
    for (std::size_t k = 0; k < plane.size(); ++k) {
      if (s.samples[k] == 0) plane[k] = 0.0F;
    }
    s.layout.store_image(s.fourier.inverse(plane), x, n, i);
  });
  return x;
}

/// The modes of a complex image are its k-space, real and imaginary part. Those of a real one are
/// its Hartley transform Re X - Im X (Bracewell, 1983), real, orthonormal and its own inverse: the
/// sines and cosines of a frequency and its opposite, which share their singular value.
class KspaceModes final : public Spectral {
 public:
  KspaceModes(const Shape& domain, std::shared_ptr<const Sampling> sampling)
      : sampling_(std::move(sampling)), values_(domain) {
    for (std::int64_t c = 0; c < domain.c; ++c) {
      const auto plane = values_.plane(0, c);
      for (std::size_t k = 0; k < plane.size(); ++k) plane[k] = std::sqrt(sampling_->gram[k]);
    }
  }

  const Tensor& singular_values() const override { return values_; }
  Tensor to_modes(const Tensor& x) const override { return transformed(x, false); }
  Tensor from_modes(const Tensor& m) const override { return transformed(m, true); }

  // U^T y = S^-1 V^T H^T y.
  Tensor measured_modes(const Tensor& y) const override {
    Tensor modes = to_modes(adjoint_of(*sampling_, y, values_.shape()));
    for_each_plane(modes.shape(), [&](std::int64_t n, std::int64_t c) {
      const auto plane = modes.plane(n, c);
      const auto scale = values_.plane(0, c);
      for (std::size_t k = 0; k < plane.size(); ++k) {
        plane[k] = scale[k] > 0 ? plane[k] / scale[k] : 0.0F;
      }
    });
    return modes;
  }

 private:
  Tensor transformed(const Tensor& in, bool inverse) const {
    const Sampling& s = *sampling_;
    Tensor out(in.shape());
    for_each_item(in.shape().n * s.layout.images(), in.shape().plane(), [&](std::int64_t item) {
      const std::int64_t n = item / s.layout.images();
      const std::int64_t i = item % s.layout.images();
      const CentredFourier::Plane plane = s.layout.image(in, n, i);
      if (s.layout.complex()) {
        s.layout.store_image(inverse ? s.fourier.inverse(plane) : s.fourier.forward(plane), out, n,
                             i);
        return;
      }
      const CentredFourier::Plane spectrum = s.fourier.forward(plane);
      const auto to = out.plane(n, i);
      for (std::size_t k = 0; k < to.size(); ++k) {
        to[k] = spectrum[k].real() - spectrum[k].imag();
      }
    });
    return out;
  }

  std::shared_ptr<const Sampling> sampling_;
  Tensor values_;
};

class SingleCoilMri final : public Operator {
 public:
  SingleCoilMri(const Shape& domain, std::shared_ptr<const Sampling> sampling)
      : Operator(domain, sampling->layout.range()), sampling_(std::move(sampling)) {}

  double norm() const override {
    const auto& gram = sampling_->gram;
    return std::sqrt(static_cast<double>(*std::max_element(gram.begin(), gram.end())));
  }
  bool range_is_image() const override { return false; }
  Tensor known_entries() const override {
    Tensor known(range());
    for (std::int64_t c = 0; c < range().c; ++c) {
      const auto plane = known.plane(0, c);
      std::copy(sampling_->samples.begin(), sampling_->samples.end(), plane.begin());
    }
    return known;
  }
  std::unique_ptr<Spectral> spectral() const override {
    return std::make_unique<KspaceModes>(domain(), sampling_);
  }

 protected:
  Tensor do_apply(const Tensor& x) const override {
    const Sampling& s = *sampling_;
    Tensor y(range().with_samples(x.shape().n));
    for_each_item(x.shape().n * s.layout.images(), domain().plane(), [&](std::int64_t item) {
      const std::int64_t n = item / s.layout.images();
      const std::int64_t i = item % s.layout.images();
      CentredFourier::Plane plane = s.fourier.forward(s.layout.image(x, n, i));
      for (std::size_t k = 0; k < plane.size(); ++k) {
        if (s.samples[k] == 0) plane[k] = 0.0F;
      }
      s.layout.store_kspace(plane, y, n, i, 0);
    });
    return y;
  }

  Tensor do_adjoint(const Tensor& y) const override { return adjoint_of(*sampling_, y, domain()); }

  // An eigenvalue is 0, 1/2 or 1: what is 0 does not occur in b.
  Tensor do_solve_normal(const Tensor& b, double lam, SolveReport& /*report*/) const override {
    const Sampling& s = *sampling_;
    Tensor u(b.shape());
    for_each_item(b.shape().n * s.layout.images(), domain().plane(), [&](std::int64_t item) {
      const std::int64_t n = item / s.layout.images();
      const std::int64_t i = item % s.layout.images();
      CentredFourier::Plane plane = s.fourier.forward(s.layout.image(b, n, i));
      for (std::size_t k = 0; k < plane.size(); ++k) {
        const double gram = static_cast<double>(s.gram[k]);
        plane[k] *= gram > 0 ? static_cast<float>(1.0 / (gram + lam)) : 0.0F;
      }
      s.layout.store_image(s.fourier.inverse(plane), u, n, i);
    });
    return u;
  }

 private:
  std::shared_ptr<const Sampling> sampling_;
};

}  // namespace

std::unique_ptr<Operator> make_single_coil_mri(const Shape& domain, const Tensor& keep) {
  CentredFourier fourier(domain.h, domain.w);
  const KspaceLayout layout(domain, 1);
  auto samples = kspace_samples(keep, domain);
  auto gram = gram_of(samples, fourier, layout.complex());
  return std::make_unique<SingleCoilMri>(
      domain, std::make_shared<const Sampling>(
                  Sampling{std::move(fourier), layout, std::move(samples), std::move(gram)}));
}

}  // namespace modeseek
