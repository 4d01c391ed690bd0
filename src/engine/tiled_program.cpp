#include "engine/tiled_program.hpp"

#include <algorithm>
#include <utility>
#include <vector>

#include "modeseek/error.hpp"

namespace modeseek::engine {
namespace {

std::size_t at(std::int64_t i) { return static_cast<std::size_t>(i); }

/// A planar image of some channels.
struct Frame {
  std::int64_t channels;
  std::int64_t height;
  std::int64_t width;

  std::int64_t count() const { return channels * height * width; }
};

/// Calls body(index in the frame, index in the window, numbers) for every row of a rectangle of the
/// frame that lies in the window at (top, left).
struct Rectangle {
  std::int64_t top, bottom, left, right;
};

template <class Body>
void for_rows(const Frame& frame, const Frame& window, std::int64_t top, std::int64_t left,
              const Rectangle& part, const Body& body) {
  for (std::int64_t c = 0; c < frame.channels; ++c)
    for (std::int64_t y = part.top; y < part.bottom; ++y)
      body((c * frame.height + y) * frame.width + part.left,
           (c * window.height + y - top) * window.width + part.left - left, part.right - part.left);
}

/// The windows of one phase, in two dimensions.
class Tiles {
 public:
  Tiles(const Windows& rows, const Windows& columns) : rows_(&rows), columns_(&columns) {}

  /// body(window's row, window's column) in reading order.
  template <class Body>
  void for_each(const Body& body) const {
    for (std::size_t i = 0; i < rows_->all().size(); ++i)
      for (std::size_t j = 0; j < columns_->all().size(); ++j) body(i, j);
  }

  Frame window(std::int64_t channels) const { return {channels, rows_->size(), columns_->size()}; }

  /// window = its part of the image
  void crop(std::span<const float> image, const Frame& frame, std::size_t i, std::size_t j,
            std::span<float> result) const {
    const Frame small = window(frame.channels);
    for_rows(frame, small, top(i), left(j), whole(i, j),
             [&](std::int64_t from, std::int64_t to, std::int64_t count) {
               std::copy_n(image.data() + from, count, result.data() + to);
             });
  }

  /// image = window, where the window answers for it
  void paste(std::span<const float> part, const Frame& frame, std::size_t i, std::size_t j,
             std::span<float> image) const {
    const Windows::Window& row = rows_->all()[i];
    const Windows::Window& column = columns_->all()[j];
    for_rows(frame, window(frame.channels), top(i), left(j),
             {row.begin, row.end, column.begin, column.end},
             [&](std::int64_t to, std::int64_t from, std::int64_t count) {
               std::copy_n(part.data() + from, count, image.data() + to);
             });
  }

  /// image += window
  void add(std::span<const float> part, const Frame& frame, std::size_t i, std::size_t j,
           std::span<float> image) const {
    for_rows(frame, window(frame.channels), top(i), left(j), whole(i, j),
             [&](std::int64_t to, std::int64_t from, std::int64_t count) {
               for (std::int64_t k = 0; k < count; ++k) image[at(to + k)] += part[at(from + k)];
             });
  }

  /// window *= its weights in the blend
  void weigh(std::size_t i, std::size_t j, std::int64_t channels, std::span<float> part) const {
    const std::vector<float> rows = rows_->blend(i);
    const std::vector<float> columns = columns_->blend(j);
    std::size_t k = 0;
    for (std::int64_t c = 0; c < channels; ++c)
      for (const float row : rows)
        for (const float column : columns) part[k++] *= row * column;
  }

 private:
  std::int64_t top(std::size_t i) const { return rows_->all()[i].start; }
  std::int64_t left(std::size_t j) const { return columns_->all()[j].start; }
  Rectangle whole(std::size_t i, std::size_t j) const {
    return {top(i), top(i) + rows_->size(), left(j), left(j) + columns_->size()};
  }

  const Windows* rows_;
  const Windows* columns_;
};

/// Where the pieces lie in the arena: the image (for VJPs), a window of the input and of the
/// output, and what the window's own program works in.
class TiledProgram final : public Program {
 public:
  TiledProgram(Model& model, std::int64_t height, std::int64_t width, Mode mode, TileGrid grid,
               const Saving& saving)
      : mode_(mode),
        grid_(std::move(grid)),
        in_{model.graph().channels(model.graph().input()), height, width},
        out_{model.graph().channels(model.graph().output()), height, width},
        forward_(
            model.compile(grid_.forward_rows.size(), grid_.forward_columns.size(), Mode::denoise)) {
    if (mode == Mode::vjp)
      backward_ = model.compile(grid_.backward_rows.size(), grid_.backward_columns.size(),
                                Mode::vjp, saving);
  }

  std::uint64_t arena_bytes() const override {
    const std::uint64_t tiles =
        std::max(forward_->arena_bytes(), backward_ ? backward_->arena_bytes() : 0);
    return kept_bytes() + part_bytes(in_) + part_bytes(out_) + tiles;
  }

  std::uint64_t weight_bytes() const override {
    return std::max(forward_->weight_bytes(), backward_ ? backward_->weight_bytes() : 0);
  }

  std::uint64_t missing_weight_bytes() const override {
    return std::max(forward_->missing_weight_bytes(),
                    backward_ ? backward_->missing_weight_bytes() : 0);
  }

  void forward(std::byte* arena, std::span<const float> image, std::span<const float> conditioning,
               std::span<float> result, const Scaling& scaling) override {
    check(image.size(), in_);
    check(result.size(), out_);
    if (mode_ == Mode::vjp) std::copy(image.begin(), image.end(), reinterpret_cast<float*>(arena));
    if (blended()) std::ranges::fill(result, 0.0F);
    const Tiles tiles(grid_.forward_rows, grid_.forward_columns);
    const Parts parts = parts_in(arena, tiles);
    tiles.for_each([&](std::size_t i, std::size_t j) {
      tiles.crop(image, in_, i, j, parts.in);
      forward_->forward(parts.work, parts.in, conditioning, parts.out, scaling);
      if (blended()) {
        tiles.weigh(i, j, out_.channels, parts.out);
        tiles.add(parts.out, out_, i, j, result);
      } else {
        tiles.paste(parts.out, out_, i, j, result);
      }
    });
  }

  void backward(std::byte* arena, std::span<const float> v, std::span<const float> conditioning,
                std::span<float> gradient, const Scaling& scaling) override {
    if (mode_ != Mode::vjp)
      throw InvalidArgument("network gradient: expected a program made for VJPs");
    check(v.size(), out_);
    check(gradient.size(), in_);
    const std::span<const float> image(reinterpret_cast<const float*>(arena), at(in_.count()));
    if (blended()) std::ranges::fill(gradient, 0.0F);
    const Tiles tiles(grid_.backward_rows, grid_.backward_columns);
    const Parts parts = parts_in(arena, tiles);
    tiles.for_each([&](std::size_t i, std::size_t j) {
      tiles.crop(image, in_, i, j, parts.in);
      backward_->forward(parts.work, parts.in, conditioning, parts.out, scaling);
      tiles.crop(v, out_, i, j, parts.out);
      if (blended()) tiles.weigh(i, j, out_.channels, parts.out);
      backward_->backward(parts.work, parts.out, conditioning, parts.in, scaling);
      blended() ? tiles.add(parts.in, in_, i, j, gradient)
                : tiles.paste(parts.in, in_, i, j, gradient);
    });
  }

 private:
  bool blended() const { return grid_.joint == TileGrid::Joint::blended; }

  std::uint64_t kept_bytes() const {
    return mode_ == Mode::vjp ? ArenaLayout::aligned(at(in_.count()) * sizeof(float)) : 0;
  }

  /// One window at a time.
  struct Parts {
    std::span<float> in;
    std::span<float> out;
    std::byte* work;
  };

  /// Of the largest windows.
  std::uint64_t part_bytes(const Frame& frame) const {
    const Windows& rows = backward_ ? grid_.backward_rows : grid_.forward_rows;
    const Windows& columns = backward_ ? grid_.backward_columns : grid_.forward_columns;
    const std::int64_t pixels = std::max(rows.size() * columns.size(),
                                         grid_.forward_rows.size() * grid_.forward_columns.size());
    return ArenaLayout::aligned(at(frame.channels * pixels) * sizeof(float));
  }

  Parts parts_in(std::byte* arena, const Tiles& tiles) const {
    std::byte* in = arena + kept_bytes();
    std::byte* out = in + part_bytes(in_);
    return {{reinterpret_cast<float*>(in), at(tiles.window(in_.channels).count())},
            {reinterpret_cast<float*>(out), at(tiles.window(out_.channels).count())},
            out + part_bytes(out_)};
  }

  static void check(std::size_t found, const Frame& expected) {
    if (found != at(expected.count()))
      throw InvalidArgument("tiled network: an image does not have the size of the program");
  }

  Mode mode_;
  TileGrid grid_;
  Frame in_;
  Frame out_;
  std::unique_ptr<Program> forward_;
  std::unique_ptr<Program> backward_;  ///< vjp mode only
};

std::int64_t up_to(std::int64_t n, std::int64_t multiple) {
  return (n + multiple - 1) / multiple * multiple;
}

}  // namespace

TileGrid tile_grid(std::int64_t height, std::int64_t width, TileGrid::Joint joint,
                   std::int64_t margin, std::int64_t multiple, std::int64_t count) {
  // Nearly square windows have the least margin for their content.
  std::int64_t down = 1;
  std::int64_t across = 1;
  while (down * across < count) (height * across > width * down ? down : across) += 1;
  const auto axis = [&](std::int64_t length, std::int64_t windows, std::int64_t reach) {
    const std::int64_t halo = up_to(reach, multiple);
    return Windows(length, Windows::size_for(length, windows, halo, multiple), halo);
  };
  const std::int64_t back = joint == TileGrid::Joint::exact ? 2 * margin : margin;
  return {joint, axis(height, down, margin), axis(width, across, margin), axis(height, down, back),
          axis(width, across, back)};
}

std::unique_ptr<Program> compile_tiled(Model& model, std::int64_t height, std::int64_t width,
                                       Mode mode, const TileGrid& grid, const Saving& saving) {
  return std::make_unique<TiledProgram>(model, height, width, mode, grid, saving);
}

}  // namespace modeseek::engine
