#include "imageio/openimageio.hpp"

#include <algorithm>

namespace modeseek {

void configure_openimageio() {
  static const bool done = [] {
    OIIO::attribute("threads", 1);
    OIIO::attribute("exr_threads", -1);  // -1: none beside the calling thread
    return true;
  }();
  static_cast<void>(done);
}

std::string one_line(std::string message, const std::string& path) {
  message = message.substr(0, message.find('\n'));
  for (const std::string& quoted : {" (\"" + path + "\")", "\"" + path + "\""}) {
    const std::size_t at = path.empty() ? std::string::npos : message.find(quoted);
    if (at != std::string::npos) message.erase(at, quoted.size());
  }
  constexpr std::size_t kLongest = 200;
  message = message.substr(0, kLongest);
  std::replace_if(
      message.begin(), message.end(), [](unsigned char c) { return c < 0x20; }, ' ');
  return message.empty() ? "unknown error" : message;
}

}  // namespace modeseek
