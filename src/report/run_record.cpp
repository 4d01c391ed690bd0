#include "report/run_record.hpp"

#include <fmt/format.h>

#include <charconv>
#include <cmath>
#include <string_view>

#include "report/build_info.hpp"

namespace modeseek::report {
namespace {

std::string_view trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(' ');
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(' ') - first + 1);
}

Json value_json(std::string_view text) {
  const char* end = text.data() + text.size();
  long long integer = 0;
  if (const auto r = std::from_chars(text.data(), end, integer);
      r.ec == std::errc() && r.ptr == end)
    return integer;
  double real = 0;
  if (const auto r = std::from_chars(text.data(), end, real);
      r.ec == std::errc() && r.ptr == end && std::isfinite(real))
    return real;
  return std::string(text);
}

/// float32 values with as many digits as they have, not as double shows them.
double short_double(float value) { return std::stod(fmt::format("{}", value)); }

Json noise_json(const NoiseChoice& noise) {
  return {{"unit", short_double(noise.level / 2)},
          {"symmetric", short_double(noise.level)},
          {"source", to_string(noise.source)},
          {"stated_unit", short_double(noise.stated / 2)},
          {"stated_symmetric", short_double(noise.stated)}};
}

Json image_json(const ImageRecord& image) {
  Json json{{"input", image.input}, {"output", image.output}};
  if (image.quality) json.update(quality_json(*image.quality));
  if (image.coverage) json["coverage"] = *image.coverage;
  json["denoiser_evaluations"] = image.denoiser_evaluations;
  json["vjp_evaluations"] = image.vjp_evaluations;
  json["seconds"] = image.seconds;
  json["residual_ratio"] = image.certificate.residual_ratio;
  json["stationarity"] = image.certificate.stationarity;
  json["noise"] = noise_json(image.noise);
  return json;
}

}  // namespace

Json settings_json(const std::string& settings) {
  Json json = Json::object();
  std::string_view rest = settings;
  while (!rest.empty()) {
    const auto comma = rest.find(',');
    const std::string_view item = rest.substr(0, comma);
    rest = comma == std::string_view::npos ? std::string_view() : rest.substr(comma + 1);
    const auto equals = item.find('=');
    if (equals == std::string_view::npos) continue;
    json[std::string(trimmed(item.substr(0, equals)))] =
        value_json(trimmed(item.substr(equals + 1)));
  }
  return json;
}

Json quality_json(const Quality& quality) {
  // The library writes numbers that JSON cannot hold as null.
  return {{"psnr", quality.psnr}, {"ssim", quality.ssim}};
}

Json run_json(const RunRecord& run, const std::vector<ImageRecord>& images) {
  Json json{{"command", run.command},
            {"version", version()},
            {"prior",
             {{"name", run.prior.name},
              {"hash", run.prior.hash},
              {"precision", to_string(run.prior.precision)}}},
            {"solver", run.solver},
            {"settings", settings_json(run.settings)},
            {"task", run.task},
            {"seed", run.seed},
            {"images", Json::array()}};
  for (const ImageRecord& image : images) json["images"].push_back(image_json(image));
  return json;
}

std::map<std::string, std::string> picture_metadata(const RunRecord& run) {
  return {{"Software", "modeseek " + version()},
          {"modeseek:command", run.command},
          {"modeseek:prior", run.prior.name + " " + run.prior.hash},
          {"modeseek:precision", to_string(run.prior.precision)},
          {"modeseek:solver", run.solver},
          {"modeseek:settings", run.settings},
          {"modeseek:task", run.task},
          {"modeseek:seed", std::to_string(run.seed)}};
}

}  // namespace modeseek::report
