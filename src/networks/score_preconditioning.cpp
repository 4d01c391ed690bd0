#include "networks/score_preconditioning.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numbers>
#include <utility>

#include "modeseek/error.hpp"

namespace modeseek::networks {
namespace {

/// Coefficients of a network that predicts the noise in x / sqrt(1 + s^2).
Coefficients epsilon_coefficients(double sigma, double timestep) {
  return {1, -sigma, 1 / std::hypot(1.0, sigma), {static_cast<float>(timestep)}};
}

std::vector<double> log_noise_levels(const std::vector<double>& alpha_bars) {
  std::vector<double> result;
  double previous = 1;
  for (const double alpha_bar : alpha_bars) {
    if (!(alpha_bar > 0 && alpha_bar < previous)) {
      throw InvalidArgument(
          fmt::format("noise schedule: timestep {} does not add noise", result.size()));
    }
    previous = alpha_bar;
    result.push_back(0.5 * std::log((1 - alpha_bar) / alpha_bar));
  }
  return result;
}

/// Real timestep of ln(sigma): linear interpolation in the increasing table.
double interpolate(const std::vector<double>& log_levels, double log_sigma) {
  const auto above = std::upper_bound(log_levels.begin(), log_levels.end(), log_sigma);
  if (above == log_levels.begin()) return 0;
  if (above == log_levels.end()) return static_cast<double>(log_levels.size() - 1);
  const double low = *(above - 1);
  const auto index = static_cast<double>(above - 1 - log_levels.begin());
  return index + (log_sigma - low) / (*above - low);
}

const char* describe(Prediction prediction) {
  switch (prediction) {
    case Prediction::epsilon:
      return "epsilon";
    case Prediction::sample:
      return "sample";
    case Prediction::velocity:
      break;
  }
  return "v";
}

Coefficients discrete_coefficients(Prediction prediction, double sigma, double timestep) {
  Coefficients result = epsilon_coefficients(sigma, timestep);
  if (prediction == Prediction::sample) {
    result.skip = 0;
    result.out = 1;
  }
  if (prediction == Prediction::velocity) {
    // v = alpha eps - std x0 with alpha = in, std = s in (Salimans and Ho 2022), hence
    // x0 = alpha (alpha x) - std v.
    result.skip = result.in * result.in;
    result.out = -sigma * result.in;
  }
  return result;
}

}  // namespace

Preconditioning edm_preconditioning(double sigma_data, NoiseRange range) {
  const auto at = [sigma_data](double sigma) {
    const double total = std::hypot(sigma, sigma_data);
    const double data = sigma_data / total;
    return Coefficients{
        data * data, sigma * data, 1 / total, {static_cast<float>(std::log(sigma) / 4)}};
  };
  return {"edm", at, range};
}

Preconditioning vp_preconditioning(const VpSchedule& schedule, NoiseRange range) {
  const auto at = [schedule](double sigma) {
    // In single precision, as in training: at small s the rounding of 1 + s^2 moves the time in
    // its fourth digit.
    const float total = 1.0F + static_cast<float>(sigma) * static_cast<float>(sigma);
    const double root = std::sqrt(schedule.beta_min * schedule.beta_min +
                                  2 * schedule.beta_d * static_cast<double>(std::log(total)));
    const double time = (root - schedule.beta_min) / schedule.beta_d;
    return epsilon_coefficients(sigma, (schedule.steps - 1) * time);
  };
  return {"vp", at, range};
}

Preconditioning ve_preconditioning(NoiseRange range) {
  const auto at = [](double sigma) {
    return Coefficients{1, sigma, 1, {static_cast<float>(std::log(0.5 * sigma))}};
  };
  return {"ve", at, range};
}

std::vector<float> iddpm_levels(double c1, double c2, std::int64_t steps) {
  const auto alpha_bar = [c2, steps](std::int64_t j) {
    const double angle =
        0.5 * std::numbers::pi * static_cast<double>(j) / static_cast<double>(steps) / (c2 + 1);
    return std::sin(angle) * std::sin(angle);
  };
  std::vector<float> levels(static_cast<std::size_t>(steps) + 1, 0.0F);
  double level = 0;
  for (std::int64_t j = steps; j > 0; --j) {
    const double ratio = std::max(alpha_bar(j - 1) / alpha_bar(j), c1);
    level = std::sqrt((level * level + 1) / ratio - 1);
    levels[static_cast<std::size_t>(j - 1)] = static_cast<float>(level);
  }
  return levels;
}

Preconditioning iddpm_preconditioning(std::vector<float> levels) {
  if (levels.size() < 2) throw InvalidArgument("iDDPM preconditioning: needs at least two levels");
  const NoiseRange range{levels[levels.size() - 2], levels.front()};
  const std::string name =
      fmt::format("iddpm, nearest of {} discrete timesteps", levels.size() - 1);
  const auto at = [levels = std::move(levels)](double sigma) {
    std::size_t nearest = 0;
    double least = std::abs(static_cast<double>(levels[0]) - sigma);
    for (std::size_t j = 1; j < levels.size(); ++j) {
      const double distance = std::abs(static_cast<double>(levels[j]) - sigma);
      if (distance < least) {
        least = distance;
        nearest = j;
      }
    }
    const auto last = static_cast<double>(levels.size()) - 2;
    return epsilon_coefficients(sigma, last - static_cast<double>(nearest));
  };
  return {name, at, range};
}

std::vector<double> linear_betas(double start, double end, std::int64_t steps) {
  std::vector<double> betas(static_cast<std::size_t>(steps));
  const double last = std::max<double>(static_cast<double>(steps) - 1, 1);
  for (std::size_t i = 0; i < betas.size(); ++i) {
    betas[i] = start + (end - start) * static_cast<double>(i) / last;
  }
  return betas;
}

std::vector<double> scaled_linear_betas(double start, double end, std::int64_t steps) {
  std::vector<double> betas = linear_betas(std::sqrt(start), std::sqrt(end), steps);
  for (double& beta : betas) beta *= beta;
  return betas;
}

std::vector<double> cosine_betas(std::int64_t steps) {
  const auto alpha_bar = [steps](std::int64_t i) {
    const double time = static_cast<double>(i) / static_cast<double>(steps);
    const double cosine = std::cos((time + 0.008) / 1.008 * std::numbers::pi / 2);
    return cosine * cosine;
  };
  std::vector<double> betas;
  for (std::int64_t i = 0; i < steps; ++i) {
    betas.push_back(std::min(1 - alpha_bar(i + 1) / alpha_bar(i), 0.999));
  }
  return betas;
}

std::vector<double> alpha_bars(const std::vector<double>& betas) {
  std::vector<double> result;
  double product = 1;
  for (const double beta : betas) {
    if (!(beta > 0 && beta < 1)) {
      throw InvalidArgument(fmt::format("noise schedule: beta {:g} is not between 0 and 1", beta));
    }
    product *= 1 - beta;
    result.push_back(product);
  }
  return result;
}

Preconditioning discrete_preconditioning(const DiscreteSchedule& schedule, Prediction prediction) {
  std::vector<double> levels = log_noise_levels(schedule.alpha_bars);
  if (levels.empty()) throw InvalidArgument("noise schedule: has no timesteps");
  const NoiseRange range{static_cast<float>(std::exp(levels.front())),
                         static_cast<float>(std::exp(levels.back()))};
  const std::string name =
      fmt::format("{} prediction, {} schedule of {} timesteps, interpolated in log sigma",
                  describe(prediction), schedule.name, levels.size());
  const auto at = [levels = std::move(levels), factor = schedule.timestep_factor,
                   prediction](double sigma) {
    const double timestep = factor * interpolate(levels, std::log(sigma));
    return discrete_coefficients(prediction, sigma, timestep);
  };
  return {name, at, range};
}

}  // namespace modeseek::networks
