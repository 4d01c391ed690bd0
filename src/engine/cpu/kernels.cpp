#include "engine/cpu/kernels.hpp"

#include "engine/cpu/onednn.hpp"

namespace modeseek::engine::cpu {
namespace {

const Kernels& best() {
#ifdef MODESEEK_X86_KERNELS
  // oneDNN's avx512_core is F, BW, VL and DQ.
  if (processor_has(dnnl::cpu_isa::avx512_core)) return avx512::table;
  if (processor_has(dnnl::cpu_isa::avx2) && __builtin_cpu_supports("fma")) return avx2::table;
#endif
  return baseline::table;
}

}  // namespace

const Kernels& kernels() {
  static const Kernels& chosen = best();
  return chosen;
}

}  // namespace modeseek::engine::cpu
