// The forecast is honest: compared with the bytes that are alive at the peak of a real run.

#include <gtest/gtest.h>

#include "modeseek/restore.hpp"
#include "restoration/live_memory.hpp"
#include "restoration/white_prior.hpp"

namespace modeseek {
namespace {

struct Case {
  const char* task;
  bool gradients;
  int probes;
  bool posterior = false;
};

class MemoryForecast : public testing::TestWithParam<Case> {};

/// Hardly less, since 100 megapixels are 1.2 GB a tensor; not much more.
TEST_P(MemoryForecast, IsThePeakOrAFewTensorsMore) {
  const Shape image{1, 3, 96, 80};
  const double tensor = double(image.count()) * sizeof(float);
  test::WhitePrior prior({3, std::nullopt, 1});
  const Task task = Task::parse(GetParam().task);
  Image measurement;
  measurement.pixels = Tensor(task.build(image)->range(), 0.1F);
  measurement.bits = 8;
  VmlMapOptions options;
  options.steps = 2;
  if (GetParam().posterior) {
    options.scheme = VmlMapOptions::Scheme::posterior;
    options.renoise = 0.5F;
    options.averaged = 2;
  }
  if (GetParam().gradients) options.direction = VmlMapOptions::Direction::vjp;
  const auto solver = make_vml_map(options);
  RunOptions run;
  run.deviation_probes = GetParam().probes;

  const auto before = test::live_bytes();
  test::reset_peak();
  const PosedTask posed = pose(task, measurement.pixels.shape(), prior.constraints());
  restore(posed, measurement, choose_noise(posed, measurement, 0.02F), prior, *solver, run);
  const double peak = double(test::peak_bytes() - before) / tensor;
  const double forecast = double(memory_needed(posed, prior, *solver, run)) / tensor;
  EXPECT_LT(peak - forecast, 0.2) << "peak " << peak << " tensors, forecast " << forecast;
  EXPECT_LT(forecast - peak, 6.0) << "peak " << peak << " tensors, forecast " << forecast;
}

INSTANTIATE_TEST_SUITE_P(Tasks, MemoryForecast,
                         testing::Values(Case{"denoise", false, 0}, Case{"denoise", true, 0},
                                         Case{"denoise", false, 2},
                                         Case{"inpaint(random:0.7,seed=1)", false, 0},
                                         Case{"inpaint(random:0.7,seed=1)", false, 0, true},
                                         Case{"sr(4,bicubic)", false, 0},
                                         Case{"sr(4,bicubic)", false, 0, true},
                                         Case{"blur(gaussian:13,2)", false, 0},
                                         Case{"blur(gaussian:13,2;boundary=zero)", false, 0}));

}  // namespace
}  // namespace modeseek
