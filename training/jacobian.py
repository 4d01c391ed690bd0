"""How far a prior's Jacobian is from a posterior mean's: symmetric, positive semi-definite.

python -m training.jacobian --network models/natural.safetensors --images FOLDER
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from training.export import read_network
from training.network import NaturalNetwork, denoise
from training.photographs import load_srgb
from training.prepare_data import images_below

LEVELS = (0.02, 0.1, 0.5, 2.0, 10.0)  # on [-1, 1]
Map = Callable[[Tensor], Tensor]


@dataclass
class Jacobian:
    """J and J^T of D(., sigma) at one point, as maps."""

    forward: Map
    transposed: Map

    def symmetric(self, v: Tensor) -> Tensor:
        return (self.forward(v) + self.transposed(v)) / 2


def jacobian_at(network: NaturalNetwork, x: Tensor, sigma: float) -> Jacobian:
    level = torch.full((1,), sigma)

    def denoiser(z: Tensor) -> Tensor:
        return denoise(network, z, level)

    pullback = torch.func.vjp(denoiser, x)[1]
    return Jacobian(
        forward=lambda v: torch.func.jvp(denoiser, (x,), (v,))[1],
        transposed=lambda v: pullback(v)[0],
    )


def asymmetry(jacobian: Jacobian, probes: int, generator: torch.Generator, like: Tensor) -> float:
    """|J - J^T| / (|J| + |J^T|) in the Frobenius norm, by Hutchinson's probes; 0 = symmetric, and
    1/sqrt(2) = a matrix that has nothing in common with its transpose."""
    difference = total = 0.0
    for _ in range(probes):
        v = torch.randn(like.shape, generator=generator)
        a, b = jacobian.forward(v), jacobian.transposed(v)
        difference += (a - b).square().sum().item()
        total += (a.square().sum() + b.square().sum()).item()
    return float((difference / total / 2) ** 0.5)


def extreme_eigenvalues(
    apply: Map, steps: int, generator: torch.Generator, like: Tensor
) -> tuple[float, float]:
    """Smallest and largest Ritz value of a symmetric map: Lanczos, fully reorthogonalised."""
    basis = [torch.randn(like.shape, generator=generator)]
    basis[0] /= basis[0].norm()
    diagonal: list[float] = []
    off: list[float] = []
    for _ in range(steps):
        w = apply(basis[-1])
        diagonal.append(torch.vdot(w.flatten(), basis[-1].flatten()).item())
        for q in basis:
            w = w - torch.vdot(w.flatten(), q.flatten()) * q
        length = w.norm()
        off.append(length.item())
        basis.append(w / length)
    values = np.linalg.eigvalsh(np.diag(diagonal) + np.diag(off[:-1], 1) + np.diag(off[:-1], -1))
    return float(values[0]), float(values[-1])


def centre_crop(path: Path, size: int) -> Tensor:
    pixels = np.asarray(load_srgb(path))
    top, left = (pixels.shape[0] - size) // 2, (pixels.shape[1] - size) // 2
    crop = pixels[top : top + size, left : left + size]
    return torch.from_numpy(crop.copy()).permute(2, 0, 1)[None].float() / 127.5 - 1


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--network", type=Path, required=True)
    parser.add_argument("--images", type=Path, required=True, help="folder of photographs")
    parser.add_argument("--count", type=int, default=10, help="photographs")
    parser.add_argument("--size", type=int, default=64, help="side of the centre crops")
    parser.add_argument("--probes", type=int, default=4)
    parser.add_argument("--lanczos", type=int, default=12, help="steps")
    options = parser.parse_args()
    network = read_network(options.network)
    crops = [centre_crop(p, options.size) for p in images_below(options.images)[: options.count]]
    print("sigma  asymmetry  smallest eigenvalue  largest eigenvalue")
    for sigma in LEVELS:
        rows = []
        for number, clean in enumerate(crops):
            generator = torch.Generator().manual_seed(number)
            x = clean + sigma * torch.randn(clean.shape, generator=generator)
            jacobian = jacobian_at(network, x, sigma)
            low, high = extreme_eigenvalues(jacobian.symmetric, options.lanczos, generator, clean)
            rows.append((asymmetry(jacobian, options.probes, generator, clean), low, high))
        mean = np.mean(rows, axis=0)
        worst = min(row[1] for row in rows)
        print(
            f"{sigma:5.2f}  {mean[0]:9.4f}  {mean[1]:.4f} (worst {worst:.4f})  {mean[2]:.4f}",
            flush=True,
        )


if __name__ == "__main__":
    main()
