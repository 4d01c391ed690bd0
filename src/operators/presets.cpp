#include "modeseek/task.hpp"

namespace modeseek {
namespace {

constexpr const char* kDdrm =
    "Kawar, Elad, Ermon, Song, Denoising Diffusion Restoration Models, NeurIPS 2022";
constexpr const char* kDps =
    "Chung, Kim, Mccann, Klasky, Ye, Diffusion Posterior Sampling, ICLR 2023";
constexpr const char* kDaps =
    "Zhang, Chu, Berner, Meng, Anandkumar, Song, Decoupled Annealing Posterior Sampling, CVPR 2025";
constexpr const char* kMapGa =
    "Gutha, Vinuesa, Azizpour, Inverse Problems with Diffusion Models: A MAP Estimation "
    "Perspective, arXiv 2407.20784";

}  // namespace

const std::vector<TaskPreset>& task_presets() {
  // DPS and DAPS state their noise as 0.05 on [-1, 1]: 0.025 here. The amplitudes of DAPS's phase
  // retrieval are those of pictures on [0, 1].
  static const std::vector<TaskPreset> presets{
      {"ddrm-sr4", "sr(4,mean)", "0 or 0.05", kDdrm},
      {"ddrm-sr4-bicubic", "sr(4,bicubic)", "0 or 0.05", kDdrm},
      {"ddrm-deblur-uniform", "blur(uniform:9;boundary=zero)", "0 or 0.05", kDdrm},
      {"ddrm-deblur-gauss", "blur(gaussian:5,10;boundary=zero)", "0 or 0.05", kDdrm},
      {"ddrm-deblur-aniso", "blur(aniso:9,1,20;boundary=zero)", "0 or 0.05", kDdrm},
      {"ddrm-inpaint-random", "inpaint(random:0.5)", "0 or 0.05", kDdrm},
      {"ddrm-cs2", "cs(2)", "0 or 0.05", kDdrm},
      {"ddrm-cs4", "cs(4)", "0 or 0.05", kDdrm},
      {"dps-inpaint-box", "inpaint(box:128x128@random,margin=16)", "0.025", kDps},
      {"dps-inpaint-random", "inpaint(random:0.3-0.7)", "0.025", kDps},
      {"dps-deblur-gauss", "blur(gaussian:61,3)", "0.025", kDps},
      {"dps-deblur-motion", "blur(motion:61,0.5)", "0.025", kDps},
      {"daps-inpaint-random", "inpaint(random:0.7)", "0.025", kDaps},
      {"daps-hdr", "hdr", "0.025", kDaps},
      {"daps-phase-retrieval", "phase-retrieval", "0.05", kDaps},
      {"mapga-box50", "inpaint(box:50%)", "0", kMapGa},
      {"mapga-box25", "inpaint(box:25%)", "0", kMapGa},
      {"mapga-half", "inpaint(half:right)", "0", kMapGa},
      {"mapga-expand", "inpaint(expand:50%)", "0", kMapGa},
      {"mapga-sr2x", "inpaint(grid:2)", "0", kMapGa},
      {"mapga-altlines", "inpaint(rows:2)", "0", kMapGa},
  };
  return presets;
}

}  // namespace modeseek
