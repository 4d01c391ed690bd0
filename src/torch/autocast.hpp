#pragma once

#include "torch/torch_version.hpp"

namespace modeseek::torch_priors {

/// While it lives, convolutions and matrix products on a device run in bfloat16 on this thread, if
/// wanted at all; norms, sums and everything that needs the range stay in float32.
class Autocast {
 public:
  Autocast(at::DeviceType device, bool bf16)
      : device_(device), enabled_(autocast_enabled(device)), type_(autocast_type(device)) {
    at::autocast::increment_nesting();
    if (bf16) set_autocast_type(device_, at::kBFloat16);
    enable_autocast(device_, bf16);
  }
  Autocast(const Autocast&) = delete;
  Autocast& operator=(const Autocast&) = delete;
  ~Autocast() {
    if (at::autocast::decrement_nesting() == 0) at::autocast::clear_cache();
    enable_autocast(device_, enabled_);
    set_autocast_type(device_, type_);
  }

 private:
  at::DeviceType device_;
  bool enabled_;
  at::ScalarType type_;
};

}  // namespace modeseek::torch_priors
