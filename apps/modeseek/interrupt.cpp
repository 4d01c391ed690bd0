#include "interrupt.hpp"

#include <unistd.h>

#include <atomic>
#include <csignal>

#include "modeseek/error.hpp"

namespace modeseek::app {
namespace {

constexpr unsigned kPatienceSeconds = 1;

volatile std::sig_atomic_t signal_received = 0;
/// Threads in uninterrupted().
std::atomic<int> writing = 0;
static_assert(std::atomic<int>::is_always_lock_free, "read by a signal handler");

/// Only async-signal-safe calls from here on.
[[noreturn]] void exit_at_once() {
  if (isatty(STDERR_FILENO) != 0) {
    constexpr char kNewline = '\n';
    [[maybe_unused]] const auto written = write(STDERR_FILENO, &kNewline, 1);
  }
  _exit(128 + signal_received);
}

void on_patience_over(int) {
  if (writing == 0) exit_at_once();
  alarm(kPatienceSeconds);
}

void on_interrupt(int signal) {
  const bool again = signal_received != 0;
  signal_received = signal;
  if (again && writing == 0) exit_at_once();
  alarm(kPatienceSeconds);
}

void handle(int signal, void (*handler)(int)) {
  struct sigaction action {};
  action.sa_handler = handler;
  sigemptyset(&action.sa_mask);
  action.sa_flags = SA_RESTART;
  sigaction(signal, &action, nullptr);
}

}  // namespace

void install_interrupt_handler() {
  handle(SIGALRM, on_patience_over);
  handle(SIGINT, on_interrupt);
  handle(SIGTERM, on_interrupt);
}

bool interrupted() { return signal_received != 0; }

void stop_if_interrupted() {
  if (interrupted()) throw Cancelled();
}

int interrupt_exit_code() { return 128 + (signal_received != 0 ? signal_received : SIGINT); }

void uninterrupted(const std::function<void()>& write) {
  struct Section {
    Section() { ++writing; }
    ~Section() { --writing; }
  };
  {
    const Section section;
    write();
  }
  stop_if_interrupted();
}

}  // namespace modeseek::app
