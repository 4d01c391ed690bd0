#define MODESEEK_ISA avx512
#define MODESEEK_ISA_NAME "avx512"
#include "engine/cpu/kernels_body.inl"
