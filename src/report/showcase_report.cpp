#include "report/showcase_report.hpp"

#include <fmt/format.h>

#include <filesystem>

#include "report/build_info.hpp"
#include "report/file_bytes.hpp"
#include "report/html.hpp"
#include "report/text.hpp"

namespace modeseek::report {
namespace {

std::string noise_text(const Showcase& show) {
  return fmt::format("{:.3g} ({:.3g})", show.noise / 2, show.noise);
}

std::string evaluations(const Showcase& show) {
  const int vjp = show.result.vjp_evaluations;
  return std::to_string(show.result.denoiser_evaluations) +
         (vjp > 0 ? fmt::format(" + {} VJP", vjp) : std::string());
}

std::vector<std::vector<std::string>> rows(const std::vector<Showcase>& shows) {
  std::vector<std::vector<std::string>> table{{"task", "noise [0,1] ([-1,1])", "degraded dB",
                                               "baseline dB", "restored dB", "time",
                                               "evaluations"}};
  for (const Showcase& show : shows) {
    table.push_back({show.task, noise_text(show), decibel(show.degraded_psnr),
                     decibel(show.baseline_psnr) + " " + show.baseline_name,
                     decibel(show.restored_psnr), duration(show.result.seconds),
                     evaluations(show)});
  }
  return table;
}

Comparison comparison(const Showcase& show) {
  const auto caption = [](const std::string& name, double quality) {
    return fmt::format("{}, {} dB", name, decibel(quality));
  };
  return {show.task,
          fmt::format("Noise {}, {} network evaluations in {}.", both_scales(show.noise),
                      evaluations(show), duration(show.result.seconds)),
          {{caption("degraded", show.degraded_psnr), read_bytes(show.degraded)},
           {caption("restored", show.restored_psnr), read_bytes(show.restored)},
           {caption(show.baseline_name, show.baseline_psnr), read_bytes(show.baseline)},
           {"clean", read_bytes(show.clean)}}};
}

}  // namespace

std::string showcase_line(const Showcase& show) {
  return fmt::format("{} {}: {} dB -> {} dB in {}",
                     std::filesystem::path(show.restored).filename().string(), show.task,
                     decibel(show.degraded_psnr), decibel(show.restored_psnr),
                     duration(show.result.seconds));
}

std::string showcase_table(const std::vector<Showcase>& shows) { return table(rows(shows)); }

std::string showcase_html(const std::vector<Showcase>& shows, const PriorInfo& prior,
                          const std::string& command) {
  std::vector<Comparison> comparisons;
  for (const Showcase& show : shows) comparisons.push_back(comparison(show));
  const std::string introduction =
      "modeseek " + version() + ", prior " + prior.name + " (" + prior.hash +
      "). Noise is stated on the [0, 1] scale; PSNR is measured on the files as written. The "
      "baseline is the better of bicubic interpolation and the pseudo-inverse regularised to the "
      "noise level. Made by: " +
      command;
  return html_report("modeseek report", introduction, rows(shows), comparisons);
}

}  // namespace modeseek::report
