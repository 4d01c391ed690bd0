#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

namespace modeseek {

/// Checks the chunks of a PNG file (lengths, checksums, the closing IEND: ISO/IEC 15948, clause 5)
/// and returns the file with only those that decide its pixels: IHDR, PLTE, IDAT, IEND, tRNS and
/// eXIf. libpng prints its complaints about damaged or merely unusual files (an odd colour profile,
/// say) to stderr, which a library must not do: it never sees either. Throws FileError on a
/// truncated or damaged file; `name` is for messages.
std::vector<std::byte> essential_png(std::span<const std::byte> file, const std::string& name);

}  // namespace modeseek
