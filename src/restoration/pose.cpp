#include <exception>
#include <string>
#include <utility>
#include <vector>

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

/// A task, a measurement of it, and the extent of the image where it was stated.
class Candidate {
 public:
  Candidate(const Task& task, const Shape& measurement, std::optional<Size> size,
            const ArrayLoader& load)
      : task_(task), measurement_(measurement.with_samples(1)), size_(size), load_(load) {}

  /// The operator on images with this many channels. Throws InvalidArgument when it does not give
  /// this measurement.
  std::unique_ptr<Operator> build(std::int64_t channels) const {
    const Shape image = size_ ? Shape{1, channels, size_->h, size_->w}
                              : task_.image_shape(measurement_, channels, load_);
    auto op = task_.build(image, load_);
    if (op->range() != measurement_) {
      throw InvalidArgument("the measurement is " + to_string(measurement_) + ", the task '" +
                            task_.text() + "' gives " + to_string(op->range()));
    }
    return op;
  }

  /// Rows and columns that the measurement loses at the image's border (blur with boundary
  /// `valid`): the extent of the image is an affine function of the measurement's,
  /// factor * extent + margin.
  Size margins(const Operator& op) const {
    if (size_ || !op.range_is_image()) return {0, 0};
    const Shape& image = op.domain();
    const Shape next{1, measurement_.c, measurement_.h + 1, measurement_.w + 1};
    const Shape larger = task_.image_shape(next, image.c, load_);
    return {image.h - (larger.h - image.h) * measurement_.h,
            image.w - (larger.w - image.w) * measurement_.w};
  }

 private:
  const Task& task_;
  Shape measurement_;
  std::optional<Size> size_;
  const ArrayLoader& load_;
};

/// The operator on images with as many channels as the prior wants; where the measurement is not
/// one of those, on grey ones. A prior that takes any number gets as many as the measurement has,
/// or, where that cannot be (a k-space), those of a grey, coloured or complex picture.
PosedTask pose_channels(const Candidate& candidate, const Shape& measurement,
                        std::int64_t prior_channels) {
  const bool any = prior_channels == 0;
  const std::int64_t wanted = any ? measurement.c : prior_channels;
  std::vector<std::int64_t> others;
  if (any) others = {1, 3, 2};
  if (prior_channels == 3) others = {1};
  PosedTask posed;
  std::exception_ptr first;
  try {
    posed.op = candidate.build(wanted);
    return posed;
  } catch (const InvalidArgument&) {
    first = std::current_exception();
  }
  for (const std::int64_t channels : others) {
    try {
      posed.op = candidate.build(channels);
      posed.grey = !any;
      return posed;
    } catch (const InvalidArgument&) {
      // For a grey measurement the grey image's mismatch is the one to tell.
      if (!any && measurement.c == 1) throw;
    }
  }
  std::rethrow_exception(first);
}

}  // namespace

PosedTask pose(const Task& task, const Shape& measurement, const ImageConstraints& prior,
               std::optional<Size> size, const ArrayLoader& load) {
  if (measurement.n != 1) {
    throw InvalidArgument("one measurement at a time, found a batch " + to_string(measurement));
  }
  const Candidate candidate(task, measurement, size, load);
  PosedTask posed = pose_channels(candidate, measurement, prior.channels);
  const Shape image = posed.op->domain();
  require_prior_fits(image, prior);
  const Size margins = candidate.margins(*posed.op);
  posed.picture = {1, image.c, image.h - margins.h, image.w - margins.w};
  posed.top = margins.h / 2;
  posed.left = margins.w / 2;
  if (posed.grey) posed.op = grey_view(std::move(posed.op));
  return posed;
}

}  // namespace modeseek
