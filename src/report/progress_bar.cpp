#include "report/progress_bar.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "report/text.hpp"

namespace modeseek::report {
namespace {

constexpr int kCells = 24;
constexpr auto kInterval = std::chrono::milliseconds(100);
constexpr const char* kWipe = "\r\033[K";

}  // namespace

std::string progress_line(const std::string& label, const Progress& progress, double elapsed) {
  const double share =
      progress.total > 0 ? std::clamp(progress.done / double(progress.total), 0.0, 1.0) : 0.0;
  const int filled = static_cast<int>(share * kCells);
  const std::string left =
      share > 0 ? duration(elapsed * (1 - share) / share) + " left" : std::string("starting");
  const std::string level =
      progress.sigma > 0 ? fmt::format("noise level {:.3g}  ", progress.sigma) : std::string();
  return fmt::format(
      "{} [{}{}] {:3.0f} %  {}{}", label, std::string(static_cast<std::size_t>(filled), '#'),
      std::string(static_cast<std::size_t>(kCells - filled), '.'), 100 * share, level, left);
}

ProgressBar::ProgressBar(std::string label, Write write)
    : label_(std::move(label)), write_(std::move(write)) {}

ProgressBar::~ProgressBar() {
  if (visible_) write_(kWipe);
}

void ProgressBar::update(const Progress& progress) {
  const auto now = Clock::now();
  if (visible_ && now - drawn_ < kInterval && progress.done < progress.total) return;
  drawn_ = now;
  visible_ = true;
  const double elapsed = std::chrono::duration<double>(now - start_).count();
  write_(kWipe + progress_line(label_, progress, elapsed));
}

}  // namespace modeseek::report
