// Fuzzes the reader of safetensors files.
#include "checkpoint_fuzz.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace modeseek::checkpoints;
  read_checkpoint(data, size, [](auto bytes, auto storage) {
    return parse_safetensors(bytes, "input", storage);
  });
  return 0;
}
