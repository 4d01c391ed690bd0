#include "metrics/convert_weights.hpp"

#include <nlohmann/json.hpp>

#include "checkpoints/write_safetensors.hpp"
#include "metrics/inception_network.hpp"
#include "metrics/lpips_network.hpp"

namespace modeseek::metrics {

std::string weights_family(const checkpoints::Checkpoint& checkpoint) {
  return has_inception(checkpoint) ? "fid-inception" : lpips_family(checkpoint);
}

void convert_weights(const checkpoints::Checkpoint& checkpoint, const std::string& target,
                     std::optional<checkpoints::DType> type) {
  checkpoints::Checkpoint kept = checkpoint;
  if (has_inception(checkpoint)) {
    InceptionNetwork{checkpoint};
    std::erase_if(kept.tensors,
                  [](const auto& entry) { return !is_inception_tensor(entry.first); });
  } else {
    LpipsNetwork{checkpoint};
    std::erase_if(kept.tensors, [](const auto& entry) { return !is_lpips_tensor(entry.first); });
  }
  const nlohmann::json config{{"family", weights_family(checkpoint)}};
  checkpoints::write_safetensors(target, kept,
                                 {{"format", "pt"}, {"modeseek.config", config.dump()}}, type);
}

}  // namespace modeseek::metrics
