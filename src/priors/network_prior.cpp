#include "priors/network_prior.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "modeseek/error.hpp"
#include "priors/bounded_program.hpp"
#include "priors/check_batch.hpp"
#include "priors/padding.hpp"

namespace modeseek::priors {
namespace {

constexpr std::size_t kept_programs = 4;
constexpr std::uint64_t unlimited = std::numeric_limits<std::uint64_t>::max();

engine::Scaling scaling_of(const networks::Coefficients& k) {
  return {static_cast<float>(k.in), static_cast<float>(k.out), static_cast<float>(k.skip)};
}

/// The padded image and the network's result.
std::uint64_t host_bytes(const Padding& padding) {
  if (padding.trivial()) return 0;
  return 2 * static_cast<std::uint64_t>(padding.padded_count()) * sizeof(float);
}

/// Bytes of one convolution's weights in float32, at most.
std::uint64_t largest_weights(const engine::Graph& graph) {
  std::int64_t numbers = 0;
  for (const engine::Operation& operation : graph.operations())
    if (const auto* conv = std::get_if<engine::Conv>(&operation.kind))
      numbers = std::max(numbers, conv->weight_count());
  return static_cast<std::uint64_t>(numbers) * sizeof(float);
}

}  // namespace

struct NetworkPrior::Sized {
  std::int64_t height;
  std::int64_t width;
  engine::Mode mode;
  std::uint64_t samples;  ///< that have an arena each
  Padding padding;
  BoundedProgram bounded;

  engine::Program& program() const { return *bounded.program; }
};

/// Keeps the activations of every sample in the prior's workspace.
class NetworkPrior::Linearized final : public Linearization {
 public:
  Linearized(NetworkPrior& prior, std::shared_ptr<const Sized> sized,
             std::vector<networks::Coefficients> coefficients, Tensor value)
      : prior_(prior),
        sized_(std::move(sized)),
        coefficients_(std::move(coefficients)),
        value_(std::move(value)),
        generation_(prior.generation_) {}

  const Tensor& value() const override { return value_; }

  Tensor pullback(const Tensor& v) override {
    if (generation_ != prior_.generation_)
      throw InvalidArgument("pullback: the denoiser has been used since this linearization");
    if (v.shape() != value_.shape())
      throw InvalidArgument(fmt::format("pullback: expected a vector of shape {}, found {}",
                                        to_string(value_.shape()), to_string(v.shape())));
    Tensor gradient(v.shape());
    for (std::int64_t n = 0; n < v.shape().n; ++n)
      prior_.pull_back(*sized_, arena(n), v.sample(n), coefficients_[static_cast<std::size_t>(n)],
                       gradient.sample(n));
    return gradient;
  }

  /// Where sample n keeps its activations.
  std::byte* arena(std::int64_t n) {
    const std::uint64_t bytes = sized_->program().arena_bytes();
    const auto samples = static_cast<std::uint64_t>(value_.shape().n);
    return prior_.workspace_.reserve(samples * bytes) + static_cast<std::uint64_t>(n) * bytes;
  }

 private:
  friend class NetworkPrior;

  NetworkPrior& prior_;
  std::shared_ptr<const Sized> sized_;
  std::vector<networks::Coefficients> coefficients_;
  Tensor value_;
  std::uint64_t generation_;
};

NetworkPrior::NetworkPrior(networks::Network network, engine::NumberType type)
    : preconditioning_(std::move(network.preconditioning)),
      channels_(network.channels),
      size_multiple_(network.size_multiple),
      fixed_size_(network.fixed_size),
      largest_weights_(largest_weights(network.graph)),
      model_(engine::make_cpu_model(std::move(network.graph), type)) {}

NetworkPrior::~NetworkPrior() = default;

ImageConstraints NetworkPrior::constraints() const { return {channels_, fixed_size_, 1}; }

std::shared_ptr<NetworkPrior::Sized> NetworkPrior::sized(const Shape& shape,
                                                         engine::Mode mode) const {
  if (fixed_size_ && (fixed_size_->first != shape.h || fixed_size_->second != shape.w))
    throw InvalidArgument(fmt::format("denoiser: expected {} x {} pixels, found {} x {}",
                                      fixed_size_->first, fixed_size_->second, shape.h, shape.w));
  // Without a limit one program serves any number of samples.
  const bool shared = memory_limit_ == unlimited || mode == engine::Mode::denoise;
  const auto samples = shared ? 1 : static_cast<std::uint64_t>(std::max<std::int64_t>(1, shape.n));
  const auto found = std::ranges::find_if(recent_, [&](const auto& s) {
    return s->height == shape.h && s->width == shape.w && s->mode == mode && s->samples == samples;
  });
  if (found != recent_.end()) {
    recent_.splice(recent_.begin(), recent_, found);
    return recent_.front();
  }
  recent_.push_front(compile(shape, mode, samples));
  if (recent_.size() > kept_programs) recent_.pop_back();
  return recent_.front();
}

std::shared_ptr<NetworkPrior::Sized> NetworkPrior::compile(const Shape& shape, engine::Mode mode,
                                                           std::uint64_t samples) const {
  Padding padding(channels_, shape.h, shape.w, fixed_size_ ? 1 : size_multiple_);
  const std::int64_t height = padding.padded_height();
  const std::int64_t width = padding.padded_width();
  const auto bytes = [&](const engine::Program& program) {
    return bytes_of(program, padding, samples);
  };
  BoundedProgram bounded =
      fit_within(memory_limit_, bytes, *model_, model_->compile(height, width, mode), height, width,
                 mode, fixed_size_ ? 0 : size_multiple_);
  return std::make_shared<Sized>(
      Sized{shape.h, shape.w, mode, samples, std::move(padding), std::move(bounded)});
}

/// result = skip x + out C F(in P x)
void NetworkPrior::evaluate(const Sized& s, std::byte* arena, std::span<const float> x,
                            const networks::Coefficients& k, std::span<float> result) {
  if (s.padding.trivial()) {
    s.program().forward(arena, x, k.conditioning, result, scaling_of(k));
    return;
  }
  reserve_padded(s);
  s.padding.pad(x, static_cast<float>(k.in), padded_in_);
  s.program().forward(arena, padded_in_, k.conditioning, padded_out_);
  std::transform(x.begin(), x.end(), result.begin(),
                 [skip = static_cast<float>(k.skip)](float a) { return skip * a; });
  s.padding.add_crop(padded_out_, static_cast<float>(k.out), result);
}

/// gradient = skip v + in P^T F'^T (out C^T v)
void NetworkPrior::pull_back(const Sized& s, std::byte* arena, std::span<const float> v,
                             const networks::Coefficients& k, std::span<float> gradient) {
  if (s.padding.trivial()) {
    s.program().backward(arena, v, k.conditioning, gradient, scaling_of(k));
    return;
  }
  reserve_padded(s);
  std::transform(v.begin(), v.end(), gradient.begin(),
                 [skip = static_cast<float>(k.skip)](float a) { return skip * a; });
  s.padding.embed(v, static_cast<float>(k.out), padded_in_);
  s.program().backward(arena, padded_in_, k.conditioning, padded_out_);
  s.padding.add_adjoint(padded_out_, static_cast<float>(k.in), gradient);
}

void NetworkPrior::reserve_padded(const Sized& s) {
  const auto count = static_cast<std::size_t>(s.padding.padded_count());
  padded_in_.resize(count);
  padded_out_.resize(count);
}

Tensor NetworkPrior::denoise(const Tensor& x, std::span<const float> sigma) {
  check_batch(x, sigma, constraints());
  ++generation_;
  const auto kept = sized(x.shape(), engine::Mode::denoise);
  const Sized& s = *kept;
  std::byte* arena = workspace_.reserve(s.program().arena_bytes());
  Tensor result(x.shape());
  for (std::int64_t n = 0; n < x.shape().n; ++n) {
    const auto level = static_cast<double>(sigma[static_cast<std::size_t>(n)]);
    evaluate(s, arena, x.sample(n), preconditioning_.at(level), result.sample(n));
  }
  return result;
}

std::unique_ptr<Linearization> NetworkPrior::linearize(const Tensor& x,
                                                       std::span<const float> sigma) {
  check_batch(x, sigma, constraints());
  ++generation_;
  const auto s = sized(x.shape(), engine::Mode::vjp);
  std::vector<networks::Coefficients> coefficients;
  for (const float level : sigma)
    coefficients.push_back(preconditioning_.at(static_cast<double>(level)));
  auto result = std::make_unique<Linearized>(*this, s, std::move(coefficients), Tensor(x.shape()));
  for (std::int64_t n = 0; n < x.shape().n; ++n)
    evaluate(*s, result->arena(n), x.sample(n), result->coefficients_[static_cast<std::size_t>(n)],
             result->value_.sample(n));
  return result;
}

std::uint64_t NetworkPrior::memory_bytes(const Shape& shape, bool vjp) const {
  const auto s = sized(shape, vjp ? engine::Mode::vjp : engine::Mode::denoise);
  const std::uint64_t samples =
      vjp ? static_cast<std::uint64_t>(std::max<std::int64_t>(1, shape.n)) : 1;
  return bytes_of(s->program(), s->padding, samples);
}

std::uint64_t NetworkPrior::bytes_of(const engine::Program& program, const Padding& padding,
                                     std::uint64_t samples) const {
  // One convolution's weights in float32, which the first evaluation packs, always count: what they
  // take is left free later on, so that a picture is treated alike whether or not others came
  // before it.
  const std::uint64_t weights = program.missing_weight_bytes() + largest_weights_;
  return samples * program.arena_bytes() + weights + host_bytes(padding);
}

/// Limits differ a little from picture to picture, as the memory does that is free: a plain program
/// that still fits is the one that would be compiled again.
void NetworkPrior::limit_memory(std::uint64_t bytes) {
  if (bytes == memory_limit_) return;
  memory_limit_ = bytes;
  recent_.remove_if([&](const auto& s) {
    return !s->bounded.note.empty() || bytes_of(s->program(), s->padding, s->samples) > bytes;
  });
}

void NetworkPrior::release_memory() {
  ++generation_;
  workspace_ = engine::Workspace();
  // Assigning {} would empty them and keep their memory.
  padded_in_ = std::vector<float>();
  padded_out_ = std::vector<float>();
}

std::string NetworkPrior::memory_note(const Shape& shape, bool vjp) const {
  return sized(shape, vjp ? engine::Mode::vjp : engine::Mode::denoise)->bounded.note;
}

}  // namespace modeseek::priors
