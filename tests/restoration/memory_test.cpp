// The forecast is honest: compared with the bytes that are alive at the peak of a real run. And the
// room for a picture does not depend on those before it.

#include "restoration/memory.hpp"

#include <gtest/gtest.h>
#include <sys/mman.h>

#include <cstring>
#include <string>

#include "modeseek/error.hpp"
#include "modeseek/prior.hpp"
#include "modeseek/restore.hpp"
#include "priors/network_prior.hpp"
#include "restoration/live_memory.hpp"
#include "restoration/machine.hpp"
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

constexpr std::uint64_t mebibyte = std::uint64_t{1} << 20U;

/// Keeps what an evaluation took, in pages of its own: malloc has no say in when they go.
class KeepingPrior final : public test::WhitePrior {
 public:
  static constexpr std::size_t bytes = 64 * mebibyte;

  KeepingPrior() = default;
  KeepingPrior(const KeepingPrior&) = delete;
  KeepingPrior& operator=(const KeepingPrior&) = delete;
  ~KeepingPrior() override { unmap(); }

  Tensor denoise(const Tensor& x, std::span<const float> sigma) override {
    unmap();
    void* pages = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (pages == MAP_FAILED) throw OutOfMemory("pages", bytes, 0);
    pages_ = std::memset(pages, 1, bytes);
    return WhitePrior::denoise(x, sigma);
  }
  std::uint64_t memory_bytes(const Shape&, bool) const override { return bytes; }
  void release_memory() override { unmap(); }

 private:
  void unmap() {
    if (pages_ != nullptr) munmap(pages_, bytes);
    pages_ = nullptr;
  }

  void* pages_ = nullptr;
};

/// Half as much again as one evaluation takes: what is kept of it would not fit beside another.
TEST(FitMemory, ThePriorKeepsNothingOfThePictureBefore) {
  KeepingPrior prior;
  const Tensor picture({1, 3, 16, 16}, 0.1F);
  const PosedTask posed = pose(Task::parse("denoise"), picture.shape(), prior.constraints());
  const auto solver = make_vml_map({});
  const std::uint64_t limit = resident_memory() + KeepingPrior::bytes * 3 / 2;
  EXPECT_NO_THROW(fit_denoising(picture.shape(), picture.shape(), prior, limit));
  prior.denoise(picture, std::vector<float>{0.5F});
  EXPECT_NO_THROW(fit_denoising(picture.shape(), picture.shape(), prior, limit));
  prior.denoise(picture, std::vector<float>{0.5F});
  EXPECT_NO_THROW(fit_memory(posed, prior, *solver, {}, limit));
  prior.denoise(picture, std::vector<float>{0.5F});
  EXPECT_NO_THROW(fit_memory_elsewhere(posed, prior, *solver, limit));
}

LoadedPrior tiny_network() {
  PriorOptions options;
  options.precision = Precision::float32;
  return load_prior(MODESEEK_TEST_DATA "/natural/tiny.safetensors", options);
}

#if !defined(__SANITIZE_ADDRESS__)  // which keeps freed memory for a while
TEST(FitMemory, ANetworkTreatsTwoEqualPicturesAlike) {
  const LoadedPrior loaded = tiny_network();
  auto& prior = dynamic_cast<priors::NetworkPrior&>(*loaded.denoiser);
  const Tensor picture({1, 3, 768, 768}, 0.1F);
  const Shape& shape = picture.shape();
  const PosedTask posed = pose(Task::parse("denoise"), shape, prior.constraints());
  VmlMapOptions options;
  options.direction = VmlMapOptions::Direction::vjp;
  const auto solver = make_vml_map(options);
  const std::uint64_t evaluation = prior.memory_bytes(shape, true);
  ASSERT_GT(evaluation, 40 * mebibyte) << "half of it must be more than code and threads take";

  const std::uint64_t limit =
      resident_memory() + memory_needed(posed, prior, *solver) + evaluation / 2;
  for (int i = 0; i < 3; ++i) {
    fit_memory(posed, prior, *solver, {}, limit);
    EXPECT_EQ(prior.memory_note(shape, true), "") << "picture " << i;
    prior.linearize(picture, std::vector<float>{0.5F})->pullback(picture);
  }
}
#endif

/// Limits differ a little from picture to picture.
TEST(LimitMemory, KeepsTheProgramsThatStillFit) {
  const LoadedPrior loaded = tiny_network();
  Denoiser& prior = *loaded.denoiser;
  const Shape shape{1, 3, 64, 64};
  const std::uint64_t needed = prior.memory_bytes(shape, false);
  const std::uint64_t compiled = test::live_bytes();
  prior.limit_memory(2 * needed);
  EXPECT_EQ(test::live_bytes(), compiled);
  prior.limit_memory(needed);
  EXPECT_EQ(test::live_bytes(), compiled);
  EXPECT_EQ(prior.memory_bytes(shape, false), needed);
  EXPECT_EQ(test::live_bytes(), compiled);
  prior.limit_memory(needed - 1);
  EXPECT_LT(test::live_bytes(), compiled) << "a program that takes too much is kept";
}

}  // namespace
}  // namespace modeseek
