#include "operators/factor.hpp"

#include <string>

#include "modeseek/error.hpp"

namespace modeseek {

Shape reduced_shape(const Shape& domain, std::int64_t factor) {
  if (factor < 1 || domain.h % factor != 0 || domain.w % factor != 0) {
    throw InvalidArgument("super-resolution by " + std::to_string(factor) +
                          " needs rows and columns that are multiples of " +
                          std::to_string(factor) + ", the image is " + std::to_string(domain.h) +
                          "x" + std::to_string(domain.w));
  }
  return {1, domain.c, domain.h / factor, domain.w / factor};
}

}  // namespace modeseek
