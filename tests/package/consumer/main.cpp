// Restores a two-dimensional point under a Gaussian prior with the installed library: the answer of
// y = x + n with prior N(0, I) and noise 1 is y / 2.
#include <cmath>
#include <modeseek/prior.hpp>
#include <modeseek/solver.hpp>
#include <modeseek/task.hpp>

int main() {
  const auto prior = modeseek::make_gaussian_prior({0, 0}, {1, 0, 0, 1});
  const auto op = modeseek::Task::parse("denoise").build({1, 1, 1, 2});
  const modeseek::Tensor y(modeseek::Shape{1, 1, 1, 2}, 1.0F);
  modeseek::VmlMapOptions options;
  options.renoise = 0;
  options.inner_steps = 40;
  options.sigma_max = 2;
  options.sigma_min =
      0.5;  // the last level must still be able to move: its steps shrink like its square
  const auto result = modeseek::make_vml_map(options)->solve(*prior, *op, y, 1.0F, {});
  return std::fabs(result.image(0, 0, 0, 0) - 0.5F) < 1e-3F ? 0 : 1;
}
