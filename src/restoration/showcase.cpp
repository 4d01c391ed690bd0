#include "restoration/showcase.hpp"

#include <optional>
#include <utility>

#include "modeseek/error.hpp"
#include "modeseek/metrics.hpp"
#include "restoration/paths.hpp"
#include "restoration/reference.hpp"

namespace modeseek {
namespace {

/// Writes the measurement and reads it back: what is restored is the file.
Image through_file(const Image& measurement, bool is_picture, const std::string& stem,
                   const PictureWriter& write) {
  const std::string path = stem + (is_picture ? "-measured.png" : "-measured.npy");
  write(path, measurement);
  return read_picture(path);
}

/// Writes a picture next to the clean one and says how far from it the file is.
double written_psnr(const std::string& path, const Image& picture, const Tensor& clean,
                    const PictureWriter& write) {
  write(path, picture);
  return psnr(read_picture(path).pixels, clean);
}

Image picture_of(Tensor pixels) {
  Image image;
  image.pixels = std::move(pixels);
  image.bits = 8;
  return image;
}

/// Where the measurement does not tell the picture's size, the original does.
PosedTask pose_made(const Task& task, const Shape& measurement, const Image& original,
                    const Denoiser& prior) {
  const Shape fit = task.fitting_shape(original.pixels.shape());
  std::optional<Size> size;
  try {
    task.image_shape(measurement, fit.c);
  } catch (const InvalidArgument&) {
    size = Size{fit.h, fit.w};
  }
  return pose(task, measurement, prior.constraints(), size);
}

}  // namespace

Showcase run_showcase(const ShowcaseInput& input, const std::string& stem, Denoiser& prior,
                      const SolverChoice& solver, const ProgressCallback& progress,
                      const PictureWriter& write) {
  const Image original = read_picture(input.clean);
  const Image made = degrade(original, input.task, input.noise, input.seed);
  const PosedTask posed = pose_made(input.task, made.pixels.shape(), original, prior);
  const Image measured = through_file(made, posed.op->range_is_image(), stem, write);
  const Tensor clean = matching_reference(original.pixels, input.task, posed);

  Showcase show;
  show.clean = stem + "-clean.png";
  show.task = input.task.text();
  show.noise = input.noise;
  show.degraded = stem + "-degraded.png";
  show.baseline = stem + "-baseline.png";
  show.restored = stem + "-restored.png";
  write(show.clean, picture_of(clean));
  RunOptions run;
  run.seed = input.seed;
  run.progress = progress;
  const NoiseChoice noise = choose_noise(posed, measured, input.noise);
  show.result = restore(posed, measured, noise, prior, *solver(*posed.op, noise.level), run);
  const Baseline baseline = best_baseline(posed, measured, input.noise, clean);
  show.baseline_name = baseline.name;
  show.degraded_psnr = written_psnr(show.degraded, as_seen(posed, measured), clean, write);
  show.baseline_psnr = written_psnr(show.baseline, baseline.image, clean, write);
  show.restored_psnr = written_psnr(show.restored, show.result.image, clean, write);
  return show;
}

}  // namespace modeseek
