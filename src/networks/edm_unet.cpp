#include "networks/edm_unet.hpp"

namespace modeseek::networks {

EdmUNet::Value EdmUNet::encode(Value x, std::int64_t width) {
  for (std::int64_t level = 0; level < architecture_.levels(); ++level) {
    if (level == 0) {
      x = layers_.conv(name_in("enc", level, "conv"), x, width);
    } else {
      x = block(name_in("enc", level, "down"), x, layers_.channels(x), false, Resize::down);
      x = after_halving(level, x);
    }
    skips_.push_back(x);
    for (std::int64_t i = 0; i < architecture_.num_blocks; ++i) {
      x = block(name_in("enc", level, "block" + std::to_string(i)), x,
                architecture_.channels(level), architecture_.attends(level));
      skips_.push_back(x);
    }
  }
  return x;
}

EdmUNet::Value EdmUNet::enter_level(std::int64_t level, Value x) {
  if (level < architecture_.levels() - 1) {
    return block(name_in("dec", level, "up"), x, layers_.channels(x), false, Resize::up);
  }
  x = block(name_in("dec", level, "in0"), x, layers_.channels(x), true);
  return block(name_in("dec", level, "in1"), x, layers_.channels(x));
}

EdmUNet::Value EdmUNet::decode(Value x) {
  for (std::int64_t level = architecture_.levels() - 1; level >= 0; --level) {
    x = enter_level(level, x);
    for (std::int64_t i = 0; i <= architecture_.num_blocks; ++i) {
      x = graph_.concat({x, skips_.back()});
      skips_.pop_back();
      x = block(name_in("dec", level, "block" + std::to_string(i)), x,
                architecture_.channels(level), attends(level, i));
    }
    after_level(level, x);
  }
  return x;
}

}  // namespace modeseek::networks
