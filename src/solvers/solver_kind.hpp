#pragma once

#include <memory>

#include "modeseek/solver_registry.hpp"
#include "solvers/settings_reader.hpp"

namespace modeseek {

/// A line of the registry: what is shown of a solver, and how it is made. `make` reads every
/// setting that `entry` lists, fills in what follows from the operator and the noise level, and
/// throws as make_solver does.
struct SolverKind {
  SolverEntry entry;
  std::unique_ptr<Solver> (*make)(SettingsReader& settings, const Operator& op, float noise);
};

SolverKind vml_map_kind();
SolverKind ddrm_kind();
SolverKind ddnm_kind();
SolverKind ddnm_plus_kind();
SolverKind pigdm_kind();
SolverKind dps_kind();
SolverKind diffpir_kind();
SolverKind daps_kind();
SolverKind red_diff_kind();
SolverKind tmpd_kind();
SolverKind map_ga_kind();

}  // namespace modeseek
