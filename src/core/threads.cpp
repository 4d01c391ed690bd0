#include "core/threads.hpp"

#include <omp.h>

#include <atomic>

namespace modeseek {

void set_threads(int threads) { omp_set_num_threads(threads > 0 ? threads : omp_get_num_procs()); }

int threads() { return omp_get_max_threads(); }

void parallel_for(std::int64_t count, const std::function<void(std::int64_t)>& body) {
  std::exception_ptr first;
  std::atomic_flag failed = ATOMIC_FLAG_INIT;
#pragma omp parallel for schedule(static)
  for (std::int64_t i = 0; i < count; ++i) {
    try {
      body(i);
    } catch (...) {
      if (!failed.test_and_set()) first = std::current_exception();
    }
  }
  if (first) std::rethrow_exception(first);
}

}  // namespace modeseek
