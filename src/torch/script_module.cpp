#include "torch/script_module.hpp"

#include <ATen/Parallel.h>
#include <torch/csrc/autograd/autograd.h>
#include <torch/script.h>

#include <algorithm>
#include <string>
#include <utility>

#include "checkpoints/checkpoint.hpp"
#include "checkpoints/json_text.hpp"
#include "core/threads.hpp"
#include "modeseek/error.hpp"
#include "torch/autocast.hpp"
#include "torch/guarded.hpp"
#include "torch/memory_meter.hpp"

namespace modeseek::torch_priors {
namespace {

constexpr const char* extra_file = "modeseek.json";
const std::string running = "TorchScript program's forward(x, sigma)";

bool is_tensor(const c10::TypePtr& type) { return type->isSubtypeOf(*c10::TensorType::get()); }

/// self, x, sigma, and after these only arguments with default values; one tensor comes back.
bool has_expected_signature(const c10::FunctionSchema& schema) {
  const auto& arguments = schema.arguments();
  const auto& results = schema.returns();
  return arguments.size() >= 3 && is_tensor(arguments[1].type()) &&
         is_tensor(arguments[2].type()) && results.size() == 1 && is_tensor(results[0].type()) &&
         std::all_of(arguments.begin() + 3, arguments.end(),
                     [](const c10::Argument& argument) { return argument.default_value(); });
}

void check_signature(const torch::jit::Module& module, const std::string& path) {
  const auto forward = module.find_method("forward");
  if (!forward) throw FileError(path, "TorchScript program has no method forward(x, sigma)");
  if (has_expected_signature(forward->function().getSchema())) return;
  const c10::FunctionSchema& found = forward->function().getSchema();
  throw FileError(
      path, "TorchScript program: expected forward(x: Tensor, sigma: Tensor) -> Tensor, found " +
                std::to_string(found.arguments().size() - 1) + " arguments besides self and " +
                std::to_string(found.returns().size()) + " results, or other types");
}

/// A number or a list or tuple of whole numbers; null for any other value.
nlohmann::json json_of(const c10::IValue& value) {
  if (value.isInt()) return value.toInt();
  if (value.isDouble()) return value.toDouble();
  if (value.isIntList()) return value.toIntVector();
  if (!value.isTuple()) return nullptr;
  nlohmann::json list = nlohmann::json::array();
  for (const c10::IValue& element : value.toTupleRef().elements()) list.push_back(json_of(element));
  return list;
}

at::Tensor tensor_of(std::span<const float> values, const ImageExtent& extent) {
  // libtorch has no tensor over constant memory; the clone is what the program gets.
  auto* data = const_cast<float*>(values.data());
  return torch::from_blob(data, {1, extent.channels, extent.height, extent.width}).clone();
}

std::vector<float> values_of(const at::Tensor& tensor) {
  const at::Tensor host = tensor.detach().to(at::kCPU, at::kFloat).contiguous();
  const auto* data = host.data_ptr<float>();
  return {data, data + host.numel()};
}

}  // namespace

struct ScriptModule::State {
  std::string path;
  torch::jit::Module module;
  nlohmann::json extra = nlohmann::json::object();
  at::Device device = at::kCPU;
  bool bf16 = false;

  /// D(x, sigma), its shape and type checked.
  at::Tensor forward(const at::Tensor& x, float sigma) {
    if (at::get_num_threads() != threads()) at::set_num_threads(threads());
    const torch::jit::GraphOptimizerEnabledGuard as_written(false);
    const Autocast autocast(device.type(), bf16);
    const at::Tensor level = torch::full({1}, sigma, x.options().requires_grad(false));
    at::Tensor result = module.forward({x, level}).toTensor();
    if (!result.defined() || result.sizes() != x.sizes() || !result.is_floating_point()) {
      throw FileError(path, running + ": expected a real tensor of shape " +
                                checkpoints::to_string(x.sizes().vec()) + ", found " +
                                checkpoints::to_string(result.sizes().vec()));
    }
    return result;
  }
};

class ScriptModule::Graph final : public Evaluation {
 public:
  Graph(State& state, std::span<const float> x, const ImageExtent& extent, float sigma)
      : path_(state.path), extent_(extent) {
    const at::AutoGradMode with_gradient(true);
    x_ = tensor_of(x, extent).to(state.device).requires_grad_(true);
    result_ = state.forward(x_, sigma);
    if (!result_.requires_grad()) {
      throw FileError(path_, running + ": the result has no gradient with respect to x");
    }
    value_ = values_of(result_);
  }

  const std::vector<float>& value() const override { return value_; }

  std::vector<float> pullback(std::span<const float> v) const override {
    return guarded(path_, "TorchScript program's gradient", [&] {
      const at::Tensor seed = tensor_of(v, extent_).to(result_.device(), result_.scalar_type());
      constexpr bool keep_graph = true;
      const auto gradients = torch::autograd::grad({result_}, {x_}, {seed}, keep_graph);
      return values_of(gradients.at(0));
    });
  }

 private:
  std::string path_;
  ImageExtent extent_;
  at::Tensor x_;
  at::Tensor result_;
  std::vector<float> value_;
};

ScriptModule::ScriptModule(std::string path) : state_(std::make_unique<State>()) {
  state_->path = std::move(path);
  guarded(state_->path, "not a usable TorchScript program", [&] {
    torch::jit::ExtraFilesMap extra{{extra_file, ""}};
    state_->module = torch::jit::load(state_->path, at::Device(at::kCPU), extra);
    const std::string& text = extra.at(extra_file);
    if (!text.empty()) {
      state_->extra = checkpoints::parse_json(text, state_->path, extra_file);
    }
    check_signature(state_->module, state_->path);
    state_->module.eval();
    for (at::Tensor parameter : state_->module.parameters()) parameter.requires_grad_(false);
  });
}

ScriptModule::~ScriptModule() = default;

nlohmann::json ScriptModule::description(const std::vector<std::string>& names) const {
  if (!state_->extra.is_object()) {
    throw FileError(state_->path, std::string(extra_file) + ": expected an object");
  }
  nlohmann::json result = nlohmann::json::object();
  for (const std::string& name : names) {
    if (state_->module.hasattr(name)) {
      const nlohmann::json value = json_of(state_->module.attr(name));
      if (!value.is_null()) result[name] = value;
    }
    const auto found = state_->extra.find(name);
    if (found != state_->extra.end()) result[name] = *found;
  }
  return result;
}

void ScriptModule::prepare(const std::string& device, bool bf16) {
  const at::Device wanted(device);
  if (wanted.is_cuda() && !at::hasCUDA()) {
    throw InvalidArgument("prior setting 'device': there is no " + device +
                          ": libtorch finds no CUDA device");
  }
  guarded(state_->path, "moving the TorchScript program to its device",
          [&] { state_->module.to(wanted); });
  state_->device = wanted;
  state_->bf16 = bf16;
}

std::vector<float> ScriptModule::evaluate(std::span<const float> x, const ImageExtent& extent,
                                          float sigma) const {
  return guarded(state_->path, running, [&] {
    const at::NoGradGuard no_gradient;
    return values_of(state_->forward(tensor_of(x, extent).to(state_->device), sigma));
  });
}

std::unique_ptr<ScriptModule::Evaluation> ScriptModule::linearize(std::span<const float> x,
                                                                  const ImageExtent& extent,
                                                                  float sigma) const {
  return guarded(state_->path, running, [&]() -> std::unique_ptr<Evaluation> {
    return std::make_unique<Graph>(*state_, x, extent, sigma);
  });
}

Footprint ScriptModule::measure(const ImageExtent& extent) const {
  const std::vector<float> black(
      static_cast<std::size_t>(extent.channels * extent.height * extent.width), -1.0F);
  const auto peak_of = [](const auto& action) {
    const auto meter = std::make_shared<MemoryMeter>();
    const c10::DebugInfoGuard installed(c10::DebugInfoKind::PROFILER_STATE, meter);
    action();
    return meter->peak();
  };
  return {peak_of([&] { evaluate(black, extent, 1.0F); }),
          peak_of([&] { linearize(black, extent, 1.0F)->pullback(black); })};
}

std::int64_t ScriptModule::parameter_count() const {
  std::int64_t count = 0;
  for (const at::Tensor& parameter : state_->module.parameters()) count += parameter.numel();
  return count;
}

std::uint64_t ScriptModule::weight_bytes() const {
  if (!state_->device.is_cpu()) return 0;
  std::uint64_t bytes = 0;
  for (const at::Tensor& parameter : state_->module.parameters()) bytes += parameter.nbytes();
  for (const at::Tensor& buffer : state_->module.buffers()) bytes += buffer.nbytes();
  return bytes;
}

}  // namespace modeseek::torch_priors
