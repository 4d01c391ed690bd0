#pragma once

#include "bench/grid.hpp"

namespace modeseek::bench {

/// 3 pictures of 16x16 x 2 tasks x 2 noise levels x 2 solvers, one prior, one seed.
inline Grid small_grid() {
  Grid grid;
  for (const char* name : {"a.png", "b.png", "c.png"}) {
    grid.pictures.push_back({name, name, "0", {1, 3, 16, 16}});
  }
  grid.tasks = {"inpaint(rows:2)", "sr(2,mean)"};
  grid.noises = {0.0F, 0.1F};
  grid.solvers = {{"vml-map", {}}, {"diffpir(steps=3)", {}}};
  grid.priors = {{"natural", "0", "float32"}};
  grid.seeds = {0};
  grid.metrics = {"psnr", "ssim"};
  return grid;
}

}  // namespace modeseek::bench
