#include "modeseek/image.hpp"

#include <cmath>

namespace modeseek {

double Image::quantisation() const {
  if (bits != 8 && bits != 16) return 0.0;
  return 1.0 / (std::sqrt(12.0) * ((1 << bits) - 1));
}

}  // namespace modeseek
