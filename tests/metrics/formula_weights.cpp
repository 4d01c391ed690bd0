#include "metrics/formula_weights.hpp"

#include <algorithm>
#include <cmath>
#include <deque>
#include <fstream>
#include <memory>
#include <sstream>
#include <stdexcept>

namespace modeseek::test {
namespace {

using checkpoints::Checkpoint;
using Storage = std::deque<std::vector<float>>;

bool ends_with_any(const std::string& name, std::initializer_list<const char*> endings) {
  return std::ranges::any_of(endings, [&](const char* ending) { return name.ends_with(ending); });
}

/// What the formula makes of u in [-1, 1).
double weight(const std::string& name, const std::vector<std::int64_t>& shape, double u) {
  if (ends_with_any(name, {"running_var", "bn.weight"})) return 1 + 0.5 * u;
  if (name.ends_with("model.1.weight")) return 0.5 * (1 + u);
  if (shape.size() == 1) return 0.1 * u;
  double fan_in = 1;
  for (std::size_t axis = 1; axis < shape.size(); ++axis)
    fan_in *= static_cast<double>(shape[axis]);
  return std::sqrt(6 / fan_in) * u;
}

std::vector<float> weights(const std::string& name, const std::vector<std::int64_t>& shape,
                           std::int64_t count) {
  std::vector<float> values;
  for (const double u : uniform(name, count)) {
    values.push_back(static_cast<float>(weight(name, shape, u)));
  }
  return values;
}

}  // namespace

std::vector<double> uniform(const std::string& name, std::int64_t count) {
  std::uint64_t state = 0xCBF29CE484222325ULL;
  for (const char c : name) state = (state ^ static_cast<unsigned char>(c)) * 0x100000001B3ULL;
  std::vector<double> values;
  for (std::int64_t i = 0; i < count; ++i) {
    state += 0x9E3779B97F4A7C15ULL;
    std::uint64_t z = state;
    z = (z ^ (z >> 30U)) * 0xBF58476D1CE4E5B9ULL;
    z = (z ^ (z >> 27U)) * 0x94D049BB133111EBULL;
    z = z ^ (z >> 31U);
    values.push_back(static_cast<double>(z >> 11U) * 0x1p-52 - 1);
  }
  return values;
}

Checkpoint formula_checkpoint(const std::string& manifest) {
  std::ifstream file(MODESEEK_TEST_DATA "/metrics/" + manifest);
  if (!file) throw std::runtime_error("no " + manifest);
  const auto storage = std::make_shared<Storage>();
  Checkpoint checkpoint;
  checkpoint.path = manifest;
  checkpoint.storage = storage;
  for (std::string line; std::getline(file, line);) {
    std::istringstream words(line);
    std::string name;
    words >> name;
    checkpoints::TensorEntry entry;
    for (std::int64_t extent = 0; words >> extent;) entry.shape.push_back(extent);
    storage->push_back(weights(name, entry.shape, entry.count()));
    entry.bytes = std::as_bytes(std::span(storage->back()));
    checkpoint.tensors[name] = std::move(entry);
  }
  return checkpoint;
}

void reshape_tensor(Checkpoint& checkpoint, const std::string& name,
                    std::vector<std::int64_t> shape) {
  checkpoints::TensorEntry entry;
  entry.shape = std::move(shape);
  const auto values =
      std::make_shared<const std::vector<float>>(static_cast<std::size_t>(entry.count()), 0.0F);
  entry.bytes = std::as_bytes(std::span(*values));
  checkpoint.tensors[name] = entry;
  // Keeps both alive.
  checkpoint.storage =
      std::make_shared<const std::pair<std::shared_ptr<const void>, std::shared_ptr<const void>>>(
          checkpoint.storage, values);
}

}  // namespace modeseek::test
