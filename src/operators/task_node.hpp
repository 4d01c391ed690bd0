#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "modeseek/task.hpp"
#include "operators/operators.hpp"

namespace modeseek {

/// The parsed form of a task: what the text says, every number checked, no image size known yet.
/// docs/tasks.md gives the meaning of each field.

struct Extent {
  std::int64_t h = 0;
  std::int64_t w = 0;
  bool operator==(const Extent&) const = default;
};

enum class Side { right, left, top, bottom };

struct MaskFile {
  std::string path;
};
struct RandomMask {
  double dropped = 0;  ///< fraction, [0, 1)
  std::uint64_t seed = 0;
  std::optional<double> up_to;  ///< the fraction is drawn from [dropped, up_to]
};
/// Rows and columns, or a percentage of the image's, (0, 100].
using BoxSize = std::variant<Extent, double>;
/// A place drawn so that at least `margin` pixels are left on every side.
struct RandomPlace {
  std::int64_t margin = 0;
  std::uint64_t seed = 0;
};
/// Centred, or with this top left corner, or at random.
using BoxPlace = std::variant<std::monostate, Extent, RandomPlace>;
struct BoxMask {
  BoxSize size;
  BoxPlace place;
};
struct HalfMask {
  Side missing = Side::right;
};
struct ExpandMask {
  BoxSize kept;
};
struct RowsMask {
  std::int64_t step = 1;
};
struct GridMask {
  std::int64_t step = 1;
};
using MaskPattern =
    std::variant<MaskFile, RandomMask, BoxMask, HalfMask, ExpandMask, RowsMask, GridMask>;

struct GaussianKernel {
  std::int64_t size = 1;
  double deviation = 1;
};
struct UniformKernel {
  std::int64_t size = 1;
};
struct AnisotropicKernel {
  std::int64_t size = 1;
  double deviation_y = 1;
  double deviation_x = 1;
};
struct MotionKernel {
  std::int64_t size = 1;
  double intensity = 0;
  std::uint64_t seed = 0;
};
struct DiskKernel {
  double radius = 1;
};
struct KernelFile {
  std::string path;
};
using KernelPattern = std::variant<GaussianKernel, UniformKernel, AnisotropicKernel, MotionKernel,
                                   DiskKernel, KernelFile>;

struct DenoiseTask {};
struct InpaintTask {
  MaskPattern mask;
  bool invert = false;
};
struct BlurTask {
  KernelPattern kernel;
  Boundary boundary = Boundary::reflect;
};
struct MeanReduction {};
struct BicubicReduction {};
struct ReduceTask {
  std::int64_t factor = 1;
  std::variant<MeanReduction, BicubicReduction, BlurTask> filter;
};
struct ColouriseTask {
  std::array<double, 3> weights{};
};
struct SensingTask {
  std::int64_t ratio = 1;
  std::uint64_t seed = 0;
};
/// Which columns of k-space are sampled: one in `acceleration`, a band of the share `centre` around
/// the zero frequency among them.
struct KspaceLines {
  double acceleration = 1;
  double centre = 1;
  std::uint64_t seed = 0;
};
struct MriTask {
  std::variant<KspaceLines, MaskFile> sampling;
  std::string coils;  ///< file of the coils' sensitivities; empty for a single coil
};
struct CtTask {
  std::variant<std::int64_t, std::string> angles;  ///< how many over 180 degrees, or a file
};
struct MatrixTask {
  std::string path;
};
struct HdrTask {};
struct PhaseRetrievalTask {};
struct QuantiseTask {
  int bits = 8;
};
struct JpegTask {
  int quality = 75;
};
struct GammaTask {
  double exponent = 1;
};
struct ChainTask {
  std::vector<std::shared_ptr<const Task::Node>> parts;  ///< applied first to last
};
struct StackTask {
  std::vector<std::shared_ptr<const Task::Node>> parts;
};

struct Task::Node {
  std::variant<DenoiseTask, InpaintTask, ReduceTask, BlurTask, ColouriseTask, SensingTask, MriTask,
               CtTask, MatrixTask, HdrTask, PhaseRetrievalTask, QuantiseTask, JpegTask, GammaTask,
               ChainTask, StackTask>
      value;
};

/// Angles that a projection may have.
inline constexpr std::int64_t kMaxAngles = 10000;
/// Largest factor of compressed sensing and of an accelerated scan.
inline constexpr std::int64_t kMaxRatio = 1024;

/// The share of k-space that is always sampled unless stated: 8 % for fourfold acceleration, 4 %
/// for eightfold (fastMRI: Zbontar et al., arXiv 1811.08839).
inline double default_centre(double acceleration) { return 0.32 / acceleration; }

/// Colour weights by name.
inline constexpr std::array<double, 3> kMeanWeights{1.0 / 3, 1.0 / 3, 1.0 / 3};
inline constexpr std::array<double, 3> kBt601Weights{0.299, 0.587, 0.114};

/// The canonical text of a parsed task (task_text.cpp).
std::string task_text(const Task::Node& node);

/// A lambda for each alternative of a variant.
template <typename... Functions>
struct Overload : Functions... {
  using Functions::operator()...;
};
template <typename... Functions>
Overload(Functions...) -> Overload<Functions...>;

}  // namespace modeseek
