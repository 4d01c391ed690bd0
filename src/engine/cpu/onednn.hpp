#pragma once

#include <cstddef>
#include <cstdint>
#include <oneapi/dnnl/dnnl.hpp>

#include "engine/number_type.hpp"
#include "engine/operation.hpp"

namespace modeseek::engine::cpu {

// Everything that differs between oneDNN 2.x and 3.x, and nothing else, is in onednn.cpp.

/// The process's one oneDNN engine and stream.
const dnnl::engine& processor();
dnnl::stream& stream();

/// True when oneDNN may use an instruction set here.
bool processor_has(dnnl::cpu_isa isa);

/// A feature map in memory: channels last.
dnnl::memory::desc map_desc(const Extent& extent, NumberType type);
/// A row-major matrix of which `stride` numbers separate the rows.
dnnl::memory::desc matrix_desc(std::int64_t rows, std::int64_t columns, std::int64_t stride,
                               NumberType type = NumberType::float32);
/// The transpose of such a matrix: rows x columns, `stride` numbers separate the columns.
dnnl::memory::desc transposed_desc(std::int64_t rows, std::int64_t columns, std::int64_t stride,
                                   NumberType type = NumberType::float32);
/// Plain float32 [outputs, inputs, kernel_h, kernel_w] weights.
dnnl::memory::desc plain_weights_desc(const Conv& conv);

/// What a convolution's weights are: [outputs, inputs, height, width].
struct KernelSize {
  std::int64_t outputs = 0;
  std::int64_t inputs = 0;
  std::int64_t height = 0;
  std::int64_t width = 0;
};

/// The taps of a convolution's weights, each a matrix [outputs, inputs, 1, 1] of the same layout.
class WeightTaps {
 public:
  WeightTaps(const dnnl::memory& weights, const KernelSize& size);

  const dnnl::memory::desc& desc() const { return desc_; }
  /// The same numbers seen as [inputs, outputs, 1, 1].
  dnnl::memory::desc transposed_desc() const { return desc_.permute_axes({1, 0, 2, 3}); }
  std::byte* begin(std::int64_t row, std::int64_t column) const;

 private:
  std::byte* data_;
  dnnl::memory::desc weights_;
  KernelSize size_;
  dnnl::memory::desc desc_;
};

/// The convolution without weights and bias whose forward pass is the VJP of `conv`, for stride 1
/// and padding below the kernel's size.
Conv transpose_of(const Conv& conv);

using ConvForward = dnnl::convolution_forward::primitive_desc;
using ConvBackward = dnnl::convolution_backward_data::primitive_desc;
using Matmul = dnnl::matmul::primitive_desc;

/// y = conv(x), or y += conv(x), maps and weights of one type, bias float32; oneDNN chooses the
/// layout of the weights. Scratch memory is the caller's, as in all of these.
ConvForward conv_forward(const Conv& conv, const Extent& x, const Extent& y, NumberType type,
                         bool accumulate);
/// The gradient of x; no backend of oneDNN adds it to what is there.
ConvBackward conv_backward(const Conv& conv, const Extent& x, const Extent& y, NumberType type);
/// c = a b, or c += a b.
Matmul matmul(const dnnl::memory::desc& a, const dnnl::memory::desc& b, const dnnl::memory::desc& c,
              bool accumulate);

/// A view of memory that someone else owns.
inline dnnl::memory view(const dnnl::memory::desc& desc, const void* data) {
  return {desc, processor(), const_cast<void*>(data)};
}

}  // namespace modeseek::engine::cpu
