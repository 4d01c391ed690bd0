#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "modeseek/prior.hpp"
#include "restoration/forecast.hpp"
#include "restoration/machine.hpp"

namespace modeseek::report {

/// What `modeseek info` tells.
struct Info {
  PriorInfo prior;
  std::string task;
  std::string solver;
  Machine machine;
  Forecast forecast;
};

/// For people.
std::string info_text(const Info& info);

/// For programs; memory in bytes.
nlohmann::ordered_json info_json(const Info& info);

}  // namespace modeseek::report
