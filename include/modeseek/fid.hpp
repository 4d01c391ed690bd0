#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "modeseek/tensor.hpp"

namespace modeseek {

namespace metrics {
class InceptionNetwork;
}

/// The features that the Frechet Inception distance compares. Not thread-safe.
class Inception {
 public:
  /// Reads the weights of the Inception of 2015-12-05 in PyTorch's form, those of pytorch-fid
  /// (pt_inception-2015-12-05), as a PyTorch file or as `modeseek convert` writes them. Throws
  /// FileError.
  explicit Inception(const std::string& path);
  ~Inception();
  Inception(Inception&&) noexcept;
  Inception& operator=(Inception&&) noexcept;

  /// 2048 features of one picture [1,C,H,W] in [-1, 1], RGB or grey (which is repeated). It is
  /// resized to 299x299 as clean-fid does (Pillow's antialiased bicubic on numbers that are not
  /// rounded), clipped, and enters the network as (v - 128) / 128 for v on [0, 255], as there.
  /// Throws InvalidArgument for another shape, OutOfMemory.
  std::vector<float> features(const Tensor& picture);

 private:
  std::unique_ptr<metrics::InceptionNetwork> network_;
};

/// Mean and covariance of features, collected one by one.
class FeatureStatistics {
 public:
  /// Throws InvalidArgument when the number of features changes or one is not finite.
  void add(std::span<const float> features);

  std::int64_t count() const noexcept { return count_; }
  std::size_t dimension() const noexcept { return mean_.size(); }
  const std::vector<double>& mean() const noexcept { return mean_; }
  /// Row-major, unbiased (divided by count - 1). Throws InvalidArgument below two samples.
  std::vector<double> covariance() const;

 private:
  std::int64_t count_ = 0;
  std::vector<double> mean_;
  std::vector<double> scatter_;  ///< sum of the deviations' products; the lower triangle counts
};

/// Frechet distance of the Gaussians with these means and covariances (Dowson and Landau 1982):
/// |m_a - m_b|^2 + tr(A + B - 2 (A B)^(1/2)). On the features of two sets of pictures this is the
/// FID of Heusel et al., "GANs Trained by a Two Time-Scale Update Rule Converge to a Local Nash
/// Equilibrium", NeurIPS 2017. Throws InvalidArgument for different dimensions or below two
/// samples.
double frechet_distance(const FeatureStatistics& a, const FeatureStatistics& b);

}  // namespace modeseek
