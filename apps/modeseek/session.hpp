#pragma once

#include <nlohmann/json.hpp>
#include <string>

namespace modeseek::app {

/// What every command knows about how the program was called.
struct Session {
  std::string command_line;  ///< quoted so that a shell reads it back
  bool all_help = false;     ///< --help-all: show the options for experts too
};

/// The arguments as a shell would want them.
std::string quoted_command_line(int argc, const char* const* argv);

/// One line on standard error.
void note(const std::string& text);

/// True when standard error is a terminal, so that a progress bar makes sense there.
bool on_terminal();
/// Raw text for the terminal, nothing added.
void write_to_terminal(const std::string& text);

/// Text on standard output. Throws FileError when it cannot be written.
void print(const std::string& text);

/// Indented JSON into a file, or on standard output for "-". Throws FileError.
void write_json(const std::string& path, const nlohmann::ordered_json& json);

/// Throws FileError unless write_json can write there.
void require_json_target(const std::string& path);

}  // namespace modeseek::app
