#define MODESEEK_ISA baseline
#define MODESEEK_ISA_NAME "baseline"
#include "engine/cpu/kernels_body.inl"
