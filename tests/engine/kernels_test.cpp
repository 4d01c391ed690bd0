#include "engine/cpu/kernels.hpp"

#include <gtest/gtest.h>

#include <oneapi/dnnl/dnnl.hpp>
#include <string>

#include "engine/engine.hpp"

namespace modeseek::engine::cpu {
namespace {

/// CMakeLists.txt runs all tests of the engine with several limits.
TEST(Kernels, KeepToTheInstructionSetOfOneDnn) {
  const std::string name = kernels().name;
  switch (dnnl::get_effective_cpu_isa()) {
    case dnnl::cpu_isa::sse41:
    case dnnl::cpu_isa::avx:
      EXPECT_EQ(name, "baseline");
      EXPECT_FALSE(cpu_has_bfloat16());
      break;
    case dnnl::cpu_isa::avx2:
      EXPECT_EQ(name, "avx2");
      EXPECT_FALSE(cpu_has_bfloat16());
      break;
    case dnnl::cpu_isa::avx512_core:
    case dnnl::cpu_isa::avx512_core_bf16:
      EXPECT_EQ(name, "avx512");
      EXPECT_TRUE(cpu_has_bfloat16());
      break;
    default:  // sets that came later, or another architecture
      EXPECT_FALSE(name.empty());
  }
}

}  // namespace
}  // namespace modeseek::engine::cpu
