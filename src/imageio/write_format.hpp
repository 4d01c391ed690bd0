#pragma once

#include <array>
#include <string>

namespace modeseek {

/// What a format that write_image takes can hold.
struct WriteFormat {
  const char* oiio_name;    ///< OpenImageIO's name of it
  std::array<int, 3> bits;  ///< ascending, 0 = unused
  bool alpha;
  bool any_metadata;  ///< one text entry a key; otherwise only a description
  bool premultiplied;
};

/// By the extension of `path`; null when write_image does not take it.
const WriteFormat* find_write_format(const std::string& path);

}  // namespace modeseek
