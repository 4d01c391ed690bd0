#include "networks/limits.hpp"

#include <fmt/format.h>

#include "modeseek/error.hpp"

namespace modeseek::networks {

std::optional<std::int64_t> checked_label(std::optional<std::int64_t> label, std::int64_t classes) {
  if (!label) return label;
  if (classes == 0) {
    throw InvalidArgument(fmt::format("class {}: the network is not class-conditional", *label));
  }
  if (*label < 0 || *label >= classes) {
    throw InvalidArgument(fmt::format("class: expected 0 to {}, found {}", classes - 1, *label));
  }
  return label;
}

std::int64_t required_label(const NetworkOptions& options, std::int64_t classes) {
  if (!options.class_label) {
    if (options.examine_only) return 0;
    throw InvalidArgument(fmt::format(
        "the network is class-conditional and has no unconditional label: choose a class, 0 to {}",
        classes - 1));
  }
  return *checked_label(options.class_label, classes);
}

}  // namespace modeseek::networks
