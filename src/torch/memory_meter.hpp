#pragma once

#include <c10/core/Allocator.h>

#include <algorithm>
#include <atomic>
#include <cstdint>

#include "torch/torch_version.hpp"

namespace modeseek::torch_priors {

/// Counts the host memory that libtorch's allocator hands out while the meter is installed on a
/// thread (and on the threads that autograd starts from it).
class MemoryMeter final : public c10::MemoryReportingInfoBase {
 public:
  void reportMemoryUsage(void* /*memory*/, std::int64_t bytes, TotalBytes /*allocated*/,
                         TotalBytes /*reserved*/, c10::Device device) override {
    if (device.type() != c10::DeviceType::CPU) return;
    const std::int64_t now = current_.fetch_add(bytes) + bytes;
    std::int64_t peak = peak_.load();
    while (now > peak && !peak_.compare_exchange_weak(peak, now)) {
    }
  }
  bool memoryProfilingEnabled() const override { return true; }

  std::uint64_t peak() const {
    return static_cast<std::uint64_t>(std::max<std::int64_t>(0, peak_));
  }

 private:
  std::atomic<std::int64_t> current_ = 0;
  std::atomic<std::int64_t> peak_ = 0;
};

}  // namespace modeseek::torch_priors
