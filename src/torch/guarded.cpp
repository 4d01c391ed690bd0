#include "torch/guarded.hpp"

#include <string_view>

#include "checkpoints/messages.hpp"

namespace modeseek::torch_priors {
namespace {

bool names_an_error(std::string_view line) {
  return line.find("Error: ") != std::string_view::npos ||
         line.find("Exception: ") != std::string_view::npos;
}

}  // namespace

std::string essential_line(const std::string& message) {
  std::string_view rest = message;
  std::string_view first;
  std::string_view last_error;
  while (!rest.empty()) {
    const std::string_view line = rest.substr(0, rest.find('\n'));
    if (first.empty()) first = line;
    if (names_an_error(line)) last_error = line;
    rest.remove_prefix(std::min(rest.size(), line.size() + 1));
  }
  return checkpoints::in_quotes(last_error.empty() ? first : last_error);
}

}  // namespace modeseek::torch_priors
