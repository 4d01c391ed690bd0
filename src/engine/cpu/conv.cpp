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

StepCode compile_forward(const Conv& conv, const Step& step, const Compilation& c) {
  Lazy<dnnl::convolution_forward, ConvForward> primitive(work(conv, c.result(step)), [&] {
    return conv_forward(conv, c.input(step), c.result(step), step.writes[0].accumulate);
  });
  WeightStore::Packed* packed = c.weights.request(step.operation, primitive.desc().weights_desc());
  c.used.insert(packed);
  const std::uint64_t scratch = primitive.desc().scratchpad_desc().get_size();
  return {scratch, [primitive, packed, &conv, &weights = c.weights](const StepData& d) mutable {
            const ConvForward& desc = primitive.desc();
            std::unordered_map<int, dnnl::memory> arguments{
                {DNNL_ARG_SRC, view(desc.src_desc(), d.read(0))},
                {DNNL_ARG_WEIGHTS, weights.get(*packed)},
                {DNNL_ARG_DST, view(desc.dst_desc(), d.write(0))},
                {DNNL_ARG_SCRATCHPAD, view(desc.scratchpad_desc(), d.scratch())}};
            if (!conv.bias.empty())
              arguments.emplace(DNNL_ARG_BIAS, view(desc.bias_desc(), conv.bias.data()));
            primitive.get().execute(stream(), arguments);
          }};
}

StepCode compile_backward(const Conv& conv, const Step& step, const Compilation& c) {
  Lazy<dnnl::convolution_backward_data, ConvBackward> primitive(work(conv, c.result(step)), [&] {
    return conv_backward(conv, c.input(step), c.result(step));
  });
  WeightStore::Packed* packed = c.weights.request(step.operation, primitive.desc().weights_desc());
  c.used.insert(packed);
  const std::uint64_t scratch = primitive.desc().scratchpad_desc().get_size();
  return {scratch, [primitive, packed, &weights = c.weights](const StepData& d) mutable {
            const ConvBackward& desc = primitive.desc();
            primitive.get().execute(
                stream(), {{DNNL_ARG_DIFF_DST, view(desc.diff_dst_desc(), d.read(0))},
                           {DNNL_ARG_WEIGHTS, weights.get(*packed)},
                           {DNNL_ARG_DIFF_SRC, view(desc.diff_src_desc(), d.write(0))},
                           {DNNL_ARG_SCRATCHPAD, view(desc.scratchpad_desc(), d.scratch())}});
          }};
}

}  // namespace

StepCode compile(const Conv& conv, const Step& step, const Compilation& c) {
  return step.task == Task::forward ? compile_forward(conv, step, c)
                                    : compile_backward(conv, step, c);
}

}  // namespace modeseek::engine::cpu
