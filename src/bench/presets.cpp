#include "bench/presets.hpp"

#include "modeseek/error.hpp"

namespace modeseek::bench {
namespace {

/// Methods of a thousand evaluations and more see the first pictures only.
const std::map<std::string, std::size_t> kSlowMethods{
    {"daps", 6}, {"dps", 6}, {"map-ga", 6}, {"tmpd", 6}};

}  // namespace

const std::vector<BenchPreset>& bench_presets() {
  static const std::vector<BenchPreset> presets{
      // Gutha, Vinuesa, Azizpour, arXiv 2407.20784 (MAP-GA) and arXiv 2512.10524 (VML-MAP).
      {"paper",
       {"mapga-half", "mapga-box50", "mapga-expand", "mapga-sr2x", "mapga-altlines", "ddrm-sr4",
        "ddrm-deblur-uniform", "ddrm-deblur-gauss"},
       {0.0F, 0.02F, 0.1F},
       0,
       kSlowMethods},
      {"kodak",
       {"inpaint(random:0.7)", "inpaint(box:32x32)", "sr(4,mean)", "sr(4,bicubic)",
        "blur(gaussian:13,2)", "blur(motion:31,0.5)"},
       {0.0F, 0.1F},
       128,
       kSlowMethods}};
  return presets;
}

std::string bench_preset_names() {
  std::string names;
  for (const BenchPreset& preset : bench_presets()) {
    names += (names.empty() ? "" : ", ") + preset.name;
  }
  return names;
}

const BenchPreset& bench_preset(const std::string& name) {
  for (const BenchPreset& preset : bench_presets()) {
    if (preset.name == name) return preset;
  }
  throw InvalidArgument("unknown preset '" + name + "' (known: " + bench_preset_names() + ")");
}

}  // namespace modeseek::bench
