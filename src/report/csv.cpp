#include "report/csv.hpp"

#include <fmt/format.h>

#include <cmath>

namespace modeseek::report {
namespace {

std::string field_text(const std::string& text) {
  if (text.find_first_of(",\"\r\n") == std::string::npos) return text;
  std::string out = "\"";
  for (const char c : text) out += c == '"' ? std::string("\"\"") : std::string(1, c);
  return out + "\"";
}

}  // namespace

std::string csv_line(const std::vector<std::string>& fields) {
  std::string line;
  for (std::size_t i = 0; i < fields.size(); ++i) {
    if (i > 0) line += ',';
    line += field_text(fields[i]);
  }
  return line + "\n";
}

std::string csv_number(double value, int digits) {
  if (std::isnan(value)) return {};
  return fmt::format("{:.{}g}", value, digits);
}

}  // namespace modeseek::report
