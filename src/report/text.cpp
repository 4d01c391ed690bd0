#include "report/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <system_error>

#include "modeseek/error.hpp"

namespace modeseek::report {
namespace {

/// Characters of a UTF-8 text: bytes that do not continue one.
std::size_t width(const std::string& text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U;
  }));
}

std::string cell(const std::string& text, std::size_t columns, bool left) {
  const std::string padding(columns - width(text), ' ');
  return left ? text + padding : padding + text;
}

std::string without_trailing_spaces(std::string line) {
  line.erase(line.find_last_not_of(' ') + 1);
  return line;
}

}  // namespace

std::string duration(double seconds) {
  if (!(seconds >= 0)) return "?";
  if (seconds < 9.95) return fmt::format("{:.1f} s", seconds);
  const auto whole = static_cast<long long>(std::llround(std::min(seconds, 1e12)));
  if (whole < 60) return fmt::format("{} s", whole);
  if (whole < 3600) return fmt::format("{}:{:02}", whole / 60, whole % 60);
  return fmt::format("{}:{:02}:{:02}", whole / 3600, whole / 60 % 60, whole % 60);
}

std::string byte_size(std::uint64_t bytes) {
  const double mebibytes = static_cast<double>(bytes) / (1 << 20);
  if (mebibytes < 1024) return fmt::format("{:.0f} MiB", mebibytes);
  return fmt::format("{:.2f} GiB", mebibytes / 1024);
}

std::string decibel(double value) {
  if (std::isnan(value)) return "-";
  if (std::isinf(value)) return value > 0 ? "inf" : "-inf";
  return fmt::format("{:.2f}", value);
}

std::string both_scales(double level) {
  return fmt::format("{:.4g} on [0,1] ({:.4g} on [-1,1])", level / 2, level);
}

std::string both_scales(const std::string& levels) {
  std::string doubled;
  for (std::size_t start = 0; start <= levels.size();) {
    const std::size_t end = std::min(levels.find(" or ", start), levels.size());
    double level = 0;
    const char* last = levels.data() + end;
    const auto parsed = std::from_chars(levels.data() + start, last, level);
    if (parsed.ec != std::errc() || parsed.ptr != last) return levels;
    doubled += (start > 0 ? " or " : "") + fmt::format("{}", 2 * level);
    start = end + 4;
  }
  return levels + " on [0,1] (" + doubled + " on [-1,1])";
}

std::string table(const std::vector<std::vector<std::string>>& rows) {
  if (rows.empty()) return {};
  std::vector<std::size_t> columns(rows.front().size(), 0);
  for (const auto& row : rows) {
    if (row.size() != columns.size()) {
      throw InvalidArgument(
          fmt::format("table: a row of {} cells among rows of {}", row.size(), columns.size()));
    }
    for (std::size_t i = 0; i < row.size(); ++i) columns[i] = std::max(columns[i], width(row[i]));
  }
  std::string out;
  for (std::size_t r = 0; r < rows.size(); ++r) {
    std::string line;
    std::string rule;
    for (std::size_t i = 0; i < columns.size(); ++i) {
      const std::string gap = i == 0 ? "" : "  ";
      line += gap + cell(rows[r][i], columns[i], i == 0);
      rule += gap + std::string(columns[i], '-');
    }
    out += without_trailing_spaces(line) + "\n";
    if (r == 0) out += rule + "\n";
  }
  return out;
}

}  // namespace modeseek::report
