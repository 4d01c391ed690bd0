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

std::string note_of(const TileGrid& grid, engine::Mode mode) {
  const bool vjp = mode == engine::Mode::vjp;
  const auto& rows = vjp ? grid.backward_rows : grid.forward_rows;
  const auto& columns = vjp ? grid.backward_columns : grid.forward_columns;
  return fmt::format(
      "network in {} x {} overlapping windows of {} x {} pixels, {}", rows.all().size(),
      columns.all().size(), rows.size(), columns.size(),
      grid.joint == TileGrid::Joint::exact
          ? "the same result"
          : "blended: an approximation, since this network looks at the whole picture at once");
}

/// What a window answers for is no less than its margin on one side: more windows cost too much.
bool worthwhile(const TileGrid& grid, std::int64_t height, std::int64_t width,
                std::int64_t margin) {
  const auto wide = [&](const engine::Windows& windows, std::int64_t length) {
    return windows.size() == length || windows.size() >= 5 * margin;
  };
  return wide(grid.backward_rows, height) && wide(grid.backward_columns, width);
}

}  // namespace

BoundedProgram compile_within(engine::Model& model, std::int64_t height, std::int64_t width,
                              engine::Mode mode, std::int64_t multiple, std::uint64_t arena_bytes) {
  BoundedProgram best{model.compile(height, width, mode), {}};
  const auto radius = engine::receptive_radius(model.graph());
  const auto joint = radius ? TileGrid::Joint::exact : TileGrid::Joint::blended;
  const std::int64_t margin = radius.value_or(blended_margin);
  for (std::int64_t count = 2; multiple > 0 && best.program->arena_bytes() > arena_bytes;
       count += (count + 2) / 3) {
    const TileGrid grid = engine::tile_grid(height, width, joint, margin, multiple, count);
    if (!worthwhile(grid, height, width, margin)) break;
    auto program = engine::compile_tiled(model, height, width, mode, grid);
    if (program->arena_bytes() < best.program->arena_bytes())
      best = {std::move(program), note_of(grid, mode)};
  }
  return best;
}

}  // namespace modeseek::priors
