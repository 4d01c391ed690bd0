#pragma once

#include <cstdint>
#include <memory>

#include "engine/engine.hpp"
#include "engine/windows.hpp"

namespace modeseek::engine {

/// A network evaluated window by window on an image that is too large for one arena. The VJP runs
/// the forward pass of each window again instead of keeping its activations. Between the phases the
/// arena holds the image.
///
/// With local operations only (receptive_radius), strided convolutions aside, a window's margin is
/// wide enough for what it answers for to be the untiled network's result, bit for bit: the radius
/// for the forward pass, twice that for the VJP, since the gradient at a pixel passes through
/// activations that see as far again. Other networks are blended: the result is sum_t w_t F(window
/// t), with weights that sum to 1 at every pixel, an approximation of the untiled network; its VJP
/// is exact for that sum.
struct TileGrid {
  enum class Joint { exact, blended };
  Joint joint = Joint::exact;
  Windows forward_rows;
  Windows forward_columns;
  Windows backward_rows;
  Windows backward_columns;
};

/// The grid of at least `count` windows for an image of this size, all of whose sizes are multiples
/// of `multiple`. `margin`: the receptive radius (exact), or how far blended windows overlap.
TileGrid tile_grid(std::int64_t height, std::int64_t width, TileGrid::Joint joint,
                   std::int64_t margin, std::int64_t multiple, std::int64_t count);

/// `saving` is for the program of a window. The model must outlive the program.
std::unique_ptr<Program> compile_tiled(Model& model, std::int64_t height, std::int64_t width,
                                       Mode mode, const TileGrid& grid, const Saving& saving = {});

}  // namespace modeseek::engine
