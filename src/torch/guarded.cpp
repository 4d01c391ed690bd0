#include "torch/guarded.hpp"

#include <algorithm>
#include <cstdlib>
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

std::uint64_t requested_bytes(const std::string& message) {
  constexpr std::string_view announcement = "ried to allocate ";  // with or without a capital
  const std::size_t found = message.find(announcement);
  if (found == std::string::npos) return 0;
  char* unit = nullptr;
  const double number = std::strtod(message.c_str() + found + announcement.size(), &unit);
  const std::string_view rest = unit;
  int shift = 0;
  if (rest.starts_with(" KiB")) shift = 10;
  if (rest.starts_with(" MiB")) shift = 20;
  if (rest.starts_with(" GiB")) shift = 30;
  const double bytes = number * static_cast<double>(std::int64_t{1} << shift);
  constexpr double most = 1e18;
  return bytes > 0 && bytes < most ? static_cast<std::uint64_t>(bytes) : 0;
}

}  // namespace modeseek::torch_priors
