#include "report/info_report.hpp"

#include <fmt/format.h>

#include "report/build_info.hpp"
#include "report/text.hpp"

namespace modeseek::report {
namespace {

std::string extent(const Shape& shape) {
  return fmt::format("{}x{}, {} channel{}", shape.h, shape.w, shape.c, shape.c == 1 ? "" : "s");
}

nlohmann::ordered_json shape_json(const Shape& shape) { return {shape.c, shape.h, shape.w}; }

/// Where the network comes from in terms of images; empty for one that takes any size alike.
std::string training_text(const PriorInfo& prior) {
  if (prior.resolution == 0) return "";
  const std::string classes =
      prior.classes > 0 ? fmt::format(", {} classes", prior.classes) : std::string();
  return fmt::format("           trained on {0}x{0} pixels{1}\n", prior.resolution, classes);
}

std::string work_text(const PriorInfo& prior) {
  if (prior.multiply_adds_per_pixel == 0) return "multiply-adds not known";
  return fmt::format("{:.3g} million multiply-adds a pixel", prior.multiply_adds_per_pixel / 1e6);
}

std::string prior_text(const Info& info) {
  const PriorInfo& prior = info.prior;
  return fmt::format(
      "prior      {} ({}, {})\n"
      "           hash {}, {:.2f} million parameters, {}\n"
      "{}"
      "           memory for this picture: {} to denoise, {} with the gradient\n",
      prior.name, prior.family, prior.preconditioning, prior.hash,
      static_cast<double>(prior.parameters) / 1e6, work_text(prior), training_text(prior),
      byte_size(info.forecast.denoise), byte_size(info.forecast.vjp));
}

std::string task_text(const Info& info) {
  const Forecast& f = info.forecast;
  return fmt::format(
      "task       {}\n"
      "           restored {}, measurement {}\n"
      "           operator norm {:.4g}, noise floor {}\n",
      info.task, extent(f.picture), extent(f.measurement), f.norm, both_scales(f.noise_floor));
}

std::string machine_text(const Machine& machine) {
  return fmt::format("machine    {}, {} core{}, {} of memory, {} available\n", machine.processor,
                     machine.cores, machine.cores == 1 ? "" : "s", byte_size(machine.memory),
                     byte_size(machine.available));
}

std::string forecast_text(const Info& info) {
  const Forecast& f = info.forecast;
  return fmt::format(
      "forecast   {}: {} denoiser evaluations, {} gradients\n"
      "           peak memory of `modeseek restore`: {}\n",
      info.solver, f.evaluations.first, f.evaluations.second, byte_size(f.peak));
}

}  // namespace

std::string info_text(const Info& info) {
  return "modeseek   " + version() + "\n           built with " + built_with() + "\n" +
         prior_text(info) + task_text(info) + forecast_text(info) + machine_text(info.machine);
}

nlohmann::ordered_json info_json(const Info& info) {
  const PriorInfo& prior = info.prior;
  const Forecast& f = info.forecast;
  return {{"version", version()},
          {"built_with", built_with()},
          {"prior",
           {{"name", prior.name},
            {"family", prior.family},
            {"preconditioning", prior.preconditioning},
            {"hash", prior.hash},
            {"parameters", prior.parameters},
            {"multiply_adds_per_pixel", prior.multiply_adds_per_pixel},
            {"resolution", prior.resolution},
            {"classes", prior.classes},
            {"notes", prior.notes},
            {"memory_denoise", f.denoise},
            {"memory_vjp", f.vjp}}},
          {"task",
           {{"text", info.task},
            {"restored_shape", shape_json(f.picture)},
            {"measurement_shape", shape_json(f.measurement)},
            {"operator_norm", f.norm},
            {"noise_floor", {{"unit", f.noise_floor / 2}, {"symmetric", f.noise_floor}}}}},
          {"forecast",
           {{"solver", info.solver},
            {"denoiser_evaluations", f.evaluations.first},
            {"vjp_evaluations", f.evaluations.second},
            {"peak_memory", f.peak}}},
          {"machine",
           {{"processor", info.machine.processor},
            {"cores", info.machine.cores},
            {"memory", info.machine.memory},
            {"available_memory", info.machine.available}}}};
}

}  // namespace modeseek::report
