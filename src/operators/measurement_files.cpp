#include "operators/measurement_files.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <string>
#include <utility>

#include "modeseek/error.hpp"
#include "modeseek/random.hpp"
#include "operators/matrix.hpp"
#include "operators/matrix_entries.hpp"
#include "operators/patterns.hpp"

namespace modeseek {
namespace {

/// `body`, with the file's name in front of what it says about the file's content.
template <typename Body>
auto with_name(const std::string& path, Body body) {
  try {
    return body();
  } catch (const InvalidArgument& error) {
    throw InvalidArgument(path + ": " + error.what());
  }
}

/// Columns 0 to w - 1 of which `lines` are sampled: a band around the zero frequency, the others at
/// random, every choice equally likely (selection sampling: Knuth, TAOCP 3.4.2, algorithm S).
std::vector<float> sampled_lines(const KspaceLines& spec, std::int64_t w) {
  const auto rounded = [w](double share) {
    return static_cast<std::int64_t>(std::llround(share * static_cast<double>(w)));
  };
  const std::int64_t lines = std::clamp<std::int64_t>(rounded(1 / spec.acceleration), 1, w);
  const std::int64_t band = std::clamp<std::int64_t>(rounded(spec.centre), 1, lines);
  std::vector<float> sampled(static_cast<std::size_t>(w));
  const std::int64_t first = w / 2 - band / 2;
  Random random(spec.seed);
  auto left = static_cast<std::uint32_t>(w - band);
  auto wanted = static_cast<std::uint32_t>(lines - band);
  for (std::int64_t x = 0; x < w; ++x) {
    const bool central = x >= first && x < first + band;
    const bool take = central || random.below(left) < wanted;
    sampled[static_cast<std::size_t>(x)] = take ? 1.0F : 0.0F;
    if (central) continue;
    if (take) --wanted;
    --left;
  }
  return sampled;
}

Tensor coil_maps(const MriTask& task, const ArrayLoader& load) {
  Tensor coils = load(task.coils);
  if (coils.shape().c != 2) {
    throw InvalidArgument(task.coils + ": the coil sensitivities are " + to_string(coils.shape()) +
                          ", expected [coils,2,H,W] (real and imaginary part)");
  }
  return coils;
}

}  // namespace

Tensor kspace_mask(const MriTask& task, std::int64_t h, std::int64_t w, const ArrayLoader& load) {
  if (const auto* file = std::get_if<MaskFile>(&task.sampling)) {
    return mask_entries({*file, false}, h, w, load);
  }
  const std::vector<float> lines = sampled_lines(std::get<KspaceLines>(task.sampling), w);
  Tensor mask({1, 1, h, w});
  for (std::int64_t y = 0; y < h; ++y) {
    std::copy(lines.begin(), lines.end(), mask.values().begin() + y * w);
  }
  return mask;
}

std::int64_t coil_count(const MriTask& task, const ArrayLoader& load) {
  return task.coils.empty() ? 1 : coil_maps(task, load).shape().n;
}

std::unique_ptr<Operator> make_mri(const MriTask& task, const Shape& domain,
                                   const ArrayLoader& load) {
  const Tensor mask = kspace_mask(task, domain.h, domain.w, load);
  if (task.coils.empty()) return make_single_coil_mri(domain, mask);
  const Tensor coils = coil_maps(task, load);
  return with_name(task.coils, [&] { return make_multi_coil_mri(domain, mask, coils); });
}

std::vector<double> projection_angles(const CtTask& task, const ArrayLoader& load) {
  std::vector<double> angles;
  if (const auto* count = std::get_if<std::int64_t>(&task.angles)) {
    for (std::int64_t i = 0; i < *count; ++i) {
      angles.push_back(180.0 * static_cast<double>(i) / static_cast<double>(*count));
    }
    return angles;
  }
  const std::string& path = std::get<std::string>(task.angles);
  const Tensor values = load(path);
  if (values.count() < 1 || values.count() > kMaxAngles || !all_finite(values)) {
    throw InvalidArgument(path + ": expected 1 to " + std::to_string(kMaxAngles) +
                          " finite angles in degrees, found " + to_string(values.shape()));
  }
  for (const float value : values.values()) angles.push_back(static_cast<double>(value));
  return angles;
}

std::unique_ptr<Operator> make_matrix(const MatrixTask& task, const Shape& domain,
                                      const ArrayLoader& load) {
  Tensor entries = load(task.path);
  return with_name(task.path, [&] {
    return is_sparse_path(task.path) ? make_sparse_matrix(domain, entries)
                                     : make_dense_matrix(domain, std::move(entries));
  });
}

Shape matrix_measurement(const MatrixTask& task, const Shape& domain, const ArrayLoader& load) {
  const Tensor entries = load(task.path);
  return with_name(task.path, [&] {
    if (!is_sparse_path(task.path)) {
      return matrix_range(domain, entries.shape().h, entries.shape().w);
    }
    const CompressedRows matrix = compress_rows(entries);
    return matrix_range(domain, matrix.rows, matrix.columns);
  });
}

}  // namespace modeseek
