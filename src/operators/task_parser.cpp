#include "operators/task_parser.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <string>
#include <utility>

#include "modeseek/error.hpp"
#include "operators/task_scanner.hpp"

namespace modeseek {
namespace {

constexpr std::int64_t kMaxExtent = std::int64_t{1} << 24;
constexpr double kMinDeviation = 0.01;
constexpr double kMaxDeviation = 1e4;
constexpr double kMaxWeight = 1e3;

using NodePointer = std::shared_ptr<const Task::Node>;

constexpr std::size_t kLinearTasks = 11;
constexpr std::array<std::string_view, 16> kTasks{
    "denoise", "inpaint", "sr",     "blur", "colourise",       "chain",    "stack", "cs",
    "mri",     "ct",      "matrix", "hdr",  "phase-retrieval", "quantise", "jpeg",  "gamma"};
constexpr std::array<std::string_view, 7> kMasks{"mask",   "random", "box", "half",
                                                 "expand", "rows",   "grid"};
constexpr std::array<std::string_view, 6> kKernels{"gaussian", "uniform", "aniso",
                                                   "motion",   "disk",    "kernel"};
constexpr std::array<std::string_view, 8> kReductions{"mean",  "bicubic", "gaussian", "uniform",
                                                      "aniso", "motion",  "disk",     "kernel"};
constexpr std::array<std::string_view, 4> kBoundaries{"reflect", "circular", "zero", "valid"};
constexpr std::array<std::string_view, 1> kPlaces{"random"};
constexpr std::array<std::string_view, 4> kSides{"right", "left", "top", "bottom"};
constexpr std::array<std::string_view, 2> kColours{"mean", "bt601"};

/// Where a word stands, for messages.
struct Word {
  std::string_view text;
  std::size_t position;
};

class Parser {
 public:
  explicit Parser(std::string_view text) : scan_(text) {}

  NodePointer whole() {
    NodePointer node = task(1);
    if (!scan_.at_end()) {
      scan_.fail(scan_.position(), "expected the end of the task, " + scan_.found());
    }
    return node;
  }

 private:
  Word word(std::string_view what) {
    const std::size_t start = scan_.position();
    const std::string_view text = scan_.word();
    if (text.empty()) scan_.fail(start, "expected " + std::string(what) + ", " + scan_.found());
    return {text, start};
  }

  /// The index of the next word in `known`.
  std::size_t choice(std::string_view kind, std::span<const std::string_view> known) {
    const Word name = word("the name of a " + std::string(kind));
    return index(name, kind, known);
  }

  std::size_t index(const Word& name, std::string_view kind,
                    std::span<const std::string_view> known) {
    const auto at = std::find(known.begin(), known.end(), name.text);
    if (at == known.end()) scan_.fail_unknown(name.position, kind, name.text, known);
    return static_cast<std::size_t>(at - known.begin());
  }

  NodePointer make(decltype(Task::Node::value) value) {
    return std::make_shared<const Task::Node>(Task::Node{std::move(value)});
  }

  NodePointer task(int depth) {
    const Word name = word("the name of a task");
    if (depth > kMaxTaskDepth) {
      scan_.fail(name.position,
                 "tasks are nested more than " + std::to_string(kMaxTaskDepth) + " deep");
    }
    if (const TaskPreset* preset = find_preset(name.text)) return parse_task(preset->task);
    const std::size_t kind = task_index(name);
    return kind < kLinearTasks ? linear(kind, depth) : non_linear(kind - kLinearTasks);
  }

  NodePointer linear(std::size_t kind, int depth) {
    switch (kind) {
      case 0:
        return make(DenoiseTask{});
      case 1:
        return in_parentheses("inpaint", [&] { return make(inpaint()); });
      case 2:
        return in_parentheses("sr", [&] { return make(reduce()); });
      case 3:
        return in_parentheses("blur", [&] { return make(blur(choice("kernel", kKernels))); });
      case 4:
        return make(colourise());
      case 5:
        return in_parentheses("chain", [&] { return make(ChainTask{parts("chain", depth)}); });
      case 6:
        return in_parentheses("stack", [&] { return make(StackTask{parts("stack", depth)}); });
      case 7:
        return sensing();
      case 8:
        return in_parentheses("mri", [&] { return make(mri()); });
      case 9:
        return in_parentheses("ct", [&] { return make(ct()); });
      default:
        return in_parentheses("matrix", [&] { return make(MatrixTask{scan_.file_name()}); });
    }
  }

  static const TaskPreset* find_preset(std::string_view name) {
    for (const TaskPreset& preset : task_presets()) {
      if (preset.name == name) return &preset;
    }
    return nullptr;
  }

  std::size_t task_index(const Word& name) {
    const auto at = std::find(kTasks.begin(), kTasks.end(), name.text);
    if (at != kTasks.end()) return static_cast<std::size_t>(at - kTasks.begin());
    std::vector<std::string_view> known(kTasks.begin(), kTasks.end());
    for (const TaskPreset& preset : task_presets()) known.push_back(preset.name);
    scan_.fail_unknown(name.position, "task", name.text, known);
  }

  template <typename Body>
  NodePointer in_parentheses(std::string_view name, Body body) {
    scan_.expect('(', "after " + std::string(name));
    NodePointer node = body();
    scan_.expect(')', "to close " + std::string(name));
    return node;
  }

  std::vector<NodePointer> parts(std::string_view name, int depth) {
    std::vector<NodePointer> list{task(depth + 1)};
    scan_.expect_separator("and another task in " + std::string(name));
    do {
      if (list.size() == kMaxTaskParts) {
        scan_.fail(scan_.position(), std::string(name) + " takes at most " +
                                         std::to_string(kMaxTaskParts) + " tasks");
      }
      list.push_back(task(depth + 1));
    } while (scan_.accept_separator());
    return list;
  }

  /// `HxW` or `P%`.
  BoxSize box_size(std::string_view name) {
    const std::size_t start = scan_.position();
    const double rows =
        scan_.number(std::string(name) + " rows or percent", 0, static_cast<double>(kMaxExtent));
    if (scan_.accept('%')) {
      if (!(rows > 0 && rows <= 100)) {
        scan_.fail(start, std::string(name) + " must be above 0 % and at most 100 %");
      }
      return rows;
    }
    if (rows < 1 || std::floor(rows) != rows) {
      scan_.fail(start, std::string(name) + " rows must be an integer from 1 to " +
                            std::to_string(kMaxExtent));
    }
    scan_.expect('x', "between rows and columns");
    return Extent{static_cast<std::int64_t>(rows),
                  scan_.integer(std::string(name) + " columns", 1, kMaxExtent)};
  }

  InpaintTask inpaint() {
    InpaintTask task;
    const std::size_t kind = choice("mask", kMasks);
    scan_.expect(kind == 0 ? '=' : ':', "after " + std::string(kMasks[kind]));
    task.mask = mask(kind);
    auto* random = std::get_if<RandomMask>(&task.mask);
    auto* box = std::get_if<BoxMask>(&task.mask);
    auto* place = box == nullptr ? nullptr : std::get_if<RandomPlace>(&box->place);
    bool seeded = false;
    bool margined = false;
    while (scan_.accept_separator()) {
      const Word option = word("an option of inpaint");
      if (option.text == "invert" && !task.invert) {
        task.invert = true;
      } else if (option.text == "seed" && (random != nullptr || place != nullptr) && !seeded) {
        scan_.expect('=', "after seed");
        (random != nullptr ? random->seed : place->seed) = scan_.seed();
        seeded = true;
      } else if (option.text == "margin" && place != nullptr && !margined) {
        scan_.expect('=', "after margin");
        place->margin = scan_.integer("margin", 0, kMaxExtent);
        margined = true;
      } else {
        fail_option(option, place != nullptr    ? "margin, seed, invert"
                            : random != nullptr ? "seed, invert"
                                                : "invert");
      }
    }
    return task;
  }

  [[noreturn]] void fail_option(const Word& option, std::string_view known) {
    scan_.fail(option.position, "unknown or repeated option '" + std::string(option.text) +
                                    "' (known: " + std::string(known) + ")");
  }

  MaskPattern mask(std::size_t kind) {
    switch (kind) {
      case 0:
        return MaskFile{scan_.file_name()};
      case 1: {
        const std::size_t start = scan_.position();
        const double dropped = scan_.number("fraction of missing pixels", 0.0, 1.0);
        if (dropped == 1.0)
          scan_.fail(start, "a mask that drops every pixel leaves no measurement");
        RandomMask mask{dropped, 0, std::nullopt};
        if (scan_.accept('-')) {
          mask.up_to = scan_.number("largest fraction of missing pixels", dropped, 1.0);
          if (*mask.up_to == 1.0)
            scan_.fail(start, "a mask that may drop every pixel may leave no measurement");
        }
        return mask;
      }
      case 2: {
        BoxMask box{box_size("box"), {}};
        if (!scan_.accept('@')) return box;
        if (scan_.at_word()) {
          choice("place", kPlaces);
          box.place = RandomPlace{};
        } else {
          const std::int64_t top = scan_.integer("top row", 0, kMaxExtent);
          scan_.expect_separator("between row and column");
          box.place = Extent{top, scan_.integer("left column", 0, kMaxExtent)};
        }
        return box;
      }
      case 3:
        return HalfMask{static_cast<Side>(choice("side", kSides))};
      case 4:
        return ExpandMask{box_size("kept box")};
      case 5:
        return RowsMask{scan_.integer("row step", 1, kMaxExtent)};
      default:
        return GridMask{scan_.integer("grid step", 1, kMaxExtent)};
    }
  }

  ReduceTask reduce() {
    ReduceTask task;
    task.factor = scan_.integer("factor", 1, kMaxFactor);
    scan_.expect_separator("after the factor");
    const Word name = word("the name of a reduction");
    const std::size_t kind = index(name, "reduction", kReductions);
    if (kind == 0) {
      task.filter = MeanReduction{};
    } else if (kind == 1) {
      task.filter = BicubicReduction{};
    } else {
      task.filter = blur(kind - 2);
    }
    return task;
  }

  std::int64_t kernel_size() {
    const std::size_t start = scan_.position();
    const std::int64_t size = scan_.integer("kernel size", 1, kMaxKernelSize);
    if (size % 2 == 0) {
      scan_.fail(start, "kernel size must be odd, found " + std::to_string(size));
    }
    return size;
  }

  double deviation() {
    scan_.expect_separator("before the standard deviation");
    return scan_.number("standard deviation", kMinDeviation, kMaxDeviation);
  }

  KernelPattern kernel(std::size_t kind) {
    scan_.expect(kind == 5 ? '=' : ':', "after " + std::string(kKernels[kind]));
    switch (kind) {
      case 0: {
        const std::int64_t size = kernel_size();
        return GaussianKernel{size, deviation()};
      }
      case 1:
        return UniformKernel{kernel_size()};
      case 2: {
        const std::int64_t size = kernel_size();
        const double deviation_y = deviation();
        return AnisotropicKernel{size, deviation_y, deviation()};
      }
      case 3: {
        const std::int64_t size = kernel_size();
        scan_.expect_separator("before the intensity");
        return MotionKernel{size, scan_.number("motion intensity", 0.0, 1.0), 0};
      }
      case 4:
        return DiskKernel{
            scan_.number("disk radius", 0.1, static_cast<double>(kMaxKernelSize / 2))};
      default:
        return KernelFile{scan_.file_name()};
    }
  }

  BlurTask blur(std::size_t kind) {
    BlurTask task{kernel(kind), Boundary::reflect};
    auto* motion = std::get_if<MotionKernel>(&task.kernel);
    bool bounded = false;
    bool seeded = false;
    while (scan_.accept_separator()) {
      if (motion != nullptr && !seeded && !bounded && !scan_.at_word()) {
        motion->seed = scan_.seed();
        seeded = true;
        continue;
      }
      const Word option = word("an option of the blur");
      if (option.text == "boundary" && !bounded) {
        scan_.expect('=', "after boundary");
        task.boundary = static_cast<Boundary>(choice("boundary", kBoundaries));
        bounded = true;
      } else if (option.text == "seed" && motion != nullptr && !seeded) {
        scan_.expect('=', "after seed");
        motion->seed = scan_.seed();
        seeded = true;
      } else {
        fail_option(option, motion != nullptr ? "seed, boundary" : "boundary");
      }
    }
    return task;
  }

  ColouriseTask colourise() {
    if (!scan_.accept('(')) return {kMeanWeights};
    ColouriseTask task;
    if (scan_.at_word()) {
      task.weights = choice("set of colour weights", kColours) == 0 ? kMeanWeights : kBt601Weights;
    } else {
      const std::size_t start = scan_.position();
      for (std::size_t i = 0; i < 3; ++i) {
        if (i > 0) scan_.expect_separator("between colour weights");
        task.weights[i] = scan_.number("colour weight", -kMaxWeight, kMaxWeight);
      }
      double squared = 0;
      for (const double weight : task.weights) squared += weight * weight;
      if (squared < 1e-12) scan_.fail(start, "the colour weights are all zero");
    }
    scan_.expect(')', "to close colourise");
    return task;
  }

  NodePointer non_linear(std::size_t kind) {
    switch (kind) {
      case 0:
        return make(HdrTask{});
      case 1:
        return make(PhaseRetrievalTask{});
      case 2:
        return with_number("quantise", [&] {
          return QuantiseTask{static_cast<int>(scan_.integer("bits", 1, kMaxQuantiseBits))};
        });
      case 3:
        return with_number("jpeg", [&] {
          return JpegTask{static_cast<int>(scan_.integer("JPEG quality", 1, 100))};
        });
      default:
        return with_number(
            "gamma", [&] { return GammaTask{scan_.number("exponent", kMinGamma, kMaxGamma)}; });
    }
  }

  /// `name(NUMBER)`, or `name:NUMBER` for short.
  template <typename Body>
  NodePointer with_number(std::string_view name, Body body) {
    if (scan_.accept(':')) return make(body());
    return in_parentheses(name, [&] { return make(body()); });
  }

  /// `cs:4` is short for `cs(4)`.
  NodePointer sensing() {
    const auto ratio = [&] { return scan_.integer("ratio", 1, kMaxRatio); };
    if (scan_.accept(':')) return make(SensingTask{ratio(), 0});
    return in_parentheses("cs", [&] {
      SensingTask task{ratio(), 0};
      if (scan_.accept_separator()) {
        const Word option = word("an option of cs");
        if (option.text != "seed") fail_option(option, "seed");
        scan_.expect('=', "after seed");
        task.seed = scan_.seed();
      }
      return make(task);
    });
  }

  MriTask mri() {
    MriTask task;
    if (scan_.at_word()) {
      const Word name = word("mask");
      if (name.text != "mask") fail_option(name, "mask, or a number: the acceleration");
      scan_.expect('=', "after mask");
      task.sampling = MaskFile{scan_.file_name()};
    } else {
      const double acceleration = scan_.number("acceleration", 1, static_cast<double>(kMaxRatio));
      task.sampling = KspaceLines{acceleration, default_centre(acceleration), 0};
    }
    mri_options(task);
    return task;
  }

  void mri_options(MriTask& task) {
    auto* lines = std::get_if<KspaceLines>(&task.sampling);
    bool centred = false;
    bool seeded = false;
    while (scan_.accept_separator()) {
      const Word option = word("an option of mri");
      if (option.text == "coils" && task.coils.empty()) {
        scan_.expect('=', "after coils");
        task.coils = scan_.file_name();
      } else if (option.text == "centre" && lines != nullptr && !centred) {
        scan_.expect('=', "after centre");
        lines->centre = scan_.number("centre fraction", 0, 1);
        centred = true;
      } else if (option.text == "seed" && lines != nullptr && !seeded) {
        scan_.expect('=', "after seed");
        lines->seed = scan_.seed();
        seeded = true;
      } else {
        fail_option(option, lines != nullptr ? "centre, seed, coils" : "coils");
      }
    }
  }

  CtTask ct() {
    if (!scan_.at_word()) return {scan_.integer("number of angles", 1, kMaxAngles)};
    const Word name = word("angles");
    if (name.text != "angles") fail_option(name, "angles, or a number: how many");
    scan_.expect('=', "after angles");
    return {scan_.file_name()};
  }

  TaskScanner scan_;
};

}  // namespace

std::shared_ptr<const Task::Node> parse_task(std::string_view text) {
  if (text.size() > kMaxTaskLength) {
    throw ParseError(std::string(text.substr(0, 60)) + "...", kMaxTaskLength,
                     "a task text is at most " + std::to_string(kMaxTaskLength) +
                         " characters long, this one goes on");
  }
  return Parser(text).whole();
}

}  // namespace modeseek
