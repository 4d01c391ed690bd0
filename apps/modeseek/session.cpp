#include "session.hpp"

#include <unistd.h>

#include <algorithm>
#include <cstdio>

#include "core/atomic_file.hpp"
#include "interrupt.hpp"
#include "modeseek/error.hpp"
#include "restoration/paths.hpp"

namespace modeseek::app {
namespace {

bool plain(char c) {
  const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
  return letter || std::string("-_./=:,+@%").find(c) != std::string::npos;
}

std::string quoted(const std::string& argument) {
  if (!argument.empty() && std::all_of(argument.begin(), argument.end(), plain)) return argument;
  std::string out = "'";
  for (const char c : argument) out += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return out + "'";
}

}  // namespace

std::string quoted_command_line(int argc, const char* const* argv) {
  std::string line = "modeseek";
  for (int i = 1; i < argc; ++i) line += " " + quoted(argv[i]);
  return line;
}

void note(const std::string& text) { std::fprintf(stderr, "%s\n", text.c_str()); }

bool on_terminal() { return isatty(STDERR_FILENO) != 0; }

void write_to_terminal(const std::string& text) {
  std::fputs(text.c_str(), stderr);
  std::fflush(stderr);
}

void print(const std::string& text) {
  const bool written = std::fwrite(text.data(), 1, text.size(), stdout) == text.size();
  if (!written || std::fflush(stdout) != 0) throw FileError("standard output", "cannot write");
}

void write_json(const std::string& path, const nlohmann::ordered_json& json) {
  // File names need not be UTF-8; JSON must be.
  const std::string text =
      json.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n";
  if (path == "-") {
    print(text);
  } else {
    uninterrupted([&] { write_file_atomically(path, text); });
  }
}

void require_json_target(const std::string& path) {
  if (path != "-") uninterrupted([&] { require_writable(path); });
}

}  // namespace modeseek::app
