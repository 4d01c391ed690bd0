#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "engine/engine.hpp"
#include "engine/graph.hpp"
#include "modeseek/random.hpp"

namespace modeseek::engine {

std::vector<float> random_vector(Random& random, std::int64_t count, float scale = 1.0F);

/// A convolution with random weights of unit gain.
Conv random_conv(Random& random, std::int64_t inputs, std::int64_t outputs, std::int64_t kernel,
                 std::int64_t stride, const Padding& padding, bool bias = true);

/// An arena of a program, filled with NaN: nothing may rely on what it holds.
class Arena {
 public:
  explicit Arena(const Program& program);
  std::byte* data() { return data_; }

 private:
  std::vector<std::byte> storage_;
  std::byte* data_;
};

/// |found - expected| / |expected|, by Euclidean norms.
double relative_error(std::span<const float> found, std::span<const double> expected);

/// The engine against the slow twin on a random image: the forward pass (in both modes), the VJP,
/// a second VJP after the first, and the twin's VJP against its own finite differences.
void expect_agrees(const Graph& graph, std::int64_t height, std::int64_t width,
                   std::span<const float> conditioning = {}, double tolerance = 2e-5,
                   NumberType type = NumberType::float32);

}  // namespace modeseek::engine
