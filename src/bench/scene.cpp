#include "bench/scene.hpp"

#include <utility>

#include "modeseek/error.hpp"
#include "restoration/paths.hpp"
#include "restoration/picture.hpp"
#include "restoration/reference.hpp"
#include "restoration/resample.hpp"

namespace modeseek::bench {
namespace {

/// An exact picture: nothing was rounded when it was stored.
constexpr int kExactBits = 32;

void add_picture(Scene& scene, const Grid& grid, const Job& job, const Task& task,
                 std::size_t index) {
  const Picture& picture = grid.pictures.at(index);
  const Image clean = read_clean(picture.path, grid.crop);
  if (clean.pixels.shape() != picture.shape) {
    throw FileError(picture.path, "changed while the bench was running");
  }
  scene.seeds.push_back(picture_seed(grid.seeds.at(job.seed), picture.name));
  scene.measured.push_back(degrade(clean, task, grid.noises.at(job.noise), scene.seeds.back()));
  scene.clean.push_back(matching_reference(clean.pixels, task, scene.posed));
}

}  // namespace

Image read_clean(const std::string& path, std::int64_t crop_size) {
  Image picture = read_picture(path);
  picture.alpha.reset();
  picture.bits = kExactBits;
  if (crop_size == 0) return picture;
  const Shape whole = picture.pixels.shape();
  if (whole.h < crop_size || whole.w < crop_size) {
    throw FileError(path, "is " + std::to_string(whole.h) + "x" + std::to_string(whole.w) +
                              ", smaller than the crop of " + std::to_string(crop_size));
  }
  picture.pixels = crop(picture.pixels, (whole.h - crop_size) / 2, (whole.w - crop_size) / 2,
                        crop_size, crop_size);
  return picture;
}

PosedTask pose_for(const Task& task, const Shape& picture, ImageConstraints prior) {
  // A prior that takes any channels restores those of the picture, whatever the measurement has.
  if (prior.channels == 0) prior.channels = picture.c;
  const Shape fit = task.fitting_shape(picture);
  const auto op = task.build(fit);
  // A measurement that is a picture tells the extent, and may show less than what was measured
  // (blur with boundary `valid`); any other does not.
  if (op->range_is_image()) return pose(task, op->range(), prior);
  return pose(task, op->range(), prior, Size{fit.h, fit.w});
}

NoiseChoice noise_for(const PosedTask& posed, float noise) {
  Image measurement;
  measurement.bits = kExactBits;
  return choose_noise(posed, measurement, noise);
}

Scene make_scene(const Grid& grid, const Job& job, const ImageConstraints& prior) {
  const Task task = Task::parse(grid.tasks.at(job.task));
  const Picture& first = grid.pictures.at(job.first);
  Scene scene;
  try {
    scene.posed = pose_for(task, first.shape, prior);
    scene.noise = noise_for(scene.posed, grid.noises.at(job.noise));
    for (std::size_t i = 0; i < job.count; ++i) add_picture(scene, grid, job, task, job.first + i);
  } catch (const InvalidArgument& error) {
    throw FileError(first.path, "with the task '" + task.text() + "': " + error.what());
  }
  const Tensor known = scene.posed.op->known_entries();
  std::vector<Tensor> parts;
  for (const Image& measured : scene.measured) {
    parts.push_back(without_unknown_entries(measured.pixels, known));
  }
  scene.y = concat_samples(parts);
  return scene;
}

}  // namespace modeseek::bench
