#pragma once

#include <string>

#include "modeseek/error.hpp"

namespace modeseek::testing_support {

/// What the exception thrown by `action` says; "accepted" when none is.
template <class Failure = InvalidArgument, class Action>
std::string refusal(Action action) {
  try {
    action();
  } catch (const Failure& failure) {
    return failure.what();
  }
  return "accepted";
}

}  // namespace modeseek::testing_support
