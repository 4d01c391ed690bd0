#include "priors/bounded_program.hpp"

#include <fmt/format.h>

#include <utility>

#include "engine/receptive_field.hpp"
#include "engine/tiled_program.hpp"

namespace modeseek::priors {
namespace {

using engine::TileGrid;

/// Pixels over which blended windows fade into each other, on either side of a seam.
constexpr std::int64_t blended_margin = 32;

/// More of them keep more maps between segments than they save.
constexpr std::int32_t most_segments = 8;

/// The windows that count for the memory of a mode.
struct Axes {
  Axes(const TileGrid& grid, engine::Mode mode)
      : rows(mode == engine::Mode::vjp ? grid.backward_rows : grid.forward_rows),
        columns(mode == engine::Mode::vjp ? grid.backward_columns : grid.forward_columns) {}

  const engine::Windows& rows;
  const engine::Windows& columns;
};

std::string note_of(const TileGrid& grid, engine::Mode mode) {
  const Axes axes(grid, mode);
  return fmt::format(
      "network in {} x {} overlapping windows of {} x {} pixels, {}", axes.rows.all().size(),
      axes.columns.all().size(), axes.rows.size(), axes.columns.size(),
      grid.joint == TileGrid::Joint::exact
          ? "the same result"
          : "blended: an approximation, since this network looks at the whole picture at once");
}

/// There is more than one window, and none is so small that margins are most of it.
bool worthwhile(const Axes& axes, std::int64_t margin) {
  const auto wide = [&](const engine::Windows& windows) {
    return windows.all().size() == 1 || windows.size() >= 5 * margin;
  };
  return axes.rows.all().size() * axes.columns.all().size() > 1 && wide(axes.rows) &&
         wide(axes.columns);
}

constexpr const char* transposing_note =
    "weights of the network are transposed for each VJP, the same result";

std::string recomputing_note(std::int32_t segments) {
  return fmt::format(
      "activations of the network are computed twice for each VJP, in {} segments, the same result",
      segments);
}

}  // namespace

BoundedProgram fit_within(std::uint64_t limit, const ProgramBytes& bytes, engine::Model& model,
                          std::unique_ptr<engine::Program> plain, std::int64_t height,
                          std::int64_t width, engine::Mode mode, std::int64_t multiple) {
  BoundedProgram best{std::move(plain), {}};
  const auto too_large = [&] { return bytes(*best.program) > limit; };
  const auto consider = [&](std::unique_ptr<engine::Program> program, const std::string& note) {
    const bool smaller = bytes(*program) < bytes(*best.program);
    if (smaller) best = {std::move(program), note};
    return smaller;
  };
  const bool vjp = mode == engine::Mode::vjp;
  const bool transposes_anew =
      vjp && too_large() &&
      consider(model.compile(height, width, mode, {.transposes_anew = true}), transposing_note);
  for (std::int32_t segments = 2; vjp && segments <= most_segments && too_large(); segments *= 2)
    consider(model.compile(height, width, mode, {segments, transposes_anew}),
             recomputing_note(segments));
  const auto radius = engine::receptive_radius(model.graph());
  const auto joint = radius ? TileGrid::Joint::exact : TileGrid::Joint::blended;
  const std::int64_t margin = radius.value_or(blended_margin);
  for (std::int64_t count = 2; multiple > 0 && too_large(); count += (count + 2) / 3) {
    const TileGrid grid = engine::tile_grid(height, width, joint, margin, multiple, count);
    if (!worthwhile(Axes(grid, mode), margin)) break;
    consider(engine::compile_tiled(model, height, width, mode, grid,
                                   {.transposes_anew = transposes_anew}),
             note_of(grid, mode));
  }
  return best;
}

}  // namespace modeseek::priors
