#include "lpips_option.hpp"

#include "modeseek/error.hpp"
#include "modeseek/restore.hpp"

namespace modeseek::app {

void add_lpips_option(CLI::App& command, std::string& weights) {
  command.add_option("--lpips", weights,
                     "Weights of LPIPS, on AlexNet or VGG16 as the file tells (docs/metrics.md): "
                     "measures LPIPS too; lower is closer");
}

std::unique_ptr<Lpips> load_lpips(const std::string& weights) {
  return weights.empty() ? nullptr : std::make_unique<Lpips>(weights);
}

void require_comparable(Lpips& lpips, const Shape& shape, const std::string& picture) {
  try {
    const std::uint64_t needed = lpips.memory_bytes(shape);
    const std::uint64_t limit = available_memory();
    if (needed > limit) throw OutOfMemory(picture + ": LPIPS", needed, limit);
  } catch (const InvalidArgument& error) {
    throw InvalidArgument(picture + ": " + error.what());
  }
}

}  // namespace modeseek::app
