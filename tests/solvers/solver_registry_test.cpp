#include "modeseek/solver_registry.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <set>
#include <string>
#include <tuple>

#include "modeseek/error.hpp"
#include "modeseek/task.hpp"
#include "solvers/matrix_operator.hpp"
#include "solvers/peer_problem.hpp"
#include "solvers/refusal.hpp"

namespace modeseek {
namespace {

using namespace testing_support;

/// y = x^3, entry by entry.
class Cube final : public Operator {
 public:
  Cube() : Operator({1, 1, 1, 4}, {1, 1, 1, 4}) {}
  std::unique_ptr<Operator> linearize(const Tensor& x) const override {
    std::vector<double> matrix(16, 0.0);
    for (std::size_t i = 0; i < 4; ++i) {
      matrix[5 * i] = 3 * std::pow(static_cast<double>(x.values()[i]), 2);
    }
    return std::make_unique<MatrixOperator>(std::move(matrix), 4, 4);
  }

 protected:
  Tensor do_apply(const Tensor& x) const override {
    Tensor y(x);
    for (float& value : y.values()) value = value * value * value;
    return y;
  }
  Tensor do_adjoint(const Tensor& y) const override { return y; }
};

TEST(SolverRegistry, NamesAreUniqueAndEntriesComplete) {
  std::set<std::string> names;
  for (const SolverEntry& entry : solver_registry()) {
    EXPECT_TRUE(names.insert(entry.name).second) << entry.name;
    EXPECT_FALSE(entry.source.empty() || entry.needs.empty() || entry.cost.empty());
    for (const SolverSetting& setting : entry.settings) {
      EXPECT_FALSE(setting.name.empty() || setting.standard.empty() || setting.meaning.empty())
          << entry.name;
    }
  }
  EXPECT_EQ(solver_registry().front().name, "vml-map");
  for (const char* name :
       {"ddrm", "ddnm", "ddnm+", "pigdm", "dps", "diffpir", "daps", "red-diff", "tmpd", "map-ga"}) {
    EXPECT_TRUE(names.contains(name)) << name;
  }
}

/// The names in "steps=20, eta=0.85".
std::set<std::string> recorded(const Solver& solver) {
  std::set<std::string> names;
  const std::string record = solver.settings();
  for (std::size_t start = 0; start < record.size();) {
    const std::size_t equals = record.find('=', start);
    names.insert(record.substr(start, equals - start));
    start = std::min(record.find(", ", equals), record.size() - 2) + 2;
  }
  return names;
}

// What a solver says it takes is what it reads: every listed setting is in the record of a run, for
// VML-MAP in that of one of its schemes; its quality is there as the numbers that it stands for.
TEST(SolverRegistry, ListedSettingsAreTheOnesRead) {
  const PeerProblem problem = peer_problem(0.1F);
  for (const SolverEntry& entry : solver_registry()) {
    const auto solver = make_solver({entry.name, {}}, *problem.op, 0.1F);
    EXPECT_EQ(solver->name(), entry.name);
    std::set<std::string> read = recorded(*solver);
    if (entry.name == "vml-map") {
      read.insert("quality");
      read.merge(recorded(*make_solver({entry.name, {{"scheme", "descent"}}}, *problem.op, 0.1F)));
    }
    std::set<std::string> listed;
    for (const SolverSetting& setting : entry.settings) listed.insert(setting.name);
    EXPECT_EQ(read, listed) << entry.name;
    // Nothing but its own settings, and no senseless value of any of them.
    EXPECT_THROW(make_solver({entry.name, {{"colour", "1"}}}, *problem.op, 0.1F), InvalidArgument);
    for (const SolverSetting& setting : entry.settings) {
      EXPECT_THROW(check_solver({entry.name, {{setting.name, "-7"}}}), InvalidArgument)
          << entry.name << ": " << setting.name;
      EXPECT_THROW(check_solver({entry.name, {{setting.name, "1 apple"}}}), InvalidArgument);
    }
    EXPECT_NO_THROW(check_solver({entry.name, {{"steps", "3"}}}));
  }
}

TEST(SolverSpec, ReadsAndWritesItsText) {
  const SolverSpec spec = SolverSpec::parse(" dps( zeta = 0.3 ,steps=100 ) ");
  EXPECT_EQ(spec.name, "dps");
  EXPECT_EQ(spec.settings.at("zeta"), "0.3");
  EXPECT_EQ(spec.text(), "dps(steps=100,zeta=0.3)");
  EXPECT_EQ(SolverSpec::parse(spec.text()), spec);
  EXPECT_EQ(SolverSpec::parse("ddnm+").text(), "ddnm+");
  const PeerProblem problem = peer_problem(0.1F);
  const auto solver = make_solver(spec, *problem.op, 0.1F);
  EXPECT_EQ(solver->expected_evaluations(), std::pair(100, 100));
  EXPECT_NE(solver->settings().find("zeta=0.3"), std::string::npos);
}

TEST(SolverSpec, PointsAtWhatIsWrong) {
  const auto refused = [](const char* text) {
    return refusal<ParseError>([&] { SolverSpec::parse(text); });
  };
  EXPECT_NE(refused("dsp").find("unknown solver 'dsp' (known: vml-map, ddrm"), std::string::npos);
  EXPECT_NE(refused("dsp").find("at character 1 of 'dsp'"), std::string::npos);
  EXPECT_NE(refused("").find("unknown solver ''"), std::string::npos);
  EXPECT_NE(refused("dps(eta=1)").find("'eta' is no setting of dps"), std::string::npos);
  EXPECT_NE(refused("dps(eta=1)").find("at character 5"), std::string::npos);
  EXPECT_NE(refused("dps(zeta)").find("expected '=' at character 9"), std::string::npos);
  EXPECT_NE(refused("dps(zeta=)").find("expected a value for 'zeta' at character 10"),
            std::string::npos);
  EXPECT_NE(refused("dps(zeta=1").find("expected ')' at character 11"), std::string::npos);
  EXPECT_NE(refused("dps(zeta=1)x").find("unexpected text at character 12"), std::string::npos);
  EXPECT_NE(refused("dps(zeta=1,zeta=2)").find("'zeta' is given twice at character 12"),
            std::string::npos);
  EXPECT_NE(refused("dps(").find("'' is no setting"), std::string::npos);
}

TEST(SolverRegistry, ValuesOutOfRangeAreNamed) {
  const auto refused = [](const char* text) {
    return refusal<InvalidArgument>([&] { check_solver(SolverSpec::parse(text)); });
  };
  EXPECT_EQ(refused("ddrm(eta=1.5)"), "eta: expected a number from 0 to 1, found 1.5");
  EXPECT_EQ(refused("dps(zeta=0)"), "zeta: expected a positive number, found 0");
  EXPECT_EQ(refused("dps(zeta=nan)"), "zeta: expected a positive number, found nan");
  EXPECT_EQ(refused("dps(steps=1.5)"),
            "steps: expected a whole number from 1 to 100000, found 1.5");
  EXPECT_EQ(refused("pigdm(spacing=cosine)"), "spacing: expected vp or karras, found cosine");
  EXPECT_NE(refused("pigdm(sigma_max=0.001)").find("sigma_min <= sigma_max"), std::string::npos);
  EXPECT_EQ(refused("daps(steps=100000,ode_steps=1000,sigma_max=1)"), "accepted");
  EXPECT_EQ(refused("vml-map(sigma_max=0.5)"), "accepted");
  EXPECT_EQ(refused("vml-map(sigma_max=0.005)"), "accepted");
  EXPECT_EQ(refused("map-ga(prior=no)"), "accepted");
  EXPECT_NE(refused("map-ga(steps=100000,inner_steps=100000)").find("more than can be counted"),
            std::string::npos);
  EXPECT_THROW(make_solver({"vml", {}}, Cube(), 0.1F), InvalidArgument);
}

TEST(SolverRegistry, SaysWhereAMethodDoesNotApply) {
  const MatrixOperator plain = random_measurements(1, 3, 6);  // linear, no spectral form
  const auto refused = [](const char* name, const Operator& op) {
    try {
      make_solver({name, {}}, op, 0.1F);
    } catch (const NotApplicable& error) {
      return error.reason();
    }
    return std::string("applicable");
  };
  for (const char* name : {"ddrm", "ddnm", "ddnm+"}) {
    EXPECT_EQ(refused(name, plain), "it needs singular values, which this operator does not offer");
  }
  for (const char* name : {"pigdm", "dps", "diffpir", "daps", "red-diff", "tmpd", "map-ga"}) {
    EXPECT_EQ(refused(name, plain), "applicable") << name;
  }
  const Cube cube;
  for (const char* name : {"ddrm", "ddnm", "ddnm+", "pigdm", "diffpir", "tmpd", "map-ga"}) {
    EXPECT_EQ(refused(name, cube), "it needs a linear measurement, this one is not") << name;
  }
  // The others use its derivative: from a draw of the prior the residual falls.
  const auto prior = make_mixture_prior({{1.0, std::vector<double>(4, 0.5), 0.04}});
  const Tensor y(cube.range(), 0.2F);
  const double before = norm(cube.apply(Tensor(cube.domain(), 0.5F)) - y);
  for (const char* text : {"dps(steps=300,zeta=0.2)", "daps(steps=30)", "red-diff(steps=100)"}) {
    const auto solver = make_solver(SolverSpec::parse(text), cube, 0.01F);
    const Result result = solver->solve(*prior, cube, y, 0.01F, {});
    EXPECT_LT(norm(cube.apply(result.image) - y), 0.6 * before) << text;
  }
}

// The kinds of task by which the authors choose.
TEST(SolverRegistry, DefaultsFollowTheMeasurement) {
  const Shape image{1, 1, 8, 8};
  const auto settings = [](const char* name, const Operator& op) {
    return make_solver({name, {}}, op, 0.1F)->settings();
  };
  Tensor keep({1, 1, 8, 8}, 1.0F);
  keep.values()[5] = 0;
  EXPECT_NE(settings("dps", *make_mask(image, keep)).find("zeta=0.5"), std::string::npos);
  EXPECT_NE(settings("dps", *make_block_mean(image, 2)).find("zeta=0.3"), std::string::npos);
  EXPECT_NE(settings("diffpir", *make_mask(image, keep)).find("lambda=1, zeta=1"),
            std::string::npos);
  EXPECT_NE(settings("diffpir", *make_block_mean(image, 2)).find("lambda=8, zeta=0.25"),
            std::string::npos);
  EXPECT_NE(settings("diffpir", *make_identity(image)).find("lambda=7, zeta=0.3"),
            std::string::npos);
  const auto noisy = make_solver({}, *make_identity(image), 0.1F);
  EXPECT_NE(noisy->settings().find("steps=24, averaged=8, renoise=0, "), std::string::npos);
  const auto clean = make_solver({}, *make_identity(image), 0.001F);
  EXPECT_NE(clean->settings().find("steps=32, averaged=0, renoise=0, "), std::string::npos);
  EXPECT_NE(noisy->settings().find("sigma_min=0.1"), std::string::npos);
  EXPECT_NE(clean->settings().find("sigma_min=0.01"), std::string::npos);
}

TEST(SolverRegistry, VmlMapTellsScatteredPixelsFromLargeHoles) {
  const Shape image{1, 1, 16, 16};
  Tensor scattered(image, 1.0F);
  for (std::size_t i = 0; i < 256; i += 2) scattered.values()[i] = 0;
  Tensor hole(image, 1.0F);
  for (std::size_t row = 3; row < 13; ++row) {
    for (std::size_t column = 3; column < 13; ++column) hole.values()[row * 16 + column] = 0;
  }
  EXPECT_EQ(vml_map_settings(*make_mask(image, scattered), 0.001F).renoise, 0.3F);
  EXPECT_EQ(vml_map_settings(*make_mask(image, scattered), 0.1F).sigma_min, 0.1F);
  EXPECT_EQ(vml_map_settings(*make_mask(image, hole), 0.001F).renoise, 1.0F);
  EXPECT_EQ(vml_map_settings(*make_mask(image, hole), 0.1F).sigma_min, 0.05F);
  // A grey picture under a colour prior: its holes are holes all the same, and where its pixels are
  // known their colours are missing.
  EXPECT_EQ(vml_map_settings(*grey_view(make_mask(image, hole)), 0.001F).renoise, 1.0F);
  EXPECT_EQ(vml_map_settings(*grey_view(make_mask(image, hole)), 0.1F).averaged, 8);
  EXPECT_EQ(vml_map_settings(*grey_view(make_mask(image, scattered)), 0.001F).renoise, 0.3F);
  EXPECT_EQ(vml_map_settings(*grey_view(make_mask(image, scattered)), 0.1F).averaged, 16);
  // Gaps between the measured frequencies of two channels are no holes in them.
  const auto no_file = [](const std::string&) { return Tensor(); };
  const auto mri = Task::parse("mri(8)").build({1, 2, 32, 32}, no_file);
  EXPECT_EQ(mri->range(), mri->domain());
  EXPECT_EQ(vml_map_settings(*mri, 0.001F).renoise, 0.3F);
  const auto descent =
      make_solver(SolverSpec::parse("vml-map(scheme=descent)"), *make_mask(image, hole), 0.001F);
  EXPECT_NE(descent->settings().find("steps=16, inner_steps=2"), std::string::npos);
}

TEST(SolverRegistry, VmlMapAveragesMoreWhereNoiseMixesWithWhatIsLost) {
  const Shape image{1, 1, 8, 8};
  const auto blocks = make_block_mean(image, 2);
  const auto found = [&](float noise, Quality quality) {
    const VmlMapOptions options = vml_map_settings(*blocks, noise, quality);
    return std::tuple(options.steps, options.averaged, options.spacing_knee);
  };
  EXPECT_EQ(found(0.1F, Quality::fast), std::tuple(8, 8, 4.0F));
  EXPECT_EQ(found(0.1F, Quality::balanced), std::tuple(16, 16, 4.0F));
  EXPECT_EQ(found(0.1F, Quality::best), std::tuple(48, 48, 4.0F));
  EXPECT_EQ(found(0.001F, Quality::balanced), std::tuple(32, 0, 0.0F));
}

TEST(SolverRegistry, VmlMapsSchemeFollowsTheMeasurementAndTheSettings) {
  const Shape image{1, 1, 8, 8};
  const auto blocks = make_block_mean(image, 2);
  const auto settings = [](const char* text, const Operator& op) {
    return make_solver(SolverSpec::parse(text), op, 0.1F)->settings();
  };
  EXPECT_EQ(settings("vml-map", *blocks).rfind("scheme=posterior", 0), 0U);
  EXPECT_EQ(settings("vml-map", Cube()).rfind("scheme=descent", 0), 0U);
  EXPECT_EQ(settings("vml-map(direction=vjp)", *blocks).rfind("scheme=descent", 0), 0U);
  EXPECT_EQ(settings("vml-map(scheme=posterior)", Cube()).rfind("scheme=posterior", 0), 0U);
  const auto refused = [&](const char* text) {
    return refusal<InvalidArgument>([&] { settings(text, *blocks); });
  };
  EXPECT_EQ(refused("vml-map(scheme=posterior,inner_steps=2)"),
            "inner_steps: expected nothing unless scheme=descent, found 2");
  EXPECT_EQ(refused("vml-map(scheme=descent,averaged=2)"),
            "averaged: expected nothing unless scheme=posterior, found 2");
}

TEST(SolverRegistry, QualityIsTheNumberOfEvaluations) {
  const Shape image{1, 1, 8, 8};
  const auto evaluations = [&](const char* text, float noise) {
    return make_solver(SolverSpec::parse(text), *make_block_mean(image, 2), noise)
        ->expected_evaluations()
        .first;
  };
  for (const float noise : {0.001F, 0.1F}) {
    EXPECT_EQ(evaluations("vml-map(quality=fast)", noise), 16);
    EXPECT_EQ(evaluations("vml-map", noise), 32);
    EXPECT_EQ(evaluations("vml-map(quality=best)", noise), 96);
  }
  EXPECT_EQ(evaluations("vml-map(scheme=descent,quality=fast)", 0.1F), 25);
  EXPECT_EQ(evaluations("vml-map(scheme=descent,quality=best)", 0.1F), 150);
}

// A linear step per level by the derivative also works for measurements that are not linear.
TEST(SolverRegistry, ThePosteriorSchemeTakesNonLinearMeasurements) {
  const auto prior = make_mixture_prior({{1.0, std::vector<double>(4, 0.5), 0.04}});
  const Cube cube;
  const Tensor y(cube.range(), 0.2F);
  const auto solver = make_solver(SolverSpec::parse("vml-map(scheme=posterior)"), cube, 0.01F);
  const Result result = solver->solve(*prior, cube, y, 0.01F, {});
  EXPECT_LT(norm(cube.apply(result.image) - y), 0.1 * norm(y));
}

}  // namespace
}  // namespace modeseek
