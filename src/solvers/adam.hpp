#pragma once

#include "modeseek/tensor.hpp"

namespace modeseek {

/// Adam (Kingma, Ba, "Adam: A Method for Stochastic Optimization", ICLR 2015, algorithm 1).
class Adam {
 public:
  struct Options {
    float step_size = 0.1F;
    float beta1 = 0.9F;
    float beta2 = 0.999F;
    float epsilon = 1e-8F;
  };

  Adam(const Shape& shape, const Options& options);

  /// One descent step of x along its gradient, both of the shape given.
  void step(Tensor& x, const Tensor& gradient);

 private:
  Options options_;
  Tensor mean_;
  Tensor square_;
  double correction1_ = 1;  ///< beta1^t
  double correction2_ = 1;
};

}  // namespace modeseek
