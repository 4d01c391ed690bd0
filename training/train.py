"""Trains a `natural` prior: python -m training.train --data DIR --run DIR --minutes 100."""

from __future__ import annotations

import argparse
import csv
import math
import os
import queue
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from training.network import NaturalNetwork, NetworkConfig, denoise, multiply_adds_per_pixel
from training.optimisers import PowerAverage, build_optimisers
from training.photographs import CropSampler, PhotographSet, Pixels

AVERAGES = {"ema05": 16.97, "ema10": 6.94}  # relative widths 5 % and 10 % of the run
VALIDATION_LEVELS = (15, 25, 50)  # noise, of 255
# (share of the steps, crop side, crops): nearly equal pixel counts
CROPS = ((0.80, 64, 16), (0.12, 96, 7), (0.08, 128, 4))


@dataclass
class Clock:
    """Training time: what earlier runs spent plus this run, against a budget or a deadline."""

    spent: float
    budget: float | None
    deadline: float | None

    def __post_init__(self) -> None:
        self._started = time.time()

    @property
    def elapsed(self) -> float:
        return self.spent + time.time() - self._started

    @property
    def progress(self) -> float:
        """0 at the start, 1 when the time is over; time lost to a kill does not count."""
        if self.deadline is not None:
            left = max(0.0, self.deadline - time.time())
            return self.elapsed / (self.elapsed + left) if left > 0 else 1.0
        assert self.budget is not None
        return min(1.0, self.elapsed / self.budget)


def rate_factor(step: int, progress: float, warmup: int, decay_from: float) -> float:
    """Linear warm-up by steps, constant, then linear decay to zero by time."""
    warm = min(1.0, (step + 1) / warmup)
    return warm * min(1.0, (1.0 - progress) / (1.0 - decay_from))


def draw_sigma(count: int, config: NetworkConfig, generator: torch.Generator) -> Tensor:
    """85 % lognormal (mean -1.5, deviation 1.3), 15 % log-uniform over the whole range."""
    log_min, log_max = math.log(config.sigma_min), math.log(config.sigma_max)
    normal = torch.randn(count, generator=generator) * 1.3 - 1.5
    uniform = torch.rand(count, generator=generator) * (log_max - log_min) + log_min
    pick = torch.rand(count, generator=generator) < 0.85
    return torch.where(pick, normal, uniform).clamp(log_min, log_max).exp()


def to_signed(pixels: Pixels, device: torch.device) -> Tensor:
    """uint8 [N, H, W, 3] -> float32 [N, 3, H, W] on [-1, 1], channels last in memory."""
    tensor = torch.from_numpy(np.ascontiguousarray(pixels)).to(device)
    return tensor.permute(0, 3, 1, 2).float() / 127.5 - 1


def batches(sampler: CropSampler, seed: int) -> Iterator[Pixels]:
    """Batches from one background thread, a few ahead."""
    ready: queue.Queue[Pixels] = queue.Queue(maxsize=4)
    random = np.random.default_rng(seed)
    shares = np.array([share for share, _, _ in CROPS])

    def fill() -> None:
        while True:
            _, size, count = CROPS[int(random.choice(len(CROPS), p=shares / shares.sum()))]
            ready.put(sampler.batch(count, size))

    threading.Thread(target=fill, daemon=True).start()
    while True:
        yield ready.get()


@torch.no_grad()
def validation_psnr(network: NaturalNetwork, photographs: list[Tensor]) -> list[float]:
    """Mean PSNR in dB at each of VALIDATION_LEVELS, clipped to [0, 1], fixed noise."""
    result = []
    for level in VALIDATION_LEVELS:
        sigma = 2 * level / 255
        psnrs = []
        for number, clean in enumerate(photographs):
            noise = torch.randn(clean.shape, generator=torch.Generator().manual_seed(number))
            noisy = clean + sigma * noise.to(clean.device)
            with torch.autocast(clean.device.type, torch.bfloat16):  # costs about 0.01 dB
                estimate = denoise(network, noisy, torch.full((1,), sigma, device=clean.device))
            error = ((estimate.clamp(-1, 1) - clean) / 2).square().mean()
            psnrs.append(-10 * math.log10(error.item()))
        result.append(sum(psnrs) / len(psnrs))
    return result


def validation_crops(photographs: PhotographSet, size: int, device: torch.device) -> list[Tensor]:
    """Centre crops of the held-out photographs."""
    crops = []
    for entry in photographs.levels:
        if entry.level > 0 or min(entry.height, entry.width) < size:
            continue
        top, left = (entry.height - size) // 2, (entry.width - size) // 2
        crop = photographs.image(entry)[top : top + size, left : left + size]
        crops.append(to_signed(crop[None].copy(), device))
    return crops


class Run:
    """Everything that a checkpoint holds, and one training step."""

    def __init__(self, options: argparse.Namespace) -> None:
        self.options = options
        self.device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        torch.manual_seed(options.seed)
        self.config = NetworkConfig(
            widths=tuple(options.widths),
            encoder_blocks=tuple(options.encoder_blocks),
            middle_blocks=options.middle_blocks,
            decoder_blocks=tuple(options.decoder_blocks),
        )
        self.network = NaturalNetwork(self.config).to(self.device)
        self.network = self.network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        self.averages = {k: PowerAverage(self.network, g) for k, g in AVERAGES.items()}
        self.optimisers = build_optimisers(
            self.network, options.optimiser, options.rate, options.weight_decay
        )
        self.step = 0
        self.spent = 0.0
        self.folder: Path = options.run
        self.folder.mkdir(parents=True, exist_ok=True)
        if (self.folder / "checkpoint.pt").exists():
            self._load()
        # A resumed run continues with other random numbers than the ones it has used.
        self.generator = torch.Generator().manual_seed(options.seed + self.step)

    def _load(self) -> None:
        state: dict[str, Any] = torch.load(self.folder / "checkpoint.pt", map_location=self.device)
        if state["config"] != self.config.to_json():
            raise ValueError(f"{self.folder}: checkpoint of another network: {state['config']}")
        self.network.load_state_dict(state["network"])
        for name, average in self.averages.items():
            for key, value in state[name].items():
                average.weights[key].copy_(value)
        for optimiser, saved in zip(self.optimisers, state["optimisers"], strict=True):
            optimiser.load_state_dict(saved)
        self.step, self.spent = state["step"], state["elapsed"]
        print(f"resumed at step {self.step} after {self.spent / 60:.1f} min", flush=True)

    def save(self, elapsed: float) -> None:
        """Atomic: a kill leaves the previous checkpoint."""
        state = {
            "config": self.config.to_json(),
            "network": self.network.state_dict(),
            "optimisers": [optimiser.state_dict() for optimiser in self.optimisers],
            "step": self.step,
            "elapsed": elapsed,
            **{name: average.weights for name, average in self.averages.items()},
        }
        temporary = self.folder / "checkpoint.tmp"
        torch.save(state, temporary)
        os.replace(temporary, self.folder / "checkpoint.pt")

    def train_step(self, pixels: Pixels, factor: float) -> tuple[float, float]:
        """One step; returns the EDM loss and the gradient's norm."""
        for optimiser in self.optimisers:
            for group in optimiser.param_groups:
                group["lr"] = self.options.rate * factor * group.get("scale", 1.0)
        clean = to_signed(pixels, self.device)
        sigma = draw_sigma(len(clean), self.config, self.generator)
        noise = torch.empty_like(clean, device="cpu").normal_(generator=self.generator)
        s = sigma.to(self.device)[:, None, None, None]
        data = self.config.sigma_data
        with torch.autocast(self.device.type, torch.bfloat16):
            estimate = denoise(
                self.network, clean + s * noise.to(self.device), sigma.to(self.device)
            )
        weight = (s.square() + data**2) / (s * data).square()
        loss = (weight * (estimate - clean).square()).mean()
        loss.backward()
        norm = torch.nn.utils.clip_grad_norm_(self.network.parameters(), self.options.clip)
        for optimiser in self.optimisers:
            optimiser.step()
        self.network.zero_grad(set_to_none=True)
        self.step += 1
        for average in self.averages.values():
            average.update(self.network, self.step)
        return loss.item(), norm.item()

    def validate(self, crops: list[Tensor]) -> dict[str, list[float]]:
        evaluated = NaturalNetwork(self.config).to(self.device)
        evaluated = evaluated.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        evaluated.load_state_dict(self.network.state_dict())
        result = {}
        for name, average in self.averages.items():
            evaluated.load_state_dict(average.weights, strict=False)  # frequencies stay
            result[name] = validation_psnr(evaluated, crops)
        return result


def log_row(path: Path, row: dict[str, Any]) -> None:
    new = not path.exists()
    with path.open("a", newline="") as stream:
        writer = csv.DictWriter(stream, fieldnames=list(row))
        if new:
            writer.writeheader()
        writer.writerow(row)


def train(options: argparse.Namespace) -> None:
    if options.threads:
        torch.set_num_threads(options.threads)
    run = Run(options)
    parameters = sum(p.numel() for p in run.network.parameters())
    print(
        f"{run.config.to_json()}\n{parameters / 1e6:.2f} M parameters, "
        f"{multiply_adds_per_pixel(run.config) / 1e3:.0f} k multiply-adds a pixel",
        flush=True,
    )
    sampler = CropSampler(PhotographSet(options.data, "train"), options.seed + run.step)
    crops = validation_crops(PhotographSet(options.data, "validation"), 256, run.device)
    source = batches(sampler, options.seed + run.step + 1)
    clock = Clock(run.spent, options.minutes and options.minutes * 60, options.deadline)
    saved = validated = clock.elapsed
    losses: list[float] = []
    norms: list[float] = []

    def report() -> None:
        psnr = run.validate(crops)
        row: dict[str, Any] = {
            "utc": datetime.now(UTC).strftime("%H:%M:%S"),
            "step": run.step,
            "minutes": round(clock.elapsed / 60, 2),
            "progress": round(clock.progress, 4),
            "loss": round(sum(losses) / max(1, len(losses)), 5),
            "gradient": round(sum(norms) / max(1, len(norms)), 4),
        }
        for name, values in psnr.items():
            for level, value in zip(VALIDATION_LEVELS, values, strict=True):
                row[f"{name}_{level}"] = round(value, 3)
        log_row(run.folder / "log.csv", row)
        print(row, flush=True)
        losses.clear()
        norms.clear()

    while clock.progress < 1.0 and run.step < options.max_steps:
        factor = rate_factor(run.step, clock.progress, options.warmup, options.decay_from)
        loss, norm = run.train_step(next(source), factor)
        if not math.isfinite(loss):
            raise FloatingPointError(f"loss is {loss} at step {run.step}")
        losses.append(loss)
        norms.append(norm)
        if run.step % 50 == 0:
            recent = sum(losses[-50:]) / len(losses[-50:])
            print(
                f"{run.step} {clock.elapsed:.0f} s loss {recent:.5f} norm {norm:.3f} "
                f"factor {factor:.3f}",
                flush=True,
            )
        if clock.elapsed - saved > options.save_every:
            run.save(clock.elapsed)
            saved = clock.elapsed
        if clock.elapsed - validated > options.validate_every:
            report()
            validated = clock.elapsed
    run.save(clock.elapsed)
    report()


def utc_seconds(text: str) -> float:
    moment = datetime.fromisoformat(text.replace("Z", "+00:00"))
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


def parse_options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder of prepare_data")
    parser.add_argument("--run", type=Path, required=True, help="folder for checkpoint and log")
    limit = parser.add_mutually_exclusive_group(required=True)
    limit.add_argument("--minutes", type=float, help="training time over all resumptions")
    limit.add_argument("--deadline", type=utc_seconds, help="UTC, as 2026-11-25T00:02:00Z")
    parser.add_argument("--widths", type=int, nargs="+", default=[80, 160, 192])
    parser.add_argument("--encoder-blocks", type=int, nargs="+", default=[2, 2])
    parser.add_argument("--middle-blocks", type=int, default=3)
    parser.add_argument("--decoder-blocks", type=int, nargs="+", default=[2, 2])
    parser.add_argument("--optimiser", choices=("muon", "adamw"), default="muon")
    parser.add_argument("--rate", type=float, default=2.5e-3)
    parser.add_argument("--weight-decay", type=float, default=0.01)
    parser.add_argument("--clip", type=float, default=1.0)
    parser.add_argument("--warmup", type=int, default=50, help="steps")
    parser.add_argument("--decay-from", type=float, default=0.55, help="share of the time")
    parser.add_argument("--save-every", type=float, default=180, help="seconds")
    parser.add_argument("--validate-every", type=float, default=420, help="seconds")
    parser.add_argument("--max-steps", type=int, default=10**9)
    parser.add_argument("--threads", type=int, default=0)
    parser.add_argument("--seed", type=int, default=1)
    return parser.parse_args()


if __name__ == "__main__":
    train(parse_options())
