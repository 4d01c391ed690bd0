#include <string>
#include <utility>

#include "modeseek/error.hpp"
#include "modeseek/restore.hpp"

namespace modeseek {
namespace {

std::string extent(const Shape& shape) {
  return std::to_string(shape.h) + "x" + std::to_string(shape.w);
}

void require_prior_fits(const Shape& unknown, const ImageConstraints& prior) {
  if (prior.fixed_size &&
      (unknown.h != prior.fixed_size->first || unknown.w != prior.fixed_size->second)) {
    throw InvalidArgument(
        "the prior restores pictures of " + std::to_string(prior.fixed_size->first) + "x" +
        std::to_string(prior.fixed_size->second) + " only, this one is " + extent(unknown));
  }
  if (unknown.h % prior.size_multiple != 0 || unknown.w % prior.size_multiple != 0) {
    throw InvalidArgument("the prior restores pictures whose sides are multiples of " +
                          std::to_string(prior.size_multiple) + ", this one is " + extent(unknown));
  }
}

/// Rows and columns that the measurement loses at the image's border (blur with boundary `valid`):
/// the extent of the image is an affine function of the measurement's, `scale * extent + margin`.
std::pair<std::int64_t, std::int64_t> margins(const Task& task, const Shape& measurement,
                                              const Shape& image, const ArrayLoader& load) {
  try {
    const Shape next{measurement.n, measurement.c, measurement.h + 1, measurement.w + 1};
    const Shape larger = task.image_shape(next, image.c, load);
    return {image.h - (larger.h - image.h) * measurement.h,
            image.w - (larger.w - image.w) * measurement.w};
  } catch (const InvalidArgument&) {
    return {0, 0};  // A task for one size only (a mask file) has no margins to speak of.
  }
}

/// The operator for `channels`, or nothing when it does not give this measurement.
std::unique_ptr<Operator> build_for(const Task& task, const Shape& measurement,
                                    std::int64_t channels, const ArrayLoader& load) {
  const Shape image = task.image_shape(measurement, channels, load);
  auto op = task.build(image, load);
  if (op->range() != measurement.with_samples(1)) {
    throw InvalidArgument("the measurement is " + to_string(measurement) + ", the task '" +
                          task.text() + "' gives " + to_string(op->range()));
  }
  return op;
}

/// True when a colour image has a measurement of this shape under the task (colourise, say).
bool measures_colour(const Task& task, const Shape& measurement, std::int64_t channels,
                     const ArrayLoader& load) {
  try {
    build_for(task, measurement, channels, load);
    return true;
  } catch (const InvalidArgument&) {
    return false;
  }
}

}  // namespace

PosedTask pose(const Task& task, const Shape& measurement, const ImageConstraints& prior,
               const ArrayLoader& load) {
  if (measurement.n != 1) {
    throw InvalidArgument("one measurement at a time, found a batch " + to_string(measurement));
  }
  const std::int64_t channels = prior.channels != 0 ? prior.channels : measurement.c;
  PosedTask posed;
  posed.grey =
      measurement.c == 1 && channels > 1 && !measures_colour(task, measurement, channels, load);
  posed.op = build_for(task, measurement, posed.grey ? 1 : channels, load);
  const Shape image = posed.op->domain();
  require_prior_fits(image, prior);
  const auto [rows, columns] = margins(task, measurement, image, load);
  posed.picture = {1, image.c, image.h - rows, image.w - columns};
  posed.top = rows / 2;
  posed.left = columns / 2;
  if (posed.grey) posed.op = grey_view(std::move(posed.op));
  return posed;
}

}  // namespace modeseek
