#pragma once

#include <cstdint>
#include <memory>
#include <nlohmann/json.hpp>
#include <span>
#include <string>
#include <vector>

namespace modeseek::torch_priors {

/// Extent of one image: channels, rows, columns.
struct ImageExtent {
  std::int64_t channels;
  std::int64_t height;
  std::int64_t width;
};

/// Host memory of one evaluation, in bytes, weights excluded.
struct Footprint {
  std::uint64_t denoise;
  std::uint64_t vjp;
};

/// A TorchScript program with forward(x, sigma) -> Tensor of the shape of x; the only class that
/// knows libtorch. Images are passed one at a time. The program runs as written, without the
/// just-in-time optimiser: that one changes the code, and with it rounding, after the first calls.
/// All members throw FileError for what goes wrong in the program and OutOfMemory.
class ScriptModule {
 public:
  /// One evaluation whose graph is kept.
  class Evaluation {
   public:
    virtual ~Evaluation() = default;
    /// D(x, sigma), [C,H,W].
    virtual const std::vector<float>& value() const = 0;
    /// J^T v, [C,H,W]; any number of times.
    virtual std::vector<float> pullback(std::span<const float> v) const = 0;
  };

  /// Loads the file on the host. Throws FileError when it is no TorchScript program or has no such
  /// method.
  explicit ScriptModule(std::string path);
  ~ScriptModule();

  /// What the program says of itself: those of `names` that are numbers, or lists of numbers, among
  /// its attributes, then in its extra file modeseek.json, which wins. An object.
  nlohmann::json description(const std::vector<std::string>& names) const;

  /// Moves it to a device ("cpu", "cuda", "cuda:1"); with `bf16`, convolutions and matrix products
  /// are computed in bfloat16. Throws InvalidArgument when there is no such device.
  void prepare(const std::string& device, bool bf16);

  std::vector<float> evaluate(std::span<const float> x, const ImageExtent& extent,
                              float sigma) const;
  std::unique_ptr<Evaluation> linearize(std::span<const float> x, const ImageExtent& extent,
                                        float sigma) const;

  /// Runs it on a black image and counts.
  Footprint measure(const ImageExtent& extent) const;

  std::int64_t parameter_count() const;
  /// Of the weights, where they lie on the host.
  std::uint64_t weight_bytes() const;

 private:
  class Graph;
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace modeseek::torch_priors
