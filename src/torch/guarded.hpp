#pragma once

#include <c10/util/Exception.h>

#include <cstdint>
#include <exception>
#include <new>
#include <string>

#include "modeseek/error.hpp"

namespace modeseek::torch_priors {

/// The line of a libtorch message that says what went wrong: the last one that names an error (the
/// others retrace the program's source), else the first.
std::string essential_line(const std::string& message);

/// How many bytes a libtorch message says could not be had ("tried to allocate 4000 bytes", "2.50
/// GiB"); 0 when it does not say.
std::uint64_t requested_bytes(const std::string& message);

/// Runs `action` and turns what libtorch throws into FileError ("PATH: DOING: what went wrong") and
/// OutOfMemory.
template <class Action>
auto guarded(const std::string& path, const std::string& doing, Action action) {
  const auto failure = [&](const std::string& message) {
    return FileError(path, doing + ": " + essential_line(message));
  };
  try {
    return action();
  } catch (const Error&) {
    throw;
  } catch (const c10::OutOfMemoryError& error) {
    throw OutOfMemory(path + ": " + doing, requested_bytes(error.what_without_backtrace()), 0);
  } catch (const std::bad_alloc&) {
    throw OutOfMemory(path + ": " + doing, 0, 0);
  } catch (const c10::Error& error) {
    const std::string message = error.what_without_backtrace();
    if (message.find("can't allocate memory") != std::string::npos) {
      throw OutOfMemory(path + ": " + doing, requested_bytes(message), 0);
    }
    throw failure(message);
  } catch (const std::exception& error) {
    throw failure(error.what());
  }
}

}  // namespace modeseek::torch_priors
