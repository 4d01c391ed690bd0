"""Denoising PSNR over a folder of images, as the model card states it.

python -m training.validate --network models/natural.safetensors --images KODAK_FOLDER

Full images, white Gaussian noise of 15, 25 and 50 of 255 (not clipped, not rounded), the
estimate clipped to [0, 1]; the figure is the mean of the images' PSNR.
"""

from __future__ import annotations

import argparse
import math
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from training.export import read_network
from training.network import NaturalNetwork, denoise
from training.photographs import load_srgb
from training.prepare_data import images_below


def pad_to_multiple(image: Tensor, multiple: int) -> Tensor:
    """Mirrors at the lower and right border up to the next multiple."""
    height, width = image.shape[-2:]
    return F.pad(image, (0, -width % multiple, 0, -height % multiple), mode="reflect")


@torch.no_grad()
def denoising_psnr(network: NaturalNetwork, clean: Tensor, level: float, seed: int) -> float:
    """clean: [1, 3, H, W] on [-1, 1]; level: standard deviation, of 255."""
    sigma = 2 * level / 255
    noise = torch.randn(clean.shape, generator=torch.Generator().manual_seed(seed))
    noisy = pad_to_multiple(clean + sigma * noise, network.config.size_multiple)
    estimate = denoise(network, noisy, torch.tensor([sigma]))
    estimate = estimate[..., : clean.shape[-2], : clean.shape[-1]].clamp(-1, 1)
    return -10 * math.log10(((estimate - clean) / 2).square().mean().item())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--network", type=Path, required=True)
    parser.add_argument("--images", type=Path, required=True)
    parser.add_argument("--levels", type=float, nargs="+", default=[15, 25, 50])
    parser.add_argument("--crop", type=int, help="centre crop of this side, for a quick look")
    parser.add_argument("--first", type=int, help="only the first so many images")
    options = parser.parse_args()
    network = read_network(options.network).to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    rows: list[list[float]] = []
    for number, path in enumerate(images_below(options.images)[: options.first]):
        pixels = np.asarray(load_srgb(path))
        if options.crop:
            top, left = ((side - options.crop) // 2 for side in pixels.shape[:2])
            pixels = pixels[top : top + options.crop, left : left + options.crop]
        clean = torch.from_numpy(pixels.copy()).permute(2, 0, 1)[None].float() / 127.5 - 1
        rows.append([denoising_psnr(network, clean, level, number) for level in options.levels])
        print(path.name, *(f"{value:.2f}" for value in rows[-1]), flush=True)
    means = np.mean(rows, axis=0)
    summary = ", ".join(
        f"{level:g}: {m:.2f}" for level, m in zip(options.levels, means, strict=True)
    )
    print(f"mean of {len(rows)} images, dB at noise of 255: {summary}")


if __name__ == "__main__":
    main()
