#pragma once

#include <cstddef>
#include <memory>
#include <string_view>

#include "operators/task_node.hpp"

namespace modeseek {

/// Limits of the task grammar, so that a hostile text costs little.
inline constexpr std::size_t kMaxTaskLength = 4096;
inline constexpr int kMaxTaskDepth = 8;
inline constexpr std::size_t kMaxTaskParts = 16;
inline constexpr std::int64_t kMaxFactor = 64;

/// Recursive descent over the grammar of docs/tasks.md; no state but the position. Throws
/// ParseError at the first character that does not fit.
std::shared_ptr<const Task::Node> parse_task(std::string_view text);

}  // namespace modeseek
