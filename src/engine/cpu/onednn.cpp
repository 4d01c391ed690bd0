#include "engine/cpu/onednn.hpp"

#include "engine/engine.hpp"

namespace modeseek::engine::cpu {
namespace {

using dnnl::memory;
using Dims = memory::dims;

constexpr auto f32 = memory::data_type::f32;

memory::data_type data_type(NumberType type) {
  return type == NumberType::float32 ? f32 : memory::data_type::bf16;
}

constexpr auto direct = dnnl::algorithm::convolution_direct;
constexpr auto inference = dnnl::prop_kind::forward_inference;

dnnl::primitive_attr attributes(bool accumulate) {
  dnnl::primitive_attr attr;
  attr.set_scratchpad_mode(dnnl::scratchpad_mode::user);
  if (accumulate) {
    dnnl::post_ops ops;
    ops.append_sum(1.0F);
    attr.set_post_ops(ops);
  }
  return attr;
}

Dims weight_dims(const Conv& conv) {
  return {conv.outputs, conv.inputs, conv.kernel_h, conv.kernel_w};
}

memory::desc tap_of(const memory::desc& weights, const KernelSize& size, std::int64_t row,
                    std::int64_t column) {
  return weights.submemory_desc({size.outputs, size.inputs, 1, 1}, {0, 0, row, column});
}

/// Numbers before the first one of a part.
std::size_t offset_of(const memory::desc& part) {
#if DNNL_VERSION_MAJOR >= 3
  return static_cast<std::size_t>(part.get_submemory_offset());
#else
  return static_cast<std::size_t>(part.data.offset0);
#endif
}

std::size_t number_bytes(const memory::desc& desc) {
#if DNNL_VERSION_MAJOR >= 3
  return memory::data_type_size(desc.get_data_type());
#else
  return memory::data_type_size(desc.data_type());
#endif
}

/// The arguments of a convolution, in oneDNN's terms.
struct ConvArguments {
  ConvArguments(const Conv& conv, const Extent& x, const Extent& y, NumberType type)
      : source(map_desc(x, type)),
        weights(weight_dims(conv), data_type(type), memory::format_tag::any),
        result(map_desc(y, type)),
        strides{conv.stride, conv.stride},
        before{conv.padding.top, conv.padding.left},
        after{conv.padding.bottom, conv.padding.right} {}

  memory::desc source;
  memory::desc weights;
  memory::desc result;
  Dims strides;
  Dims before;
  Dims after;
};

ConvForward forward_without_bias(const ConvArguments& a, const dnnl::primitive_attr& attr) {
#if DNNL_VERSION_MAJOR >= 3
  return {processor(), inference, direct,   a.source, a.weights,
          a.result,    a.strides, a.before, a.after,  attr};
#else
  return {{inference, direct, a.source, a.weights, a.result, a.strides, a.before, a.after},
          attr,
          processor()};
#endif
}

ConvForward forward_with_bias(const ConvArguments& a, std::int64_t outputs,
                              const dnnl::primitive_attr& attr) {
  const memory::desc bias({outputs}, f32, memory::format_tag::x);
#if DNNL_VERSION_MAJOR >= 3
  return {processor(), inference, direct,   a.source, a.weights, bias,
          a.result,    a.strides, a.before, a.after,  attr};
#else
  return {{inference, direct, a.source, a.weights, bias, a.result, a.strides, a.before, a.after},
          attr,
          processor()};
#endif
}

}  // namespace

const dnnl::engine& processor() {
  static const dnnl::engine engine(dnnl::engine::kind::cpu, 0);
  return engine;
}

/// Bits of an instruction set's number stand for the sets that it includes.
bool processor_has(dnnl::cpu_isa isa) {
  const auto wanted = static_cast<unsigned>(isa);
  return (static_cast<unsigned>(dnnl::get_effective_cpu_isa()) & wanted) == wanted;
}

dnnl::stream& stream() {
  static dnnl::stream stream(processor());
  return stream;
}

memory::desc map_desc(const Extent& extent, NumberType type) {
  return {
      {1, extent.channels, extent.height, extent.width}, data_type(type), memory::format_tag::nhwc};
}

memory::desc matrix_desc(std::int64_t rows, std::int64_t columns, std::int64_t stride,
                         NumberType type) {
  return {{rows, columns}, data_type(type), Dims{stride, 1}};
}

memory::desc transposed_desc(std::int64_t rows, std::int64_t columns, std::int64_t stride,
                             NumberType type) {
  return {{rows, columns}, data_type(type), Dims{1, stride}};
}

memory::desc plain_weights_desc(const Conv& conv) {
  return {weight_dims(conv), f32, memory::format_tag::oihw};
}

WeightTaps::WeightTaps(const memory& weights, const KernelSize& size)
    : data_(static_cast<std::byte*>(weights.get_data_handle())),
      weights_(weights.get_desc()),
      size_(size),
      desc_(tap_of(weights_, size, 0, 0)) {}

std::byte* WeightTaps::begin(std::int64_t row, std::int64_t column) const {
  return data_ + offset_of(tap_of(weights_, size_, row, column)) * number_bytes(weights_);
}

Conv transpose_of(const Conv& conv) {
  Conv t;
  t.outputs = conv.inputs;
  t.inputs = conv.outputs;
  t.kernel_h = conv.kernel_h;
  t.kernel_w = conv.kernel_w;
  t.padding = {conv.kernel_h - 1 - conv.padding.top, conv.kernel_w - 1 - conv.padding.left,
               conv.kernel_h - 1 - conv.padding.bottom, conv.kernel_w - 1 - conv.padding.right};
  return t;
}

ConvForward conv_forward(const Conv& conv, const Extent& x, const Extent& y, NumberType type,
                         bool accumulate) {
  const ConvArguments a(conv, x, y, type);
  return conv.bias.empty() ? forward_without_bias(a, attributes(accumulate))
                           : forward_with_bias(a, conv.outputs, attributes(accumulate));
}

ConvBackward conv_backward(const Conv& conv, const Extent& x, const Extent& y, NumberType type) {
  const ConvArguments a(conv, x, y, type);
  const ConvForward hint = forward_without_bias(a, attributes(false));
#if DNNL_VERSION_MAJOR >= 3
  return {processor(), direct,   a.source, a.weights, a.result,
          a.strides,   a.before, a.after,  hint,      attributes(false)};
#else
  return {{direct, a.source, a.weights, a.result, a.strides, a.before, a.after},
          attributes(false),
          processor(),
          hint};
#endif
}

Matmul matmul(const memory::desc& a, const memory::desc& b, const memory::desc& c,
              bool accumulate) {
#if DNNL_VERSION_MAJOR >= 3
  return {processor(), a, b, c, attributes(accumulate)};
#else
  return {{a, b, c}, attributes(accumulate), processor()};
#endif
}

}  // namespace modeseek::engine::cpu

namespace modeseek::engine {

bool cpu_favours_bfloat16() { return cpu::processor_has(dnnl::cpu_isa::avx512_core_bf16); }

bool cpu_has_bfloat16() { return cpu::processor_has(dnnl::cpu_isa::avx512_core); }

}  // namespace modeseek::engine
