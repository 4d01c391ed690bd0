#define MODESEEK_ISA avx2
#define MODESEEK_ISA_NAME "avx2"
#include "engine/cpu/kernels_body.inl"
