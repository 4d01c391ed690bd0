"""The `natural` family: a local, noise-level-conditioned UNet and its EDM preconditioning.

No operation sees the whole image: the only normalisation is across channels at one
pixel, there is no attention. The output at a pixel depends on a bounded neighbourhood,
so any size works and tiles can be exact.
"""

from __future__ import annotations

import json
import math
from dataclasses import asdict, dataclass
from typing import Any, TypeVar

import torch
import torch.nn.functional as F
from torch import Tensor, nn

RMS_EPSILON = 1e-6
M = TypeVar("M", nn.Conv2d, nn.Linear)


@dataclass(frozen=True)
class NetworkConfig:
    """What an engine needs, beside the tensors, to rebuild the network."""

    family: str = "natural"
    version: int = 1
    channels: int = 3
    patch: int = 2
    widths: tuple[int, ...] = (64, 128, 192)
    encoder_blocks: tuple[int, ...] = (4, 3)
    middle_blocks: int = 4
    decoder_blocks: tuple[int, ...] = (4, 3)
    embedding: int = 128
    fourier: int = 16
    sigma_data: float = 0.5
    sigma_min: float = 0.002
    sigma_max: float = 80.0

    def __post_init__(self) -> None:
        levels = len(self.widths) - 1
        if len(self.encoder_blocks) != levels or len(self.decoder_blocks) != levels:
            raise ValueError(
                f"encoder_blocks and decoder_blocks need {levels} entries for widths "
                f"{list(self.widths)}, found {list(self.encoder_blocks)} and "
                f"{list(self.decoder_blocks)}"
            )

    @property
    def size_multiple(self) -> int:
        """Heights and widths must be multiples of this."""
        return self.patch * 2 ** (len(self.widths) - 1)

    def to_json(self) -> str:
        return json.dumps(asdict(self), separators=(",", ":"))

    @staticmethod
    def from_json(text: str) -> NetworkConfig:
        fields: dict[str, Any] = json.loads(text)
        for name in ("widths", "encoder_blocks", "decoder_blocks"):
            fields[name] = tuple(fields[name])
        return NetworkConfig(**fields)


def rms_norm(x: Tensor) -> Tensor:
    """Divides each pixel's channel vector by its root mean square; no affine part."""
    # The mean is accumulated in float32 even under autocast: bf16 sums lose 2-3 digits.
    mean_square = x.square().mean(dim=1, keepdim=True, dtype=torch.float32)
    return x * torch.rsqrt(mean_square + RMS_EPSILON).to(x.dtype)


def conv3x3(inputs: int, outputs: int) -> nn.Conv2d:
    return nn.Conv2d(inputs, outputs, 3, padding=1)


def zero_init(module: M) -> M:
    nn.init.zeros_(module.weight)
    if module.bias is not None:
        nn.init.zeros_(module.bias)
    return module


class ResidualBlock(nn.Module):
    """x + conv2(silu(conv1(rmsnorm(x)) * (1 + scale) + shift))."""

    def __init__(self, width: int, embedding: int) -> None:
        super().__init__()
        self.conv1 = conv3x3(width, width)
        self.conv2 = zero_init(conv3x3(width, width))
        self.emb = zero_init(nn.Linear(embedding, 2 * width))

    def forward(self, x: Tensor, e: Tensor) -> Tensor:
        h = self.conv1(rms_norm(x))
        scale, shift = self.emb(e)[:, :, None, None].chunk(2, dim=1)
        return x + self.conv2(F.silu(torch.addcmul(shift, h, 1 + scale)))


class Embedding(nn.Module):
    """c_noise [N] -> e [N, embedding]; Fourier features with fixed frequencies."""

    frequencies: Tensor

    def __init__(self, fourier: int, embedding: int) -> None:
        super().__init__()
        frequencies = torch.exp(torch.linspace(math.log(0.5), math.log(32.0), fourier))
        self.register_buffer("frequencies", frequencies)
        self.linear1 = nn.Linear(2 * fourier, embedding)
        self.linear2 = nn.Linear(embedding, embedding)

    def forward(self, c_noise: Tensor) -> Tensor:
        angles = c_noise.float()[:, None] * self.frequencies.float()[None, :]
        features = torch.cat([angles.cos(), angles.sin()], dim=1)
        return F.silu(self.linear2(F.silu(self.linear1(features))))


def through(blocks: nn.Module, h: Tensor, e: Tensor) -> Tensor:
    """Residual blocks, one after the other."""
    for block in blocks.children():
        h = block(h, e)
    return h


class NaturalNetwork(nn.Module):
    """The raw network F: (image [N, 3, H, W], c_noise [N]) -> [N, 3, H, W]."""

    def __init__(self, config: NetworkConfig) -> None:
        super().__init__()
        self.config = config
        widths, levels = config.widths, len(config.widths) - 1
        patch_channels = config.channels * config.patch**2

        def blocks(width: int, count: int) -> nn.ModuleList:
            return nn.ModuleList(ResidualBlock(width, config.embedding) for _ in range(count))

        self.embed = Embedding(config.fourier, config.embedding)
        self.stem = conv3x3(patch_channels, widths[0])
        self.enc = nn.ModuleList(blocks(widths[i], config.encoder_blocks[i]) for i in range(levels))
        self.down = nn.ModuleList(
            nn.Conv2d(widths[i], widths[i + 1], 2, stride=2) for i in range(levels)
        )
        self.mid = blocks(widths[-1], config.middle_blocks)
        self.up = nn.ModuleList(nn.Conv2d(widths[i + 1], 4 * widths[i], 1) for i in range(levels))
        self.dec = nn.ModuleList(blocks(widths[i], config.decoder_blocks[i]) for i in range(levels))
        self.head = zero_init(conv3x3(widths[0], patch_channels))

    def forward(self, x: Tensor, c_noise: Tensor) -> Tensor:
        e = self.embed(c_noise)
        h = self.stem(F.pixel_unshuffle(x, self.config.patch))
        skips: list[Tensor] = []
        for encoder, down in zip(self.enc, self.down, strict=True):
            h = through(encoder, h, e)
            skips.append(h)
            h = down(h)
        h = through(self.mid, h, e)
        for up, skip, decoder in reversed(list(zip(self.up, skips, self.dec, strict=True))):
            h = through(decoder, F.pixel_shuffle(up(h), 2) + skip, e)
        return F.pixel_shuffle(self.head(F.silu(rms_norm(h))), self.config.patch)


def denoise(network: NaturalNetwork, x: Tensor, sigma: Tensor) -> Tensor:
    """D(x, sigma) = c_skip x + c_out F(c_in x, ln(sigma)/4) (Karras et al. 2022, table 1)."""
    data = network.config.sigma_data
    s = sigma.float()[:, None, None, None]
    total = s.square() + data**2
    c_skip, c_out, c_in = data**2 / total, s * data * total.rsqrt(), total.rsqrt()
    raw = network(c_in * x, sigma.float().log() / 4)
    return c_skip * x + c_out * raw.float()


def multiply_adds_per_pixel(config: NetworkConfig) -> float:
    """Multiply-adds of the convolutions for each full-resolution pixel."""
    widths = config.widths
    pixels = 1.0 / config.patch**2
    patch_channels = config.channels * config.patch**2
    total = 2 * 9 * patch_channels * widths[0] * pixels
    for level, width in enumerate(widths[:-1]):
        count = config.encoder_blocks[level] + config.decoder_blocks[level]
        total += count * 2 * 9 * width**2 * pixels
        total += (
            widths[level] * widths[level + 1] * pixels
        )  # down: 4 taps at a quarter of the pixels
        total += widths[level] * widths[level + 1] * pixels  # up: 4 x widths at a quarter
        pixels /= 4
    return total + config.middle_blocks * 2 * 9 * widths[-1] ** 2 * pixels
