#include <charconv>
#include <string>

#include "operators/task_node.hpp"

namespace modeseek {
namespace {

/// Shortest text that reads back as the same number, whatever the locale.
std::string number(double value) {
  char buffer[32];
  const auto result = std::to_chars(buffer, buffer + sizeof buffer, value);
  return {buffer, result.ptr};
}

bool needs_no_quotes(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
         c == '_' || c == '-' || c == '/' || c == '+';
}

std::string file(const std::string& path) {
  bool bare = true;
  std::string quoted = "\"";
  for (const char c : path) {
    bare = bare && needs_no_quotes(c);
    if (c == '"' || c == '\\') quoted += '\\';
    quoted += c;
  }
  return bare ? path : quoted + "\"";
}

std::string extent(const Extent& size) {
  return std::to_string(size.h) + "x" + std::to_string(size.w);
}

std::string seed(std::uint64_t value) { return value == 0 ? "" : ",seed=" + std::to_string(value); }

const char* side(Side value) {
  switch (value) {
    case Side::right:
      return "right";
    case Side::left:
      return "left";
    case Side::top:
      return "top";
    case Side::bottom:
      break;
  }
  return "bottom";
}

std::string boundary(Boundary value) {
  switch (value) {
    case Boundary::reflect:
      return "";
    case Boundary::circular:
      return ";boundary=circular";
    case Boundary::zero:
      return ";boundary=zero";
    case Boundary::valid:
      break;
  }
  return ";boundary=valid";
}

std::string box_size(const BoxSize& size) {
  return std::visit(Overload{[](const Extent& e) { return extent(e); },
                             [](double percent) { return number(percent) + "%"; }},
                    size);
}

std::string box_place(const BoxPlace& place) {
  return std::visit(
      Overload{[](std::monostate) { return std::string(); },
               [](const Extent& corner) {
                 return "@" + std::to_string(corner.h) + "," + std::to_string(corner.w);
               },
               [](const RandomPlace& p) {
                 return std::string("@random") +
                        (p.margin > 0 ? ",margin=" + std::to_string(p.margin) : "") + seed(p.seed);
               }},
      place);
}

std::string mask(const MaskPattern& pattern) {
  return std::visit(
      Overload{[](const MaskFile& m) { return "mask=" + file(m.path); },
               [](const RandomMask& m) {
                 return "random:" + number(m.dropped) + (m.up_to ? "-" + number(*m.up_to) : "") +
                        seed(m.seed);
               },
               [](const BoxMask& m) { return "box:" + box_size(m.size) + box_place(m.place); },
               [](const HalfMask& m) { return std::string("half:") + side(m.missing); },
               [](const ExpandMask& m) { return "expand:" + box_size(m.kept); },
               [](const RowsMask& m) { return "rows:" + std::to_string(m.step); },
               [](const GridMask& m) { return "grid:" + std::to_string(m.step); }},
      pattern);
}

std::string kernel(const KernelPattern& pattern) {
  return std::visit(
      Overload{[](const GaussianKernel& k) {
                 return "gaussian:" + std::to_string(k.size) + "," + number(k.deviation);
               },
               [](const UniformKernel& k) { return "uniform:" + std::to_string(k.size); },
               [](const AnisotropicKernel& k) {
                 return "aniso:" + std::to_string(k.size) + "," + number(k.deviation_y) + "," +
                        number(k.deviation_x);
               },
               [](const MotionKernel& k) {
                 return "motion:" + std::to_string(k.size) + "," + number(k.intensity) +
                        seed(k.seed);
               },
               [](const DiskKernel& k) { return "disk:" + number(k.radius); },
               [](const KernelFile& k) { return "kernel=" + file(k.path); }},
      pattern);
}

std::string blur(const BlurTask& task) { return kernel(task.kernel) + boundary(task.boundary); }

std::string colourise(const ColouriseTask& task) {
  if (task.weights == kMeanWeights) return "colourise";
  if (task.weights == kBt601Weights) return "colourise(bt601)";
  return "colourise(" + number(task.weights[0]) + "," + number(task.weights[1]) + "," +
         number(task.weights[2]) + ")";
}

std::string mri(const MriTask& task) {
  const std::string coils = task.coils.empty() ? "" : ";coils=" + file(task.coils);
  if (const auto* mask = std::get_if<MaskFile>(&task.sampling)) {
    return "mri(mask=" + file(mask->path) + coils + ")";
  }
  const auto& lines = std::get<KspaceLines>(task.sampling);
  std::string text = "mri(" + number(lines.acceleration);
  if (lines.centre != default_centre(lines.acceleration)) text += ",centre=" + number(lines.centre);
  return text + seed(lines.seed) + coils + ")";
}

std::string ct(const CtTask& task) {
  if (const auto* path = std::get_if<std::string>(&task.angles)) {
    return "ct(angles=" + file(*path) + ")";
  }
  return "ct(" + std::to_string(std::get<std::int64_t>(task.angles)) + ")";
}

std::string list(const std::vector<std::shared_ptr<const Task::Node>>& parts) {
  std::string text;
  for (const auto& part : parts) text += (text.empty() ? "" : ",") + task_text(*part);
  return "(" + text + ")";
}

std::string filter(const decltype(ReduceTask::filter)& value) {
  return std::visit(Overload{[](const MeanReduction&) { return std::string("mean"); },
                             [](const BicubicReduction&) { return std::string("bicubic"); },
                             [](const BlurTask& t) { return blur(t); }},
                    value);
}

}  // namespace

std::string task_text(const Task::Node& node) {
  return std::visit(
      Overload{
          [](const DenoiseTask&) { return std::string("denoise"); },
          [](const InpaintTask& t) {
            return "inpaint(" + mask(t.mask) + (t.invert ? ";invert)" : ")");
          },
          [](const ReduceTask& t) {
            return "sr(" + std::to_string(t.factor) + "," + filter(t.filter) + ")";
          },
          [](const BlurTask& t) { return "blur(" + blur(t) + ")"; },
          [](const ColouriseTask& t) { return colourise(t); },
          [](const SensingTask& t) { return "cs(" + std::to_string(t.ratio) + seed(t.seed) + ")"; },
          [](const MriTask& t) { return mri(t); }, [](const CtTask& t) { return ct(t); },
          [](const MatrixTask& t) { return "matrix(" + file(t.path) + ")"; },
          [](const HdrTask&) { return std::string("hdr"); },
          [](const PhaseRetrievalTask&) { return std::string("phase-retrieval"); },
          [](const QuantiseTask& t) { return "quantise(" + std::to_string(t.bits) + ")"; },
          [](const JpegTask& t) { return "jpeg(" + std::to_string(t.quality) + ")"; },
          [](const GammaTask& t) { return "gamma(" + number(t.exponent) + ")"; },
          [](const ChainTask& t) { return "chain" + list(t.parts); },
          [](const StackTask& t) { return "stack" + list(t.parts); }},
      node.value);
}

}  // namespace modeseek
