#pragma once

#include <functional>
#include <string>

#include "modeseek/restore.hpp"
#include "restoration/baseline.hpp"
#include "restoration/forecast.hpp"

namespace modeseek {

/// A clean picture to be damaged and restored.
struct ShowcaseInput {
  std::string clean;  ///< path
  Task task;
  float noise = 0;  ///< on [-1, 1]
  std::uint64_t seed = 0;
};

/// What came of it. PSNR are of the files as written, in dB.
struct Showcase {
  std::string clean;  ///< path of the picture that the others are compared with
  std::string task;
  float noise = 0;  ///< on [-1, 1]
  std::string degraded;
  std::string baseline;
  std::string baseline_name;
  std::string restored;
  double degraded_psnr = 0;
  double baseline_psnr = 0;
  double restored_psnr = 0;
  Restored result;
};

/// Writes a picture.
using PictureWriter = std::function<void(const std::string& path, const Image& picture)>;

/// Degrades the clean picture to an 8-bit picture (or .npy, where it is none), as a camera or a
/// scanner would leave it, restores that, and writes `stem`-degraded.png, -measured.npy where
/// needed, -baseline.png, -restored.png and -clean.png. Throws as read_image, degrade, restore and
/// the writer do.
Showcase run_showcase(const ShowcaseInput& input, const std::string& stem, Denoiser& prior,
                      const SolverChoice& solver, const ProgressCallback& progress,
                      const PictureWriter& write);

}  // namespace modeseek
