#include "engine/reference.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

namespace modeseek::engine::reference {
namespace {

double sigmoid(double x) { return 1.0 / (1.0 + std::exp(-x)); }
double act(Activation a, double x) { return a == Activation::silu ? x * sigmoid(x) : x; }
double slope(Activation a, double x) {
  if (a == Activation::none) return 1.0;
  const double s = sigmoid(x);
  return s + x * s * (1.0 - s);
}

template <class Body>
void for_each(const Extent& e, const Body& body) {
  for (std::int64_t c = 0; c < e.channels; ++c)
    for (std::int64_t y = 0; y < e.height; ++y)
      for (std::int64_t x = 0; x < e.width; ++x) body(c, y, x);
}

double entry(const std::vector<float>& values, std::int64_t i, double otherwise) {
  return values.empty() ? otherwise : static_cast<double>(values[static_cast<std::size_t>(i)]);
}

/// body(y, x, weight) for the inputs of output (o, row, column) from input channel i.
template <class Body>
void for_taps(const Conv& conv, std::int64_t o, std::int64_t i, std::int64_t row,
              std::int64_t column, const Body& body) {
  for (std::int64_t ky = 0; ky < conv.kernel_h; ++ky)
    for (std::int64_t kx = 0; kx < conv.kernel_w; ++kx)
      body(conv.stride * row + ky - conv.padding.top, conv.stride * column + kx - conv.padding.left,
           entry(conv.weights.values,
                 ((o * conv.inputs + i) * conv.kernel_h + ky) * conv.kernel_w + kx, 0.0));
}

/// y[to] += w x[from] for every pair that a resampling along both axes joins; `low` is the smaller
/// map's side and place of a pair, `high` the larger one's.
template <class Body>
void for_resampling(const FirFilter& f, const Extent& low, const Extent& high, const Body& body) {
  const auto taps = static_cast<std::int64_t>(f.taps.size());
  for_each(low, [&](auto c, auto y, auto x) {
    for (std::int64_t ky = 0; ky < taps; ++ky)
      for (std::int64_t kx = 0; kx < taps; ++kx) {
        const std::int64_t row = 2 * y + ky - f.pad_before;
        const std::int64_t column = 2 * x + kx - f.pad_before;
        if (row < 0 || row >= high.height || column < 0 || column >= high.width) continue;
        body(c, y, x, row, column, entry(f.taps, ky, 0) * entry(f.taps, kx, 0));
      }
  });
}

/// body(row, column, pixels of the window) for the pixels of a window that lie inside the map.
template <class Body>
void for_window(const Pool& pool, const Extent& x, std::int64_t row, std::int64_t column,
                const Body& body) {
  std::vector<std::pair<std::int64_t, std::int64_t>> pixels;
  for (std::int64_t ky = 0; ky < pool.size; ++ky)
    for (std::int64_t kx = 0; kx < pool.size; ++kx) {
      const std::int64_t i = pool.stride * row + ky - pool.padding;
      const std::int64_t j = pool.stride * column + kx - pool.padding;
      if (i >= 0 && i < x.height && j >= 0 && j < x.width) pixels.emplace_back(i, j);
    }
  for (const auto& [i, j] : pixels) body(i, j, static_cast<double>(pixels.size()));
}

/// Mean and 1/std of each group.
struct GroupMoments {
  double mean = 0;
  double inverse = 0;
};

GroupMoments moments(const GroupNorm& norm, const Array& x, std::int64_t group) {
  const std::int64_t size = x.extent.channels / norm.groups;
  const auto first = static_cast<std::size_t>(group * size * x.extent.pixels());
  const auto count = static_cast<std::size_t>(size * x.extent.pixels());
  double sum = 0;
  for (std::size_t i = first; i < first + count; ++i) sum += x.values[i];
  const double mean = sum / static_cast<double>(count);
  double squares = 0;
  for (std::size_t i = first; i < first + count; ++i)
    squares += (x.values[i] - mean) * (x.values[i] - mean);
  return {mean, 1.0 / std::sqrt(squares / static_cast<double>(count) +
                                static_cast<double>(norm.epsilon))};
}

/// What a group norm does after the normalisation: n -> gain n + shift.
struct ChannelAffine {
  double gain = 1;
  double shift = 0;
};

ChannelAffine affine(const GroupNorm& norm, const std::vector<const Array*>& inputs,
                     std::int64_t c) {
  const std::int64_t channels = inputs[0]->extent.channels;
  const double scale = inputs.size() == 2 ? 1.0 + (*inputs[1])(c, 0, 0) : 1.0;
  const double shift = inputs.size() == 2 ? (*inputs[1])(channels + c, 0, 0) : 0.0;
  return {scale * entry(norm.gamma, c, 1.0), scale * entry(norm.beta, c, 0.0) + shift};
}

double inverse_rms(const RmsNorm& norm, const Array& x, std::int64_t row, std::int64_t column) {
  double sum = 0;
  for (std::int64_t c = 0; c < x.extent.channels; ++c) sum += x(c, row, column) * x(c, row, column);
  return 1.0 / std::sqrt(sum / static_cast<double>(x.extent.channels) +
                         static_cast<double>(norm.epsilon));
}

/// Softmax weights [pixels of q, pixels of k] of one head.
std::vector<std::vector<double>> weights(const Attention& op, const Array& q, const Array& k,
                                         std::int64_t head) {
  const std::int64_t depth = q.extent.channels / op.heads;
  const std::int64_t width = q.extent.width;
  const std::int64_t pixels = q.extent.pixels();
  std::vector<std::vector<double>> rows;
  for (std::int64_t a = 0; a < pixels; ++a) {
    std::vector<double> row;
    double sum = 0;
    for (std::int64_t b = 0; b < pixels; ++b) {
      double score = 0;
      for (std::int64_t j = head * depth; j < (head + 1) * depth; ++j)
        score += q(j, a / width, a % width) * k(j, b / width, b % width);
      row.push_back(std::exp(static_cast<double>(op.scale) * score));
      sum += row.back();
    }
    for (double& w : row) w /= sum;
    rows.push_back(std::move(row));
  }
  return rows;
}

struct Forward {
  const std::vector<const Array*>& in;
  Array& y;
  const Array& x() const { return *in[0]; }
  const Extent& extent() const { return y.extent; }

  void operator()(const Input&) const {}
  void operator()(const VectorInput&) const {}

  void operator()(const ConstantVector& op) const {
    for_each(extent(), [&](auto c, auto i, auto j) { y(c, i, j) = entry(op.values, c, 0); });
  }

  void operator()(const Embedding& op) const {
    const auto n = static_cast<std::int64_t>(op.frequencies.size());
    for (std::int64_t i = 0; i < n; ++i) {
      const double angle = x()(0, 0, 0) * entry(op.frequencies, i, 0);
      const bool cos_first = op.order == EmbeddingOrder::cos_sin;
      y(cos_first ? i : n + i, 0, 0) = std::cos(angle);
      y(cos_first ? n + i : i, 0, 0) = std::sin(angle);
    }
  }

  void operator()(const Linear& op) const {
    for (std::int64_t o = 0; o < op.outputs; ++o) {
      y(o, 0, 0) = entry(op.bias, o, 0);
      for (std::int64_t i = 0; i < op.inputs; ++i)
        y(o, 0, 0) += entry(op.weights, o * op.inputs + i, 0) * x()(i, 0, 0);
    }
  }

  void operator()(const Conv& op) const {
    for_each(extent(), [&](auto o, auto row, auto column) {
      double sum = entry(op.bias, o, 0) + (in.size() == 2 ? (*in[1])(o, row, column) : 0.0);
      for (std::int64_t i = 0; i < op.inputs; ++i)
        for_taps(op, o, i, row, column,
                 [&](auto yy, auto xx, double w) { sum += w * x().padded(i, yy, xx); });
      y(o, row, column) = sum;
    });
  }

  void operator()(const GroupNorm& op) const {
    const std::int64_t size = extent().channels / op.groups;
    for_each(extent(), [&](auto c, auto i, auto j) {
      if (i == 0 && j == 0 && c % size == 0) cached = moments(op, x(), c / size);
      const ChannelAffine a = affine(op, in, c);
      y(c, i, j) =
          act(op.activation, a.gain * (x()(c, i, j) - cached.mean) * cached.inverse + a.shift);
    });
  }

  void operator()(const RmsNorm& op) const {
    for_each(extent(), [&](auto c, auto i, auto j) {
      y(c, i, j) = act(op.activation, x()(c, i, j) * inverse_rms(op, x(), i, j));
    });
  }

  void operator()(const Modulate& op) const {
    for_each(extent(), [&](auto c, auto i, auto j) {
      y(c, i, j) = act(op.activation, x()(c, i, j) * (1.0 + (*in[1])(c, 0, 0)) +
                                          (*in[1])(extent().channels + c, 0, 0));
    });
  }

  void operator()(const AddVector&) const {
    for_each(extent(),
             [&](auto c, auto i, auto j) { y(c, i, j) = x()(c, i, j) + (*in[1])(c, 0, 0); });
  }

  void operator()(const Silu&) const {
    for_each(extent(),
             [&](auto c, auto i, auto j) { y(c, i, j) = act(Activation::silu, x()(c, i, j)); });
  }

  void operator()(const Relu&) const {
    for_each(extent(), [&](auto c, auto i, auto j) { y(c, i, j) = std::max(0.0, x()(c, i, j)); });
  }

  void operator()(const Pool& op) const {
    for_each(extent(), [&](auto c, auto row, auto column) {
      double top = -std::numeric_limits<double>::infinity();
      double mean = 0;
      for_window(op, x().extent, row, column, [&](auto i, auto j, double pixels) {
        top = std::max(top, x()(c, i, j));
        mean += x()(c, i, j) / pixels;
      });
      y(c, row, column) = op.kind == Pool::Kind::maximum ? top : mean;
    });
  }

  void operator()(const Add&) const {
    for_each(extent(),
             [&](auto c, auto i, auto j) { y(c, i, j) = x()(c, i, j) + (*in[1])(c, i, j); });
  }

  void operator()(const Scale& op) const {
    for_each(extent(), [&](auto c, auto i, auto j) {
      y(c, i, j) = static_cast<double>(op.factor) * x()(c, i, j);
    });
  }

  void operator()(const Concat&) const {
    std::size_t at = 0;
    for (const Array* part : in)
      for (const double value : part->values) y.values[at++] = value;
  }

  void operator()(const Slice& op) const {
    for_each(extent(), [&](auto c, auto i, auto j) { y(c, i, j) = x()(op.first + c, i, j); });
  }

  void operator()(const FirDown& op) const {
    for_resampling(op.filter, extent(), x().extent,
                   [&](auto c, auto i, auto j, auto row, auto column, double w) {
                     y(c, i, j) += w * x()(c, row, column);
                   });
  }

  void operator()(const FirUp& op) const {
    for_resampling(op.filter, x().extent, extent(),
                   [&](auto c, auto i, auto j, auto row, auto column, double w) {
                     y(c, row, column) += w * x()(c, i, j);
                   });
  }

  void operator()(const SpaceToDepth&) const {
    for_each(extent(), [&](auto c, auto i, auto j) {
      y(c, i, j) = x()(c / 4, 2 * i + c % 4 / 2, 2 * j + c % 2);
    });
  }

  void operator()(const DepthToSpace&) const {
    for_each(extent(), [&](auto c, auto i, auto j) {
      y(c, i, j) = x()(4 * c + 2 * (i % 2) + j % 2, i / 2, j / 2);
    });
  }

  void operator()(const Attention& op) const {
    const std::int64_t depth = extent().channels / op.heads;
    const std::int64_t width = extent().width;
    for (std::int64_t head = 0; head < op.heads; ++head) {
      const auto rows = weights(op, *in[0], *in[1], head);
      for (std::int64_t a = 0; a < extent().pixels(); ++a)
        for (std::int64_t j = head * depth; j < (head + 1) * depth; ++j)
          for (std::int64_t b = 0; b < extent().pixels(); ++b)
            y(j, a / width, a % width) +=
                rows[static_cast<std::size_t>(a)][static_cast<std::size_t>(b)] *
                (*in[2])(j, b / width, b % width);
    }
  }

  mutable GroupMoments cached;
};

struct Backward {
  const std::vector<const Array*>& in;
  const Array& g;
  const std::vector<Array*>& out;
  const Array& x() const { return *in[0]; }
  Array& dx() const { return *out[0]; }

  /// Vectors do not depend on the image.
  template <class VectorOperation>
  void operator()(const VectorOperation&) const {}

  void operator()(const Conv& op) const {
    for_each(g.extent, [&](auto o, auto row, auto column) {
      if (in.size() == 2) (*out[1])(o, row, column) += g(o, row, column);
      for (std::int64_t i = 0; i < op.inputs; ++i)
        for_taps(op, o, i, row, column, [&](auto yy, auto xx, double w) {
          const bool inside = yy >= 0 && yy < x().extent.height && xx >= 0 && xx < x().extent.width;
          if (inside) dx()(i, yy, xx) += w * g(o, row, column);
        });
    });
  }

  void operator()(const GroupNorm& op) const {
    const std::int64_t size = x().extent.channels / op.groups;
    const Extent group_extent{size, x().extent.height, x().extent.width, false};
    for (std::int64_t group = 0; group < op.groups; ++group) {
      const GroupMoments m = moments(op, x(), group);
      const auto count = static_cast<double>(group_extent.count());
      // h: gradient of the normalised value n
      const auto each = [&](const auto& body) {
        for_each(group_extent, [&](auto local, auto i, auto j) {
          const std::int64_t c = group * size + local;
          const ChannelAffine a = affine(op, in, c);
          const double n = (x()(c, i, j) - m.mean) * m.inverse;
          body(c, i, j, n, a.gain * g(c, i, j) * slope(op.activation, a.gain * n + a.shift));
        });
      };
      double mean_h = 0;
      double mean_hn = 0;
      each([&](auto, auto, auto, double n, double h) {
        mean_h += h / count;
        mean_hn += h * n / count;
      });
      each([&](auto c, auto i, auto j, double n, double h) {
        dx()(c, i, j) += m.inverse * (h - mean_h - n * mean_hn);
      });
    }
  }

  void operator()(const RmsNorm& op) const {
    const std::int64_t channels = x().extent.channels;
    for_each({1, x().extent.height, x().extent.width, false}, [&](auto, auto i, auto j) {
      const double inverse = inverse_rms(op, x(), i, j);
      double mean = 0;
      const auto h = [&](std::int64_t c) {
        return g(c, i, j) * slope(op.activation, x()(c, i, j) * inverse);
      };
      for (std::int64_t c = 0; c < channels; ++c)
        mean += h(c) * x()(c, i, j) * inverse / static_cast<double>(channels);
      for (std::int64_t c = 0; c < channels; ++c)
        dx()(c, i, j) += inverse * (h(c) - x()(c, i, j) * inverse * mean);
    });
  }

  void operator()(const Modulate& op) const {
    for_each(g.extent, [&](auto c, auto i, auto j) {
      const double gain = 1.0 + (*in[1])(c, 0, 0);
      const double u = x()(c, i, j) * gain + (*in[1])(g.extent.channels + c, 0, 0);
      dx()(c, i, j) += g(c, i, j) * slope(op.activation, u) * gain;
    });
  }

  void operator()(const AddVector&) const {
    for_each(g.extent, [&](auto c, auto i, auto j) { dx()(c, i, j) += g(c, i, j); });
  }

  void operator()(const Silu&) const {
    for_each(g.extent, [&](auto c, auto i, auto j) {
      dx()(c, i, j) += g(c, i, j) * slope(Activation::silu, x()(c, i, j));
    });
  }

  void operator()(const Relu&) const {
    for_each(g.extent, [&](auto c, auto i, auto j) {
      if (x()(c, i, j) > 0) dx()(c, i, j) += g(c, i, j);
    });
  }

  void operator()(const Pool& op) const {
    for_each(g.extent, [&](auto c, auto row, auto column) {
      double top = -std::numeric_limits<double>::infinity();
      for_window(op, x().extent, row, column,
                 [&](auto i, auto j, double) { top = std::max(top, x()(c, i, j)); });
      for_window(op, x().extent, row, column, [&](auto i, auto j, double pixels) {
        if (op.kind == Pool::Kind::mean)
          dx()(c, i, j) += g(c, row, column) / pixels;
        else if (x()(c, i, j) == top)
          dx()(c, i, j) += g(c, row, column);
      });
    });
  }

  void operator()(const Add&) const {
    for (Array* part : out)
      for_each(g.extent, [&](auto c, auto i, auto j) { (*part)(c, i, j) += g(c, i, j); });
  }

  void operator()(const Scale& op) const {
    for_each(g.extent, [&](auto c, auto i, auto j) {
      dx()(c, i, j) += static_cast<double>(op.factor) * g(c, i, j);
    });
  }

  void operator()(const Concat&) const {
    std::size_t at = 0;
    for (Array* part : out)
      for (double& value : part->values) value += g.values[at++];
  }

  void operator()(const Slice& op) const {
    for_each(g.extent, [&](auto c, auto i, auto j) { dx()(op.first + c, i, j) += g(c, i, j); });
  }

  void operator()(const FirDown& op) const {
    for_resampling(op.filter, g.extent, x().extent,
                   [&](auto c, auto i, auto j, auto row, auto column, double w) {
                     dx()(c, row, column) += w * g(c, i, j);
                   });
  }

  void operator()(const FirUp& op) const {
    for_resampling(op.filter, x().extent, g.extent,
                   [&](auto c, auto i, auto j, auto row, auto column, double w) {
                     dx()(c, i, j) += w * g(c, row, column);
                   });
  }

  void operator()(const SpaceToDepth&) const {
    for_each(g.extent, [&](auto c, auto i, auto j) {
      dx()(c / 4, 2 * i + c % 4 / 2, 2 * j + c % 2) += g(c, i, j);
    });
  }

  void operator()(const DepthToSpace&) const {
    for_each(g.extent, [&](auto c, auto i, auto j) {
      dx()(4 * c + 2 * (i % 2) + j % 2, i / 2, j / 2) += g(c, i, j);
    });
  }

  void operator()(const Attention& op) const {
    const std::int64_t depth = g.extent.channels / op.heads;
    const std::int64_t w = g.extent.width;
    const std::int64_t pixels = g.extent.pixels();
    for (std::int64_t head = 0; head < op.heads; ++head) {
      const auto rows = weights(op, *in[0], *in[1], head);
      for (std::int64_t a = 0; a < pixels; ++a) {
        const std::vector<double>& p = rows[static_cast<std::size_t>(a)];
        std::vector<double> dp;
        double mean = 0;
        for (std::int64_t b = 0; b < pixels; ++b) {
          double sum = 0;
          for (std::int64_t j = head * depth; j < (head + 1) * depth; ++j)
            sum += g(j, a / w, a % w) * (*in[2])(j, b / w, b % w);
          dp.push_back(sum);
          mean += sum * p[static_cast<std::size_t>(b)];
        }
        for (std::int64_t b = 0; b < pixels; ++b) {
          const auto i = static_cast<std::size_t>(b);
          const double ds = static_cast<double>(op.scale) * p[i] * (dp[i] - mean);
          for (std::int64_t j = head * depth; j < (head + 1) * depth; ++j) {
            (*out[0])(j, a / w, a % w) += ds * (*in[1])(j, b / w, b % w);
            (*out[1])(j, b / w, b % w) += ds * (*in[0])(j, a / w, a % w);
            (*out[2])(j, b / w, b % w) += p[i] * g(j, a / w, a % w);
          }
        }
      }
    }
  }
};

}  // namespace

Array apply(const OperationKind& kind, const std::vector<const Array*>& inputs,
            const Extent& extent) {
  Array y(extent);
  std::visit(Forward{inputs, y, {}}, kind);
  return y;
}

void pull(const OperationKind& kind, const std::vector<const Array*>& inputs, const Array& gradient,
          const std::vector<Array*>& gradients) {
  std::visit(Backward{inputs, gradient, gradients}, kind);
}

Twin::Twin(const Graph& graph, std::int64_t height, std::int64_t width)
    : graph_(graph), extents_(infer_extents(graph, height, width)) {}

std::vector<double> Twin::forward(std::span<const float> image,
                                  std::span<const float> conditioning) {
  return forward(std::vector<double>(image.begin(), image.end()), conditioning);
}

std::vector<double> Twin::forward(std::vector<double> image, std::span<const float> conditioning) {
  values_.clear();
  for (std::size_t i = 0; i < extents_.size(); ++i) {
    const Operation& operation = graph_.operations()[i];
    std::vector<const Array*> inputs;
    for (const Value v : operation.inputs)
      inputs.push_back(&values_[static_cast<std::size_t>(v.index)]);
    Array value = apply(operation.kind, inputs, extents_[i]);
    if (std::holds_alternative<Input>(operation.kind)) value.values = image;
    if (std::holds_alternative<VectorInput>(operation.kind))
      value.values.assign(conditioning.begin(), conditioning.end());
    values_.push_back(std::move(value));
  }
  return values_[static_cast<std::size_t>(graph_.output().index)].values;
}

std::vector<double> Twin::pullback(std::span<const float> v) const {
  std::vector<Array> gradients;
  for (const Extent& extent : extents_) gradients.emplace_back(extent);
  gradients[static_cast<std::size_t>(graph_.output().index)].values.assign(v.begin(), v.end());
  for (std::size_t i = extents_.size(); i-- > 0;) {
    const Operation& operation = graph_.operations()[i];
    if (extents_[i].is_vector) continue;
    std::vector<const Array*> inputs;
    std::vector<Array*> outputs;
    for (const Value input : operation.inputs) {
      inputs.push_back(&values_[static_cast<std::size_t>(input.index)]);
      outputs.push_back(&gradients[static_cast<std::size_t>(input.index)]);
    }
    pull(operation.kind, inputs, gradients[i], outputs);
  }
  return gradients[static_cast<std::size_t>(graph_.input().index)].values;
}

}  // namespace modeseek::engine::reference
