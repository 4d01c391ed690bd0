#pragma once

#include <cstdint>
#include <exception>
#include <functional>

namespace modeseek {

/// Threads that parallel_for uses when the calling thread calls it; 0 restores the default (all
/// processors). Affects the network engine as well. A thread that is started later has the default.
void set_threads(int threads);
int threads();

/// Calls body(i) for i in [0, count), spread over the threads. Bodies must write to disjoint
/// places. The first exception thrown by a body is rethrown here.
void parallel_for(std::int64_t count, const std::function<void(std::int64_t)>& body);

}  // namespace modeseek
