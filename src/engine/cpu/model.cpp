#include <fmt/format.h>

#include <memory>
#include <set>
#include <utility>

#include "engine/cpu/onednn.hpp"
#include "engine/cpu/step.hpp"
#include "engine/cpu/vectors.hpp"
#include "engine/cpu/weights.hpp"
#include "engine/engine.hpp"
#include "modeseek/error.hpp"

namespace modeseek::engine::cpu {
namespace {

/// oneDNN's exceptions become the library's.
template <class Body>
auto guarded(const Body& body) {
  try {
    return body();
  } catch (const dnnl::error& error) {
    throw Error(fmt::format("oneDNN: {}", error.what()));
  }
}

/// Operations that the planner never makes a step of: those on vectors and the input.
template <class Other>
StepCode compile(const Other&, const Step& step, const Compilation& c) {
  throw Error(fmt::format("{}: no step expected", name_of(c.operation(step).kind)));
}

StepCode compile_step(const Step& step, const Compilation& c) {
  if (step.task != Task::forward && step.task != Task::backward) return compile_transfer(step, c);
  return std::visit([&](const auto& kind) { return compile(kind, step, c); },
                    c.operation(step).kind);
}

class CpuProgram final : public Program {
 public:
  CpuProgram(const Graph& graph, WeightStore& weights, VectorCache& vectors, std::int64_t height,
             std::int64_t width, Mode mode, NumberType type, const Saving& saving)
      : graph_(graph), vectors_(vectors), plan_(graph, height, width, mode, type, saving.segments) {
    const Compilation compilation{graph_, plan_, weights, used_, saving.transposes_anew};
    for (const Step& step : plan_.steps()) code_.push_back(compile_step(step, compilation));
    std::size_t next = 0;
    plan_.place([&](const Step&) { return code_[next++].scratch_bytes; });
  }

  std::uint64_t arena_bytes() const override { return plan_.arena_bytes(); }

  std::uint64_t weight_bytes() const override {
    std::uint64_t bytes = vectors_.bytes() + linear_bytes();
    for (const auto& packed : used_) bytes += packed->desc.get_size();
    return bytes;
  }

  std::uint64_t missing_weight_bytes() const override {
    std::uint64_t bytes = vectors_.bytes();
    for (const auto& packed : used_)
      if (!packed->memory) bytes += packed->desc.get_size();
    return bytes;
  }

  void forward(std::byte* arena, std::span<const float> image, std::span<const float> conditioning,
               std::span<float> result, const Scaling& scaling) override {
    check(image.size(), plan_.extent(graph_.input()), "input");
    check(result.size(), plan_.extent(graph_.output()), "output");
    check_skip(scaling);
    run(0, plan_.backward_begin(), arena, conditioning, image.data(), result.data(), scaling);
  }

  void backward(std::byte* arena, std::span<const float> v, std::span<const float> conditioning,
                std::span<float> gradient, const Scaling& scaling) override {
    if (plan_.mode() != Mode::vjp)
      throw InvalidArgument("network gradient: expected a program made for VJPs");
    check(v.size(), plan_.extent(graph_.output()), "cotangent");
    check(gradient.size(), plan_.extent(graph_.input()), "gradient");
    run(plan_.backward_begin(), plan_.steps().size(), arena, conditioning, v.data(),
        gradient.data(), {scaling.out, scaling.in, scaling.skip});
  }

 private:
  std::uint64_t linear_bytes() const {
    std::uint64_t floats = 0;
    for (const Operation& operation : graph_.operations())
      if (const auto* linear = std::get_if<Linear>(&operation.kind))
        floats += linear->weights.size();
    return floats * sizeof(float);
  }

  void check_skip(const Scaling& scaling) const {
    if (scaling.skip != 0 && plan_.extent(graph_.input()) != plan_.extent(graph_.output()))
      throw InvalidArgument("network scaling: expected a result of the image's shape");
  }

  static void check(std::size_t found, const Extent& expected, const char* what) {
    if (static_cast<std::int64_t>(found) != expected.count())
      throw InvalidArgument(fmt::format("network {}: expected {} x {} x {} floats, found {}", what,
                                        expected.channels, expected.height, expected.width, found));
  }

  void run(std::size_t begin, std::size_t end, std::byte* arena,
           std::span<const float> conditioning, const float* host_in, float* host_out,
           const Scaling& scaling) {
    const std::shared_ptr<const Vectors> vectors = vectors_.at(conditioning);
    guarded([&] {
      for (std::size_t i = begin; i < end; ++i)
        code_[i].run({plan_, plan_.steps()[i], arena, *vectors, host_in, host_out, scaling.in,
                      scaling.out, scaling.skip});
      stream().wait();
    });
  }

  const Graph& graph_;
  VectorCache& vectors_;
  Plan plan_;
  std::set<std::shared_ptr<WeightStore::Packed>> used_;
  std::vector<StepCode> code_;
};

class CpuModel final : public Model {
 public:
  CpuModel(Graph graph, NumberType type)
      : graph_(std::move(graph)), type_(type), weights_(graph_), vectors_(graph_) {
    if (type == NumberType::bfloat16 && !cpu_has_bfloat16())
      throw InvalidArgument(
          "precision: bf16 needs a processor with AVX-512, found one without; use float32");
  }

  using Model::compile;
  std::unique_ptr<Program> compile(std::int64_t height, std::int64_t width, Mode mode,
                                   const Saving& saving) override {
    return guarded([&] {
      return std::make_unique<CpuProgram>(graph_, weights_, vectors_, height, width, mode, type_,
                                          saving);
    });
  }

  const Graph& graph() const override { return graph_; }

 private:
  Graph graph_;
  NumberType type_;
  WeightStore weights_;
  VectorCache vectors_;
};

}  // namespace
}  // namespace modeseek::engine::cpu

namespace modeseek::engine {

std::unique_ptr<Model> make_cpu_model(Graph graph, NumberType type) {
  return std::make_unique<cpu::CpuModel>(std::move(graph), type);
}

}  // namespace modeseek::engine
