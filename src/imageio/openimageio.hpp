#pragma once

#include <OpenImageIO/imageio.h>

#include <string>

namespace modeseek {

/// Settings of OpenImageIO that hold for the process, made once: it decodes on the calling thread,
/// so that no pool of threads competes with the network's.
void configure_openimageio();

/// OpenImageIO's message as one line, without the path, which our own messages start with.
std::string one_line(std::string message, const std::string& path);

}  // namespace modeseek
