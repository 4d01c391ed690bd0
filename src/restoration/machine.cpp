#include "restoration/machine.hpp"

#include <sched.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <limits>
#include <optional>
#include <sstream>
#include <string>

#include "modeseek/restore.hpp"

namespace modeseek {
namespace {

constexpr std::uint64_t kUnlimited = std::numeric_limits<std::uint64_t>::max();

/// The text behind "key:" in a file of such lines (/proc/meminfo, /proc/self/status, ...).
std::string field(const char* path, const std::string& key) {
  std::ifstream file(path);
  std::string line;
  while (std::getline(file, line)) {
    if (line.rfind(key, 0) != 0) continue;
    const auto colon = line.find(':');
    if (colon == std::string::npos) continue;
    const auto start = line.find_first_not_of(" \t", colon + 1);
    return start == std::string::npos ? std::string() : line.substr(start);
  }
  return {};
}

/// A field stated in kB, in bytes; 0 when absent.
std::uint64_t kilobytes(const char* path, const std::string& key) {
  std::istringstream text(field(path, key));
  std::uint64_t value = 0;
  text >> value;
  return text ? value << 10U : 0;
}

std::optional<std::uint64_t> number_in(const std::string& path) {
  std::ifstream file(path);
  std::uint64_t value = 0;
  if (file >> value) return value;
  return std::nullopt;  // "max" means no limit
}

std::uint64_t room(std::uint64_t limit, std::uint64_t used) {
  return limit - std::min(limit, used);
}

/// Least room in this process's control group (version 2) and the groups around it. Pages of files
/// that the kernel can drop count as used by the group but are free to take.
std::uint64_t control_group_room() {
  std::string path = field("/proc/self/cgroup", "0::");
  std::uint64_t least = kUnlimited;
  if (!path.empty() && path.front() == ':') path.erase(0, 1);
  while (true) {
    const std::string folder = "/sys/fs/cgroup" + (path == "/" ? std::string() : path);
    const auto limit = number_in(folder + "/memory.max");
    const auto used = number_in(folder + "/memory.current");
    if (limit && used) {
      std::ifstream statistics(folder + "/memory.stat");
      std::string key;
      std::uint64_t value = 0;
      std::uint64_t droppable = 0;
      while (statistics >> key >> value) {
        if (key == "inactive_file") droppable = value;
      }
      least = std::min(least, room(*limit, room(*used, droppable)));
    }
    const auto slash = path.rfind('/');
    if (slash == std::string::npos || path == "/" || path.empty()) break;
    path = slash == 0 ? "/" : path.substr(0, slash);
  }
  return least;
}

/// The same for control groups of version 1, as seen from inside a container.
std::uint64_t old_control_group_room() {
  const auto limit = number_in("/sys/fs/cgroup/memory/memory.limit_in_bytes");
  const auto used = number_in("/sys/fs/cgroup/memory/memory.usage_in_bytes");
  return limit && used ? room(*limit, *used) : kUnlimited;
}

std::uint64_t address_space_room() {
  rlimit limit{};
  if (getrlimit(RLIMIT_AS, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY) return kUnlimited;
  return room(limit.rlim_cur, kilobytes("/proc/self/status", "VmSize"));
}

int usable_processors() {
  cpu_set_t set;
  CPU_ZERO(&set);
  if (sched_getaffinity(0, sizeof set, &set) == 0) return CPU_COUNT(&set);
  return static_cast<int>(std::max(1L, sysconf(_SC_NPROCESSORS_ONLN)));
}

}  // namespace

std::uint64_t available_memory() {
  const std::uint64_t machine = kilobytes("/proc/meminfo", "MemAvailable");
  return std::min({machine == 0 ? kUnlimited : machine, control_group_room(),
                   old_control_group_room(), address_space_room()});
}

std::uint64_t resident_memory() { return kilobytes("/proc/self/status", "VmRSS"); }
std::uint64_t peak_resident_memory() { return kilobytes("/proc/self/status", "VmHWM"); }

Machine describe_machine() {
  Machine machine;
  machine.processor = field("/proc/cpuinfo", "model name");
  if (machine.processor.empty()) machine.processor = "unknown";
  machine.cores = usable_processors();
  machine.memory = kilobytes("/proc/meminfo", "MemTotal");
  machine.available = available_memory();
  return machine;
}

}  // namespace modeseek
