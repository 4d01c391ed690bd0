#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include "engine/graph.hpp"
#include "engine/number_type.hpp"
#include "engine/plan.hpp"

namespace modeseek::engine {

/// What is done to the host's image on its way into the network and out of it:
/// result = skip image + out F(in image), and its transpose for a VJP.
struct Scaling {
  float in = 1;
  float out = 1;
  float skip = 0;
};

/// A network made ready for one image size and mode. Refers to its Model. Holds no activations:
/// the caller owns the arena, so one program can keep several linearization points. Not
/// thread-safe.
class Program {
 public:
  virtual ~Program() = default;

  /// Size of the arena that forward and backward work in; aligned to ArenaLayout::alignment.
  virtual std::uint64_t arena_bytes() const = 0;
  /// Packed weights that this program uses (shared between the programs of a model) and vectors.
  virtual std::uint64_t weight_bytes() const = 0;
  /// The part of weight_bytes() that is not in memory yet, since no program has packed it; at most.
  virtual std::uint64_t missing_weight_bytes() const = 0;

  /// result = skip image + out F(in image, conditioning) for one sample. `image` [C,H,W] and
  /// `result` [C',H',W'] are contiguous and apart; `conditioning` is the graph's vector input
  /// (empty when it has none). Throws InvalidArgument when a length does not fit, or the shapes of
  /// image and result differ and skip is not 0.
  virtual void forward(std::byte* arena, std::span<const float> image,
                       std::span<const float> conditioning, std::span<float> result,
                       const Scaling& scaling = {}) = 0;

  /// gradient = skip v + in J_F^T(out v) at the image of the last forward in the same arena, with
  /// the same conditioning and scaling; any number of times. vjp mode only, InvalidArgument
  /// otherwise.
  virtual void backward(std::byte* arena, std::span<const float> v,
                        std::span<const float> conditioning, std::span<float> gradient,
                        const Scaling& scaling = {}) = 0;
};

/// What a program does to take less memory; the results are the same, bit for bit.
struct Saving {
  /// More than one: a VJP computes activations again instead of keeping them, segment by segment of
  /// the network (Plan). About 1.4 times the time.
  std::int32_t segments = 1;
  /// A VJP makes the transposed weights of one convolution at a time from those of the forward pass
  /// instead of keeping both. Saves half of the weights.
  bool transposes_anew = false;
};

/// A network with its weights, from which programs are made.
class Model {
 public:
  virtual ~Model() = default;
  /// Takes no memory for activations or weights yet. Throws InvalidArgument when the size does not
  /// fit. The model must outlive the program.
  virtual std::unique_ptr<Program> compile(std::int64_t height, std::int64_t width, Mode mode,
                                           const Saving& saving) = 0;
  std::unique_ptr<Program> compile(std::int64_t height, std::int64_t width, Mode mode) {
    return compile(height, width, mode, {});
  }
  /// The graph; the weights of its convolutions have moved out.
  virtual const Graph& graph() const = 0;
};

/// The processor's engine, on oneDNN. With bfloat16 the weights and maps are rounded to it, sums
/// are float32, and the last layer is float32 throughout (map_types). Throws InvalidArgument when
/// the processor has no instructions that oneDNN computes bfloat16 with.
std::unique_ptr<Model> make_cpu_model(Graph graph, NumberType type = NumberType::float32);

/// True when the processor multiplies bfloat16 faster than float32 (AVX-512 BF16, AMX).
bool cpu_favours_bfloat16();
/// True when oneDNN can compute with bfloat16 here (AVX-512).
bool cpu_has_bfloat16();

}  // namespace modeseek::engine
