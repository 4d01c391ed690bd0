#pragma once

#include <stdexcept>
#include <string>

namespace modeseek::app {

/// Ends the program with its own exit code: the command ran, and its answer is "no".
class ExitStatus : public std::runtime_error {
 public:
  ExitStatus(int code, const std::string& message) : std::runtime_error(message), code_(code) {}
  int code() const noexcept { return code_; }

 private:
  int code_;
};

}  // namespace modeseek::app
