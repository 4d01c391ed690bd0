// Fuzzes the readers of PyTorch's files (zip archive with a pickle, old form) and of pickles with a
// network inside (EDM); the first bytes of an input say which one it reaches.
#include "checkpoint_fuzz.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace modeseek::checkpoints;
  read_checkpoint(data, size, [](auto bytes, auto storage) {
    return parse_checkpoint(bytes, "input", storage);
  });
  return 0;
}
