#pragma once

#include <functional>

namespace modeseek::app {

/// From now on SIGINT and SIGTERM ask the program to stop: interrupted() turns true, which ends a
/// solver at its next network evaluation. If the program has not ended a second later, or at the
/// second signal, it exits at once with 128 + the signal's number (130 for Ctrl-C).
void install_interrupt_handler();

/// True once the user asked to stop.
bool interrupted();
/// Throws Cancelled once the user asked to stop.
void stop_if_interrupted();
/// The exit code for a cancelled run: 128 + the signal's number.
int interrupt_exit_code();

/// Runs `write`, during which a signal only takes note: no temporary file is left behind.
void uninterrupted(const std::function<void()>& write);

}  // namespace modeseek::app
