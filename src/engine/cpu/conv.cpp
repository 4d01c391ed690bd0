#include <algorithm>
#include <memory>
#include <utility>

#include "engine/cpu/kernels.hpp"
#include "engine/cpu/onednn.hpp"
#include "engine/cpu/parallel.hpp"
#include "engine/cpu/step.hpp"

namespace modeseek::engine::cpu {
namespace {

/// oneDNN generates a primitive's machine code when it is made, so that waits for the first run.
template <class Primitive, class Desc>
class Lazy {
 public:
  template <class MakeDesc>
  Lazy(double multiply_adds, const MakeDesc& make_desc) : multiply_adds_(multiply_adds) {
    const ThreadsFor scope(multiply_adds_);
    desc_ = make_desc();
  }
  const Desc& desc() const { return desc_; }
  const Primitive& get() {
    if (!primitive_) {
      const ThreadsFor scope(multiply_adds_);
      primitive_ = Primitive(desc_);
    }
    return primitive_;
  }

 private:
  double multiply_adds_;
  Desc desc_;
  Primitive primitive_;
};

double work(const Conv& conv, const Extent& result) {
  return static_cast<double>(result.count() * conv.inputs * conv.kernel_h * conv.kernel_w);
}

/// The weights of a step, in the layout that its primitive wants.
struct StepWeights {
  WeightStore* store;
  std::shared_ptr<WeightStore::Packed> packed;
  bool transposes;  ///< `packed` holds the plain form; the step makes the transposed one itself
  dnnl::memory::desc desc;

  std::uint64_t scratch_bytes() const { return transposes ? desc.get_size() : 0; }

  dnnl::memory get(std::byte* scratch) const {
    if (!transposes) return store->get(packed);
    dnnl::memory made = view(desc, scratch);
    store->transpose(packed, made);
    return made;
  }
};

StepWeights request(const Compilation& c, Value operation, WeightStore::Form form,
                    const dnnl::memory::desc& desc) {
  auto packed = c.weights.request(operation, form, desc);
  c.used.insert(packed);
  return {&c.weights, std::move(packed), false, desc};
}

/// y = conv(x), or y += conv(x).
StepCode compile_forward(const Conv& conv, Lazy<dnnl::convolution_forward, ConvForward> primitive,
                         const StepWeights& weights) {
  const float* bias = conv.bias.empty() ? nullptr : conv.bias.data();
  const std::uint64_t own = ArenaLayout::aligned(primitive.desc().scratchpad_desc().get_size());
  return {own + weights.scratch_bytes(),
          [primitive, weights, bias, own](const StepData& d) mutable {
            const ConvForward& desc = primitive.desc();
            auto* scratch = reinterpret_cast<std::byte*>(d.scratch());
            std::unordered_map<int, dnnl::memory> arguments{
                {DNNL_ARG_SRC, view(desc.src_desc(), d.read<std::byte>(0))},
                {DNNL_ARG_WEIGHTS, weights.get(scratch + own)},
                {DNNL_ARG_DST, view(desc.dst_desc(), d.write<std::byte>(0))},
                {DNNL_ARG_SCRATCHPAD, view(desc.scratchpad_desc(), scratch)}};
            if (bias != nullptr) arguments.emplace(DNNL_ARG_BIAS, view(desc.bias_desc(), bias));
            primitive.get().execute(stream(), arguments);
          }};
}

Lazy<dnnl::convolution_forward, ConvForward> forward_primitive(const Conv& conv, const Extent& x,
                                                               const Extent& y, const Step& step,
                                                               const Compilation& c) {
  return {work(conv, y),
          [&] { return conv_forward(conv, x, y, c.result_type(step), step.writes[0].accumulate); }};
}

StepCode compile_forward(const Conv& conv, const Step& step, const Compilation& c) {
  const auto primitive = forward_primitive(conv, c.input(step), c.result(step), step, c);
  return compile_forward(
      conv, primitive,
      request(c, step.operation, WeightStore::Form::plain, primitive.desc().weights_desc()));
}

/// The VJP where it is a convolution too.
StepCode compile_transposed(const Conv& conv, const Step& step, const Compilation& c) {
  const Conv transpose = transpose_of(conv);
  const Extent& x = c.input(step);
  const Extent& y = c.result(step);
  const auto primitive = forward_primitive(transpose, y, x, step, c);
  const dnnl::memory::desc desc = primitive.desc().weights_desc();
  if (!c.transposes_anew)
    return compile_forward(transpose, primitive,
                           request(c, step.operation, WeightStore::Form::transposed, desc));
  // What the forward step has asked for.
  const auto plain = forward_primitive(conv, x, y, step, c);
  StepWeights weights =
      request(c, step.operation, WeightStore::Form::plain, plain.desc().weights_desc());
  weights.transposes = true;
  weights.desc = desc;
  return compile_forward(transpose, primitive, weights);
}

/// The VJP where it is not a convolution of stride 1. To be added to what is there, it takes a
/// detour through scratch memory.
template <class T>
StepCode compile_backward(const Conv& conv, const Step& step, const Compilation& c) {
  const Extent& x = c.input(step);
  Lazy<dnnl::convolution_backward_data, ConvBackward> primitive(work(conv, c.result(step)), [&] {
    return conv_backward(conv, x, c.result(step), c.result_type(step));
  });
  const StepWeights weights =
      request(c, step.operation, WeightStore::Form::plain, primitive.desc().weights_desc());
  const std::int64_t count = x.count();
  const std::uint64_t own = ArenaLayout::aligned(primitive.desc().scratchpad_desc().get_size());
  const std::uint64_t detour =
      step.writes[0].accumulate ? static_cast<std::uint64_t>(count) * sizeof(T) : 0;
  return {own + detour, [primitive, weights, own, count](const StepData& d) mutable {
            const ConvBackward& desc = primitive.desc();
            T* result = d.write<T>(0);
            T* fresh = d.accumulate(0)
                           ? reinterpret_cast<T*>(reinterpret_cast<std::byte*>(d.scratch()) + own)
                           : result;
            primitive.get().execute(
                stream(), {{DNNL_ARG_DIFF_DST, view(desc.diff_dst_desc(), d.read<T>(0))},
                           {DNNL_ARG_WEIGHTS, weights.get(nullptr)},
                           {DNNL_ARG_DIFF_SRC, view(desc.diff_src_desc(), fresh)},
                           {DNNL_ARG_SCRATCHPAD, view(desc.scratchpad_desc(), d.scratch())}});
            if (d.accumulate(0))
              for_flat(count, [&](std::int64_t at, std::int64_t numbers) {
                element_kernels<T>().add(fresh + at, result + at, result + at, numbers);
              });
          }};
}

/// oneDNN's forward convolution is up to 1.5 times as fast as its backward one (80 channels,
/// AVX-512) and can add to its result, so it computes the VJP wherever that is one.
bool transposes(const Conv& conv) {
  const Padding& p = conv.padding;
  return conv.stride == 1 && std::max(p.top, p.bottom) < conv.kernel_h &&
         std::max(p.left, p.right) < conv.kernel_w;
}

}  // namespace

StepCode compile(const Conv& conv, const Step& step, const Compilation& c) {
  if (step.task == Task::forward) return compile_forward(conv, step, c);
  if (transposes(conv)) return compile_transposed(conv, step, c);
  return with_type(c.result_type(step),
                   [&]<class T>(T) { return compile_backward<T>(conv, step, c); });
}

}  // namespace modeseek::engine::cpu
