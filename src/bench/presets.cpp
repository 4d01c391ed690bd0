#include "bench/presets.hpp"

#include "modeseek/error.hpp"

namespace modeseek::bench {
namespace {

/// Methods of about a thousand evaluations see the first pictures only.
const std::map<std::string, std::size_t>& slow_methods() {
  static const std::map<std::string, std::size_t> limits{
      {"daps", 6}, {"dps", 6}, {"map-ga", 6}, {"tmpd", 6}};
  return limits;
}

std::string extent(std::int64_t rows, std::int64_t columns) {
  return std::to_string(rows) + "x" + std::to_string(columns);
}

/// Gutha, Vinuesa, Azizpour, arXiv 2407.20784 (MAP-GA) and arXiv 2512.10524 (VML-MAP): masks of
/// their 64x64 pictures as shares of the picture, the reductions and blurs of DDRM.
BenchPreset paper(const Size& picture) {
  const std::string half =
      extent(std::max<std::int64_t>(1, picture.h / 2), std::max<std::int64_t>(1, picture.w / 2));
  return {"paper",
          "the grid of the VML-MAP and MAP-GA papers: masks, 4x reduction, two blurs",
          {"inpaint(half:right)", "inpaint(box:" + half + ")", "inpaint(expand:" + half + ")",
           "inpaint(grid:2)", "inpaint(rows:2)", "ddrm-sr4", "ddrm-deblur-uniform",
           "ddrm-deblur-gauss"},
          {0.0F, 0.02F, 0.1F},
          0,
          slow_methods()};
}

BenchPreset kodak() {
  return {"kodak",
          "six everyday damages with and without noise, on 128x128 centre crops",
          {"inpaint(random:0.7)", "inpaint(box:32x32)", "sr(4,mean)", "sr(4,bicubic)",
           "blur(gaussian:13,2)", "blur(motion:31,0.5)"},
          {0.0F, 0.1F},
          128,
          slow_methods()};
}

}  // namespace

std::vector<BenchPreset> bench_presets(const Size& picture) { return {paper(picture), kodak()}; }

std::string bench_preset_names() {
  std::string names;
  for (const BenchPreset& preset : bench_presets({1, 1})) {
    names += (names.empty() ? "" : ", ") + preset.name;
  }
  return names;
}

BenchPreset bench_preset(const std::string& name, const Size& picture) {
  for (BenchPreset& preset : bench_presets(picture)) {
    if (preset.name == name) return std::move(preset);
  }
  throw InvalidArgument("unknown preset '" + name + "' (known: " + bench_preset_names() + ")");
}

}  // namespace modeseek::bench
