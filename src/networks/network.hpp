#pragma once

#include <cstdint>
#include <functional>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "checkpoints/checkpoint.hpp"
#include "engine/graph.hpp"
#include "modeseek/denoiser.hpp"

namespace modeseek::networks {

/// How a raw network F becomes a denoiser at one noise level:
/// D(x, sigma) = skip x + out F(in x, conditioning).
struct Coefficients {
  double skip = 0;
  double out = 1;
  double in = 1;
  /// What the graph's vector input receives (c_noise; a timestep).
  std::vector<float> conditioning;
};

/// A family of Coefficients, over the noise levels of the variance-exploding form.
struct Preconditioning {
  std::string name;  ///< "edm", "vp", ...
  /// Called with positive, finite noise levels only.
  std::function<Coefficients(double sigma)> at;
  NoiseRange range;
};

/// EDM (Karras et al. 2022, table 1): skip = d^2/(s^2 + d^2), out = s d / sqrt(s^2 + d^2),
/// in = 1/sqrt(s^2 + d^2), conditioning ln(s)/4; d is the standard deviation of the data.
Preconditioning edm_preconditioning(double sigma_data, NoiseRange range);

/// A checkpoint turned into something that can run.
struct Network {
  engine::Graph graph;  ///< image [channels] -> raw output [channels], vector input = conditioning
  Preconditioning preconditioning;
  std::int64_t channels = 3;
  /// Rows and columns inside the graph must be multiples of this; the prior pads other sizes.
  std::int64_t size_multiple = 1;
  /// {rows, columns} when the network knows one size only: never padded.
  std::optional<std::pair<std::int64_t, std::int64_t>> fixed_size;
  /// Rows and columns of the images it was trained on; 0 when any size is as good.
  std::int64_t resolution = 0;
  /// Number of classes of a class-conditional network; 0 for an unconditional one.
  std::int64_t classes = 0;
  /// The configuration that it was built from, complete: the file's, what was detected, and the
  /// caller's entries.
  nlohmann::json config;
  /// What the user should know: choices that the file leaves open, one line each.
  std::vector<std::string> notes;
};

/// What the caller may choose where the checkpoint leaves it open.
struct NetworkOptions {
  /// Class of a class-conditional network. Without it: the unconditional label if there is one.
  std::optional<std::int64_t> class_label;
  /// Entries that replace those of the checkpoint's configuration, by their own names
  /// ({"num_heads": 4}); null for none.
  nlohmann::json config;
  /// The network will not be run: any class will do where one is required.
  bool examine_only = false;
};

/// Builds the network of a checkpoint by its family (the table is in network.cpp). Throws FileError
/// for an unknown family, a configuration out of range, a missing tensor or a wrong shape;
/// InvalidArgument for a class label that does not exist.
Network build_network(const checkpoints::Checkpoint& checkpoint,
                      const NetworkOptions& options = {});

}  // namespace modeseek::networks
