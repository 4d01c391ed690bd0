#include "report/file_bytes.hpp"

#include <fstream>
#include <iterator>
#include <span>

#include "modeseek/error.hpp"

namespace modeseek::report {

std::vector<std::byte> read_bytes(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  if (!file.good() && !file.eof()) throw FileError(path, "cannot read");
  const auto bytes = std::as_bytes(std::span(text.data(), text.size()));
  return {bytes.begin(), bytes.end()};
}

}  // namespace modeseek::report
