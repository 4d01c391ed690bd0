#include <cstdint>
#include <cstdlib>
#include <span>

#include "modeseek/error.hpp"
#include "modeseek/image.hpp"

/// Any bytes either become a tensor with the elements that its shape says or throw FileError.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  try {
    const modeseek::Tensor tensor =
        modeseek::parse_npy(std::as_bytes(std::span(data, size)), "fuzz.npy");
    if (tensor.empty() || tensor.count() != tensor.shape().count()) std::abort();
  } catch (const modeseek::FileError&) {
  }
  return 0;
}
