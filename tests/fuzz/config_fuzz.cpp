// Fuzzes the reader of config.json, of shard indexes and of every other JSON text in a checkpoint.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "checkpoints/json_text.hpp"
#include "modeseek/error.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  try {
    (void)modeseek::checkpoints::parse_json(text, "input", "the file").dump();
  } catch (const modeseek::FileError&) {
    // The only exception that the reader may throw.
  }
  return 0;
}
