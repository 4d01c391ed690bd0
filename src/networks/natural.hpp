#pragma once

#include "checkpoints/checkpoint.hpp"
#include "networks/network.hpp"

namespace modeseek::networks {

/// The family of the default prior: a local, noise-level-conditioned UNet under EDM
/// preconditioning (its training is in training/network.py). No operation sees the whole image: the
/// only normalisation is across the channels of one pixel and there is no attention, so any size
/// works and tiles can be exact.
///
/// The configuration (metadata "modeseek.config") holds channels, patch (2, or 1: no folding),
/// widths w_0..w_L, encoder_blocks and decoder_blocks (L entries each), middle_blocks, embedding,
/// fourier, sigma_data, sigma_min, sigma_max. With block(x) = x + conv2(silu(conv1(rms(x)) (1 + s)
/// + t)), (s, t) = emb(e):
///   e = silu(linear2(silu(linear1([cos f c, sin f c])))), c = ln(sigma) / 4
///   h = stem(space_to_depth(x)); level l: blocks enc.l.*, kept for the skip, down.l (2 x 2, stride
///   2) blocks mid.*; level l backwards: depth_to_space(up.l(h)) + skip, blocks dec.l.*
///   depth_to_space(head(silu(rms(h))))
/// Throws FileError for a configuration out of range, a missing tensor or a wrong shape.
Network build_natural(const checkpoints::Checkpoint& checkpoint,
                      const NetworkOptions& options = {});

}  // namespace modeseek::networks
