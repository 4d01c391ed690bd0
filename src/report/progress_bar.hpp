#pragma once

#include <chrono>
#include <functional>
#include <string>

#include "modeseek/solver.hpp"

namespace modeseek::report {

/// One line of progress: label, bar, share done, noise level where there is one, time left.
/// `elapsed` is in seconds.
std::string progress_line(const std::string& label, const Progress& progress, double elapsed);

/// Draws progress_line in place (carriage return, no newline), at most ten times a second, through
/// `write`, which receives text for a terminal. The destructor wipes the line.
class ProgressBar {
 public:
  using Write = std::function<void(const std::string&)>;

  ProgressBar(std::string label, Write write);
  ~ProgressBar();
  ProgressBar(const ProgressBar&) = delete;
  ProgressBar& operator=(const ProgressBar&) = delete;

  void update(const Progress& progress);

 private:
  using Clock = std::chrono::steady_clock;

  std::string label_;
  Write write_;
  Clock::time_point start_ = Clock::now();
  Clock::time_point drawn_{};
  bool visible_ = false;
};

}  // namespace modeseek::report
