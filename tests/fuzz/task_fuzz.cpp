// Task texts from a hostile hand: whatever parses has a canonical text that parses to the same
// text, and its operator, where a small image fits, keeps shapes and takes any measurement.

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "modeseek/error.hpp"
#include "modeseek/task.hpp"

namespace {

using modeseek::Shape;
using modeseek::Tensor;

/// Longer texts nest more kernels than an input may cost.
constexpr std::size_t kMaxLength = 160;

void require(bool condition) {
  if (!condition) std::abort();
}

Tensor load(const std::string& path) {
  if (path.size() % 3 == 0) throw modeseek::FileError(path, "no such file");
  if (path.size() % 3 == 1) return Tensor({1, 1, 9, 7}, 1.0F);
  return Tensor({1, 3, 2, 3}, 0.5F);
}

void exercise(const modeseek::Task& task, const Shape& image) {
  const Shape fitting = task.fitting_shape(image, load);
  require(fitting.h <= image.h && fitting.w <= image.w);
  const auto op = task.build(fitting, load);
  require(op->domain() == fitting);
  if (op->range_is_image()) require(task.image_shape(op->range(), image.c, load) == fitting);
  const Tensor y = op->apply(Tensor(fitting, 0.5F));
  require(y.shape() == op->range());
  // Powers of powers may overflow.
  if (op->linearize(Tensor(fitting)) != nullptr) return;
  require(modeseek::all_finite(y));
  require(modeseek::all_finite(op->pseudo_inverse(y, 0.1)));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size > kMaxLength) return 0;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  try {
    const auto task = modeseek::Task::parse(text);
    const std::string canonical = task.text();
    require(modeseek::Task::parse(canonical).text() == canonical);
    exercise(task, {1, 3, 9, 7});
  } catch (const modeseek::ParseError& error) {
    require(error.position() <= size);
    require(std::string_view(error.what()).find('\n') == std::string_view::npos);
  } catch (const modeseek::Error& error) {
    require(std::string_view(error.what()).find('\n') == std::string_view::npos);
  }
  return 0;
}
