#include "restoration/reference.hpp"

#include "modeseek/error.hpp"
#include "restoration/resample.hpp"

namespace modeseek {

Tensor matching_reference(const Tensor& clean, const Task& task, const PosedTask& posed,
                          const ArrayLoader& load) {
  const Shape& have = clean.shape();
  const Shape& want = posed.picture;
  if (have == want) return clean;
  const Shape fit = task.fitting_shape(have, load);
  const Shape& unknown = posed.op->domain();
  if (have.c != want.c || fit.h != unknown.h || fit.w != unknown.w) {
    throw InvalidArgument("the clean picture is " + to_string(have) + ", the restored one " +
                          to_string(want));
  }
  return crop(clean, posed.top, posed.left, want.h, want.w);
}

}  // namespace modeseek
