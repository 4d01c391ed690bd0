// The engine's speed as a share of the processor's peak, which is measured in the same run by a
// loop of multiply-adds: convolutions at the default prior's shapes and a large one (512 to 512
// channels), forward and VJP, and whole evaluations of a prior: the default one, or the checkpoint
// that the environment variable MODESEEK_BENCHMARK_PRIOR names, within
// MODESEEK_BENCHMARK_MEGABYTES where that is set. The last argument is 1 for bfloat16.

#include <benchmark/benchmark.h>

#include <cstdint>
#include <cstdlib>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include "engine/engine.hpp"
#include "modeseek/error.hpp"
#include "modeseek/prior.hpp"
#include "modeseek/random.hpp"
#include "peak.hpp"

namespace modeseek {
namespace {

using engine::Graph;
using engine::Mode;
using engine::NumberType;

/// Reports operations a second, and their share of the peak by processor time: what the engine
/// makes of the time that it gets, on a busy machine too.
void report(benchmark::State& state, double multiply_adds, NumberType type,
            const benchmarks::ProcessorClock& clock) {
  const double operations = 2 * multiply_adds * static_cast<double>(state.iterations());
  const double speed = operations / clock.seconds();
  const double peak =
      type == NumberType::bfloat16 ? benchmarks::peak_bfloat16() : benchmarks::peak_float32();
  state.counters["FLOP/s_core"] = speed;
  if (peak > 0) state.counters["of_peak"] = speed / peak;
}

/// "VmRSS" or "VmHWM" of this process, in megabytes; 0 where the system does not say (no Linux).
double megabytes(const std::string& key) {
  std::ifstream status("/proc/self/status");
  std::string name;
  double kilobytes = 0;
  while (status >> name)
    if (name == key + ":" && status >> kilobytes) return kilobytes / 1024;
  return 0;
}

NumberType number_type(const benchmark::State& state, std::size_t argument) {
  return state.range(argument) != 0 ? NumberType::bfloat16 : NumberType::float32;
}

struct Free {
  void operator()(std::byte* memory) const { std::free(memory); }
};

/// One convolution between maps of the engine; its time includes the conversion of the host image.
struct ConvSetup {
  explicit ConvSetup(const benchmark::State& state)
      : inputs(state.range(0)),
        outputs(state.range(1)),
        side(state.range(2)),
        kernel(state.range(3)),
        type(number_type(state, 4)) {
    Random random(1);
    engine::Conv conv{outputs, inputs, kernel, kernel, 1, engine::Padding::all(kernel / 2), {}, {}};
    conv.weights.values.resize(static_cast<std::size_t>(conv.weight_count()));
    random.fill_normal(conv.weights.values);
    Graph graph;
    graph.set_output(graph.conv(graph.input(inputs), std::move(conv)));
    work = engine::multiply_adds(graph, side, side);
    model = engine::make_cpu_model(std::move(graph), type);
    program = model->compile(side, side, Mode::vjp);
    const std::uint64_t bytes = (program->arena_bytes() + 4095) / 4096 * 4096;
    arena.reset(static_cast<std::byte*>(std::aligned_alloc(4096, bytes)));
    image.resize(static_cast<std::size_t>(inputs * side * side), 0.5F);
    result.resize(static_cast<std::size_t>(outputs * side * side), 0.5F);
    program->forward(arena.get(), image, {}, result);
  }

  std::int64_t inputs, outputs, side, kernel;
  NumberType type;
  double work = 0;
  std::unique_ptr<engine::Model> model;
  std::unique_ptr<engine::Program> program;
  std::unique_ptr<std::byte, Free> arena;
  std::vector<float> image;
  std::vector<float> result;
};

void conv_forward(benchmark::State& state) {
  ConvSetup setup(state);
  const benchmarks::ProcessorClock clock;
  for (auto _ : state) setup.program->forward(setup.arena.get(), setup.image, {}, setup.result);
  report(state, setup.work, setup.type, clock);
}

void conv_vjp(benchmark::State& state) {
  ConvSetup setup(state);
  setup.program->backward(setup.arena.get(), setup.result, {}, setup.image);
  const benchmarks::ProcessorClock clock;
  for (auto _ : state) setup.program->backward(setup.arena.get(), setup.result, {}, setup.image);
  report(state, setup.work, setup.type, clock);
}

void shapes(benchmark::internal::Benchmark* b) {
  b->ArgNames({"in", "out", "side", "kernel", "bf16"});
  for (const auto& shape : std::vector<std::vector<std::int64_t>>{{12, 80, 128, 3},
                                                                  {80, 80, 128, 3},
                                                                  {160, 160, 64, 3},
                                                                  {192, 192, 32, 3},
                                                                  {192, 640, 32, 1},
                                                                  {512, 512, 64, 3}})
    for (const std::int64_t bf16 : {0, 1}) {
      auto arguments = shape;
      arguments.push_back(bf16);
      b->Args(arguments);
    }
  b->UseRealTime()->MeasureProcessCPUTime()->Unit(benchmark::kMillisecond);
}

BENCHMARK(conv_forward)->Apply(shapes);
BENCHMARK(conv_vjp)->Apply(shapes);

/// The default prior, or that of the environment, with its class 0 when it wants one.
LoadedPrior chosen_prior(PriorOptions options) {
  const char* chosen = std::getenv("MODESEEK_BENCHMARK_PRIOR");
  const std::string name = chosen != nullptr ? chosen : "natural";
  try {
    return load_prior(name, options);
  } catch (const InvalidArgument&) {
    options.class_label = 0;
    return load_prior(name, options);
  }
}

/// A prior on a batch of square images.
struct PriorSetup {
  explicit PriorSetup(const benchmark::State& state)
      : type(number_type(state, 2)),
        before(megabytes("VmRSS")),
        image({state.range(0), 3, state.range(1), state.range(1)}),
        sigma(static_cast<std::size_t>(state.range(0)), 0.5F) {
    PriorOptions options;
    options.precision = type == NumberType::bfloat16 ? Precision::bf16 : Precision::float32;
    prior = chosen_prior(options);
    if (const char* limit = std::getenv("MODESEEK_BENCHMARK_MEGABYTES"))
      prior.denoiser->limit_memory(std::uint64_t{std::strtoull(limit, nullptr, 10)} << 20U);
    Random(2).fill_normal(image.values());
    pixels = static_cast<double>(image.shape().n * image.shape().plane());
    work = prior.info.multiply_adds_per_pixel * pixels;
    std::ofstream("/proc/self/clear_refs") << "5";  // proc(5): VmHWM begins anew
  }

  /// What the prior's evaluations have taken at their highest, weights included.
  double peak_megabytes() const { return megabytes("VmHWM") - before; }

  NumberType type;
  double before;  ///< megabytes of the process without the prior
  LoadedPrior prior;
  Tensor image;
  std::vector<float> sigma;
  double pixels = 0;
  double work = 0;
};

void prior_denoise(benchmark::State& state) {
  PriorSetup setup(state);
  setup.prior.denoiser->denoise(setup.image, setup.sigma);
  const benchmarks::ProcessorClock clock;
  for (auto _ : state) setup.prior.denoiser->denoise(setup.image, setup.sigma);
  report(state, setup.work, setup.type, clock);
  state.counters["peak_megabytes"] = setup.peak_megabytes();
  state.counters["megapixels/s"] =
      benchmark::Counter(1e-6 * setup.pixels, benchmark::Counter::kIsIterationInvariantRate);
}

void prior_pullback(benchmark::State& state) {
  PriorSetup setup(state);
  const auto linearized = setup.prior.denoiser->linearize(setup.image, setup.sigma);
  linearized->pullback(setup.image);
  const benchmarks::ProcessorClock clock;
  for (auto _ : state) linearized->pullback(setup.image);
  report(state, setup.work, setup.type, clock);
}

/// What a step of VML-MAP with the exact gradient costs.
void prior_step(benchmark::State& state) {
  PriorSetup setup(state);
  const auto step = [&] {
    return setup.prior.denoiser->linearize(setup.image, setup.sigma)->pullback(setup.image);
  };
  step();
  const benchmarks::ProcessorClock clock;
  for (auto _ : state) benchmark::DoNotOptimize(step());
  report(state, 2 * setup.work, setup.type, clock);
  state.counters["peak_megabytes"] = setup.peak_megabytes();
}

void prior_arguments(benchmark::internal::Benchmark* b) {
  b->ArgNames({"batch", "side", "bf16"});
  b->UseRealTime()->MeasureProcessCPUTime()->Unit(benchmark::kMillisecond);
}

void sizes(benchmark::internal::Benchmark* b) {
  prior_arguments(b);
  b->ArgsProduct({{1, 8}, {64, 128, 256, 512}, {0, 1}});
}

/// Whether the cost grows with the pixels alone: up to 16 megapixels, up to 64 images.
void growth(benchmark::internal::Benchmark* b) {
  prior_arguments(b);
  b->ArgsProduct({{1}, {1024, 2048, 4096}, {0, 1}})->ArgsProduct({{64}, {64}, {0, 1}});
}

BENCHMARK(prior_denoise)->Apply(sizes);
BENCHMARK(prior_denoise)->Apply(growth);
BENCHMARK(prior_pullback)->Apply(sizes);
BENCHMARK(prior_step)->Apply(sizes);

}  // namespace
}  // namespace modeseek

BENCHMARK_MAIN();
