#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "modeseek/prior.hpp"
#include "modeseek/restore.hpp"

namespace modeseek::report {

using Json = nlohmann::ordered_json;

/// How good a picture is against a clean one.
struct Quality {
  double psnr = 0;  ///< dB, infinite for equal pictures
  double ssim = 0;
};

/// What all pictures of one run share.
struct RunRecord {
  std::string command;  ///< the command line
  PriorInfo prior;
  std::string solver;
  std::string settings;  ///< "key=value, ..."
  std::string task;
  std::uint64_t seed = 0;
};

/// One restored picture.
struct ImageRecord {
  std::string input;
  std::string output;
  std::optional<Quality> quality;  ///< when a clean picture was given
  /// Shares of the clean values within 1, 2 and 3 deviations, when both were asked for.
  std::optional<std::array<double, 3>> coverage;
  NoiseChoice noise;
  Certificate certificate;
  int denoiser_evaluations = 0;
  int vjp_evaluations = 0;
  double seconds = 0;
};

/// "steps=20, direction=vjp" as an object; values that are numbers become numbers.
Json settings_json(const std::string& settings);

/// {"psnr": dB, "ssim": ...}; an infinite PSNR is null, since JSON has no infinity.
Json quality_json(const Quality& quality);

/// The record that `restore --json` writes.
Json run_json(const RunRecord& run, const std::vector<ImageRecord>& images);

/// What goes into a picture's file about how it was made.
std::map<std::string, std::string> picture_metadata(const RunRecord& run);

}  // namespace modeseek::report
