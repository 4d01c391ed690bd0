#pragma once

#include <cstdint>
#include <string>

#include "modeseek/restore.hpp"
#include "modeseek/tensor.hpp"

namespace modeseek {

/// Throws OutOfMemory ("restoring 300x400 pixels: needs ...") when `needed` bytes exceed
/// available_memory().
void require_memory(const std::string& what, const Shape& picture, std::uint64_t needed);

/// Has the prior work in pieces, if need be, so that the whole process stays within `limit` bytes
/// of resident memory while it restores, and within available_memory(). The prior first gives back
/// what it keeps of earlier pictures. Throws OutOfMemory with the least that would do when nothing
/// suffices.
void fit_memory(const PosedTask& posed, Denoiser& prior, const Solver& solver,
                const RunOptions& run, std::uint64_t limit);

/// As fit_memory, for one evaluation of the prior at the extent `unknown`.
void fit_denoising(const Shape& picture, const Shape& unknown, Denoiser& prior,
                   std::uint64_t limit);

/// The same for a machine that has `limit` bytes for the process, whatever this one has.
void fit_memory_elsewhere(const PosedTask& posed, Denoiser& prior, const Solver& solver,
                          std::uint64_t limit);

}  // namespace modeseek
