#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "modeseek/operator.hpp"
#include "modeseek/solver.hpp"

namespace modeseek {

/// One setting of a solver, for help and records.
struct SolverSetting {
  std::string name;      ///< "zeta"
  std::string standard;  ///< its default, in words where it follows the measurement
  std::string meaning;
};

/// A restoration method by name.
struct SolverEntry {
  std::string name;    ///< "dps"
  std::string source;  ///< authors, title, year
  std::string needs;   ///< which operators it treats: "any", "linear", "linear, singular values"
  std::string cost;    ///< network evaluations with the defaults, in words
  std::vector<SolverSetting> settings;
};

/// Every solver, in the order of display; the first is this project's own.
const std::vector<SolverEntry>& solver_registry();

/// A solver and the settings that differ from its defaults, as text: `dps`,
/// `dps(zeta=0.3,steps=100)`, `vml-map(direction=vjp)`.
struct SolverSpec {
  std::string name = "vml-map";
  std::map<std::string, std::string> settings;

  /// Throws ParseError that points at the offending character: unknown solver or setting, a
  /// setting given twice, or text that does not follow the grammar. Blanks around names and values
  /// are ignored.
  static SolverSpec parse(std::string_view text);
  /// The canonical text, settings in alphabetical order; parse(text()) gives an equal spec.
  std::string text() const;

  bool operator==(const SolverSpec&) const = default;
};

/// The solver of a spec. What the spec does not say follows the method's published settings for
/// this kind of operator and, for vml-map, the noise level (on [-1, 1]). Throws InvalidArgument for
/// an unknown solver or setting or a value out of range, NotApplicable when the method cannot treat
/// this operator. The solver is meant for operators of this kind; it keeps no reference to `op`.
std::unique_ptr<Solver> make_solver(const SolverSpec& spec, const Operator& op, float noise);

/// Throws InvalidArgument as make_solver does for a spec that no operator could satisfy: unknown
/// names, values out of range.
void check_solver(const SolverSpec& spec);

/// How much work VML-MAP does: 16, 32 or 96 evaluations; for measurements that are not linear half
/// of 48 or 50, all of them, or three times as many.
enum class Quality { fast, balanced, best };

/// VML-MAP for this kind of measurement and this noise level (on [-1, 1]). Linear measurements:
/// posterior renoising with one evaluation at each level. Up to 0.01, as good as noise-free: 32
/// levels (fast 16, best 96) from 2 to 0.01 (from 10 for large holes, which have a pixel 5 or more
/// away from everything known). Above: levels from 10 and more evaluations at the last one,
/// averaged: 24 and 8 (fast 12 and 4, best 72 and 24) for missing pixels and denoising, 16 and 16
/// (8 and 8, 48 and 48) for everything else. The last level is half the noise in units of a
/// normalised measurement, noise / |H|, for missing entries other than large holes and for
/// denoising all of it, between 0.01 and 0.8. Other measurements: descent, 10 levels with 4 steps
/// of size 0.4 or, noise-free, 8 with 5 full steps (fast: half as many levels, best: three times as
/// many). The study is in docs/solvers.md.
VmlMapOptions vml_map_settings(const Operator& op, float noise,
                               Quality quality = Quality::balanced);

/// DiffPIR with the settings its authors use for this kind of operator: inpainting (missing
/// entries), super-resolution (far fewer rows measured), deblurring (everything else).
DiffPirOptions diffpir_settings(const Operator& op);

}  // namespace modeseek
