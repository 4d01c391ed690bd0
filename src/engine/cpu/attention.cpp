#include <algorithm>
#include <array>
#include <memory>
#include <optional>
#include <type_traits>

#include "engine/cpu/kernels.hpp"
#include "engine/cpu/onednn.hpp"
#include "engine/cpu/parallel.hpp"
#include "engine/cpu/step.hpp"

namespace modeseek::engine::cpu {
namespace {

/// Rows of the score matrix that exist at one time: memory stays linear in the number of pixels.
constexpr std::int64_t max_block = 256;

/// A matrix product and the code generated for it.
struct Product {
  Product(const dnnl::memory::desc& a, const dnnl::memory::desc& b, const dnnl::memory::desc& c,
          bool accumulate)
      : desc(matmul(a, b, c, accumulate)), primitive(desc) {}

  std::uint64_t scratch_bytes() const { return desc.scratchpad_desc().get_size(); }

  void run(const void* a, const void* b, float* c, const void* scratch) const {
    primitive.execute(stream(), {{DNNL_ARG_SRC, view(desc.src_desc(), a)},
                                 {DNNL_ARG_WEIGHTS, view(desc.weights_desc(), b)},
                                 {DNNL_ARG_DST, view(desc.dst_desc(), c)},
                                 {DNNL_ARG_SCRATCHPAD, view(desc.scratchpad_desc(), scratch)}});
  }

  Matmul desc;
  dnnl::matmul primitive;
};

/// A product by slices of the result's rows, one thread each: left to split a product itself,
/// oneDNN rounds differently with each number of threads (AVX2).
class SlicedProduct {
 public:
  /// make(n) describes the product for a slice of n rows.
  template <class Make>
  SlicedProduct(std::int64_t rows, std::int64_t slice, const Make& make)
      : slice_(std::min(rows, slice)), count_(chunks(rows, slice_)), whole_(make(slice_)) {
    if (rows % slice_ != 0) rest_.emplace(make(rows % slice_));
    const std::uint64_t bytes =
        std::max(whole_.scratch_bytes(), rest_ ? rest_->scratch_bytes() : 0);
    slice_scratch_ = ArenaLayout::aligned(bytes);
  }

  std::uint64_t scratch_bytes() const {
    return slice_scratch_ * static_cast<std::uint64_t>(count_);
  }

  /// run(product, first row, scratch of this slice)
  template <class Run>
  void for_slices(void* scratch, const Run& run) const {
    const auto one = [&](std::int64_t i) {
      const bool last = rest_ && i + 1 == count_;
      run(last ? *rest_ : whole_, i * slice_,
          static_cast<std::byte*>(scratch) + static_cast<std::uint64_t>(i) * slice_scratch_);
    };
    if (count_ > 1) return parallel_for(count_, one);
    const ThreadsFor alone(0);
    one(0);
  }

 private:
  std::int64_t slice_;
  std::int64_t count_;
  Product whole_;
  std::optional<Product> rest_;
  std::uint64_t slice_scratch_ = 0;
};

/// One head's products for a block of `rows` queries against `pixels` keys; heads are `depth`
/// columns of matrices with `channels` columns. Factors are of the maps' type T, sums float32.
template <class T>
class BlockProducts {
 public:
  BlockProducts(std::int64_t rows, std::int64_t pixels, std::int64_t depth, std::int64_t channels)
      : pixels_(pixels),
        channels_(channels),
        rows_by_all_t_(rows, query_slice,
                       [&](std::int64_t n) {
                         return Product(matrix_desc(n, depth, channels, type),
                                        transposed_desc(depth, pixels, channels, type),
                                        matrix_desc(n, pixels, pixels), false);
                       }),
        scores_by_all_(rows, query_slice,
                       [&](std::int64_t n) { return weighting(n, depth, false); }),
        scores_by_all_add_(rows, query_slice,
                           [&](std::int64_t n) { return weighting(n, depth, true); }),
        scores_t_by_block_add_(pixels, key_slice, [&](std::int64_t n) {
          return Product(transposed_desc(n, rows, pixels, type),
                         matrix_desc(rows, depth, channels, type), matrix_desc(n, depth, channels),
                         true);
        }) {}

  std::uint64_t scratch_bytes() const {
    return std::max({rows_by_all_t_.scratch_bytes(), scores_by_all_.scratch_bytes(),
                     scores_by_all_add_.scratch_bytes(), scores_t_by_block_add_.scratch_bytes()});
  }

  /// scores = a b^T
  void outer(const T* a, const T* b, float* scores, void* scratch) const {
    rows_by_all_t_.for_slices(scratch, [&](const Product& p, std::int64_t first, void* own) {
      p.run(a + first * channels_, b, scores + first * pixels_, own);
    });
  }
  /// c = scores b, or c += scores b
  void weighted(const T* scores, const T* b, float* c, bool add, void* scratch) const {
    const SlicedProduct& product = add ? scores_by_all_add_ : scores_by_all_;
    product.for_slices(scratch, [&](const Product& p, std::int64_t first, void* own) {
      p.run(scores + first * pixels_, b, c + first * channels_, own);
    });
  }
  /// c += scores^T a
  void add_transposed(const T* scores, const T* a, float* c, void* scratch) const {
    scores_t_by_block_add_.for_slices(scratch,
                                      [&](const Product& p, std::int64_t first, void* own) {
                                        p.run(scores + first, a, c + first * channels_, own);
                                      });
  }

 private:
  static constexpr NumberType type = number_type_of<T>;
  static constexpr std::int64_t query_slice = 32;
  static constexpr std::int64_t key_slice = 256;

  Product weighting(std::int64_t rows, std::int64_t depth, bool add) const {
    return {matrix_desc(rows, pixels_, pixels_, type), matrix_desc(pixels_, depth, channels_, type),
            matrix_desc(rows, depth, channels_), add};
  }

  std::int64_t pixels_;
  std::int64_t channels_;
  SlicedProduct rows_by_all_t_, scores_by_all_, scores_by_all_add_, scores_t_by_block_add_;
};

/// Attention of one shape, head by head and block by block. Softmax and sums are float32; weights
/// and their gradients are rounded to the maps' type T where they become factors of a product.
template <class T>
class AttentionCode {
 public:
  AttentionCode(const Attention& attention, const Extent& extent)
      : heads_(attention.heads),
        scale_(attention.scale),
        pixels_(extent.pixels()),
        channels_(extent.channels),
        depth_(channels_ / heads_),
        block_(std::min(pixels_, max_block)),
        full_(block_, pixels_, depth_, channels_) {
    if (pixels_ % block_ != 0)
      tail_ = std::make_unique<BlockProducts<T>>(pixels_ % block_, pixels_, depth_, channels_);
  }

  /// Scores of a block, their gradient where wanted, either as factors, and what oneDNN asks for.
  std::uint64_t scratch_bytes(bool backward) const {
    const std::uint64_t products =
        std::max(full_.scratch_bytes(), tail_ ? tail_->scratch_bytes() : 0);
    return (backward ? 2 : 1) * block_bytes<float>() + factor_bytes() + products;
  }

  /// `scratch` holds scratch_bytes.
  void forward(const T* q, const T* k, const T* v, float* result, std::byte* scratch) const {
    auto* scores = reinterpret_cast<float*>(scratch);
    auto* factors = reinterpret_cast<T*>(scratch + block_bytes<float>());
    void* own = scratch + block_bytes<float>() + factor_bytes();
    for_blocks(
        [&](const BlockProducts<T>& p, std::int64_t head, std::int64_t row, std::int64_t rows) {
          p.outer(q + row + head, k + head, scores, own);
          softmax(scores, rows);
          p.weighted(as_factors(scores, rows, factors), v + head, result + row + head, false, own);
        });
  }

  /// Adds to the gradients dq, dk and dv.
  void backward(const std::array<const T*, 4>& maps, const std::array<float*, 3>& gradients,
                std::byte* scratch) const {
    const auto [g, q, k, v] = maps;
    const auto [dq, dk, dv] = gradients;
    auto* scores = reinterpret_cast<float*>(scratch);
    auto* slopes = reinterpret_cast<float*>(scratch + block_bytes<float>());
    auto* factors = reinterpret_cast<T*>(scratch + 2 * block_bytes<float>());
    void* own = scratch + 2 * block_bytes<float>() + factor_bytes();
    for_blocks(
        [&](const BlockProducts<T>& p, std::int64_t head, std::int64_t row, std::int64_t rows) {
          const std::int64_t at = row + head;
          p.outer(q + at, k + head, scores, own);
          softmax(scores, rows);
          p.add_transposed(as_factors(scores, rows, factors), g + at, dv + head, own);
          p.outer(g + at, v + head, slopes, own);
          softmax_backward(slopes, scores, rows);
          const T* slope_factors = as_factors(slopes, rows, factors);
          p.weighted(slope_factors, k + head, dq + at, true, own);
          p.add_transposed(slope_factors, q + at, dk + head, own);
        });
  }

 private:
  template <class Number>
  std::uint64_t block_bytes() const {
    return ArenaLayout::aligned(static_cast<std::uint64_t>(block_ * pixels_) * sizeof(Number));
  }

  std::uint64_t factor_bytes() const { return std::is_same_v<T, float> ? 0 : block_bytes<T>(); }

  /// Numbers of a block in the maps' type: themselves, or a copy in `room`.
  const T* as_factors(const float* numbers, std::int64_t rows, T* room) const {
    if constexpr (std::is_same_v<T, float>) {
      return numbers;
    } else {
      for_flat(rows * pixels_, [&](std::int64_t at, std::int64_t count) {
        element_kernels<T>().store(numbers + at, false, room + at, count);
      });
      return room;
    }
  }

  /// body(products, offset of the head's first channel, offset of the block's first row, rows)
  template <class Body>
  void for_blocks(const Body& body) const {
    for (std::int64_t head = 0; head < heads_; ++head)
      for (std::int64_t first = 0; first < pixels_; first += block_) {
        const std::int64_t rows = std::min(block_, pixels_ - first);
        body(rows == block_ ? full_ : *tail_, head * depth_, first * channels_, rows);
      }
  }

  void softmax(float* scores, std::int64_t rows) const {
    for_chunks(rows, chunk_of(pixels_), [&](std::int64_t, std::int64_t first, std::int64_t count) {
      kernels().softmax(scores + first * pixels_, scale_, count, pixels_);
    });
  }

  void softmax_backward(float* slopes, const float* scores, std::int64_t rows) const {
    for_chunks(rows, chunk_of(pixels_), [&](std::int64_t, std::int64_t first, std::int64_t count) {
      kernels().softmax_backward(slopes + first * pixels_, scores + first * pixels_, scale_, count,
                                 pixels_);
    });
  }

  std::int64_t heads_;
  float scale_;
  std::int64_t pixels_;
  std::int64_t channels_;
  std::int64_t depth_;
  std::int64_t block_;
  BlockProducts<T> full_;
  std::unique_ptr<const BlockProducts<T>> tail_;
};

/// Maps that a step writes, summed as float32: themselves, or copies in scratch memory.
template <class T>
class SumMaps {
 public:
  static constexpr bool copies = !std::is_same_v<T, float>;

  explicit SumMaps(std::int64_t count) : count_(count) {}

  /// Scratch memory of `maps` maps.
  std::uint64_t bytes(std::int64_t maps) const {
    return copies ? static_cast<std::uint64_t>(maps * padded()) * sizeof(float) : 0;
  }

  /// Where the sums of map `i`, which `map` holds in the end, are made.
  float* sums(std::int64_t i, T* map, float* scratch) const {
    if constexpr (copies)
      return scratch + i * padded();
    else
      return map;
  }

  void store(const float* sums, bool accumulate, T* map) const {
    if constexpr (copies)
      for_flat(count_, [&](std::int64_t at, std::int64_t numbers) {
        element_kernels<T>().store(sums + at, accumulate, map + at, numbers);
      });
  }

 private:
  std::int64_t padded() const { return (count_ + 15) / 16 * 16; }

  std::int64_t count_;
};

template <class T>
void run_forward(const AttentionCode<T>& code, const SumMaps<T>& maps, const StepData& d) {
  float* result = maps.sums(0, d.write<T>(0), d.scratch());
  code.forward(d.read<T>(0), d.read<T>(1), d.read<T>(2), result,
               reinterpret_cast<std::byte*>(d.scratch()) + maps.bytes(1));
  maps.store(result, false, d.write<T>(0));
}

template <class T>
void run_backward(const AttentionCode<T>& code, const SumMaps<T>& maps, std::int64_t count,
                  const StepData& d) {
  std::array<float*, 3> gradients{};
  for (std::size_t i = 0; i < 3; ++i) {
    gradients[i] = maps.sums(static_cast<std::int64_t>(i), d.write<T>(i), d.scratch());
    if (SumMaps<T>::copies || !d.accumulate(i)) std::fill_n(gradients[i], count, 0.0F);
  }
  code.backward({d.read<T>(0), d.read<T>(1), d.read<T>(2), d.read<T>(3)}, gradients,
                reinterpret_cast<std::byte*>(d.scratch()) + maps.bytes(3));
  for (std::size_t i = 0; i < 3; ++i) maps.store(gradients[i], d.accumulate(i), d.write<T>(i));
}

}  // namespace

StepCode compile(const Attention& attention, const Step& step, const Compilation& c) {
  const Extent& extent = c.result(step);
  const ThreadsFor one_a_slice(0);
  const bool backward = step.task == Task::backward;
  const std::int64_t count = extent.count();
  return with_type(c.result_type(step), [&]<class T>(T) -> StepCode {
    const auto code = std::make_shared<const AttentionCode<T>>(attention, extent);
    const SumMaps<T> maps(count);
    return {maps.bytes(backward ? 3 : 1) + code->scratch_bytes(backward),
            [code, maps, backward, count](const StepData& d) {
              if (backward)
                run_backward<T>(*code, maps, count, d);
              else
                run_forward<T>(*code, maps, d);
            }};
  });
}

}  // namespace modeseek::engine::cpu
