"""Trains a `natural` prior: python -m training.train --data DIR --run DIR --minutes 100."""

from __future__ import annotations

import argparse
import csv
import math
import os
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, distributed

from training.crops import CropSampler
from training.export import read_network
from training.network import NaturalNetwork, NetworkConfig, denoise, multiply_adds_per_pixel
from training.optimisers import PowerAverage, Ranks, build_optimisers
from training.photographs import PhotographSet

AVERAGES = {"ema05": 16.97, "ema10": 6.94}  # relative widths 5 % and 10 % of the run
VALIDATION_LEVELS = (15, 25, 50)  # noise, of 255
PRECISIONS = {"bf16": torch.bfloat16, "float32": torch.float32}
CROP_SIDES, CROP_SHARES = (64, 96, 128), (0.4, 0.3, 0.3)


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
    device = generator.device
    normal = torch.randn(count, generator=generator, device=device) * 1.3 - 1.5
    uniform = torch.rand(count, generator=generator, device=device) * (log_max - log_min) + log_min
    pick = torch.rand(count, generator=generator, device=device) < 0.85
    return torch.where(pick, normal, uniform).clamp(log_min, log_max).exp()


def training_device() -> torch.device:
    return torch.device("cuda" if torch.cuda.is_available() else "cpu")


def step_seconds(device: torch.device, precision: torch.dtype) -> float:
    """Time of a convolution and its gradient, the least of three."""
    layer = torch.nn.Conv2d(96, 96, 3, padding=1).to(device)
    x = torch.rand(1, 96, 48, 48, device=device)
    times = []
    for _ in range(4):  # the first one prepares
        started = time.perf_counter()
        with autocast(device, precision):
            total = layer(x).float().sum()
        total.backward()
        total.item()  # waits for the device
        times.append(time.perf_counter() - started)
    return min(times[1:])


def fastest_precision(device: torch.device) -> str:
    """bf16 where it is faster. Processors without AVX512-BF16 or AMX emulate it, ten times slower
    than float32."""
    return min(PRECISIONS, key=lambda name: step_seconds(device, PRECISIONS[name]))


def autocast(device: torch.device, precision: torch.dtype) -> torch.autocast:
    return torch.autocast(device.type, torch.bfloat16, enabled=precision == torch.bfloat16)


def to_signed(pixels: Tensor) -> Tensor:
    """uint8 -> float32 on [-1, 1]."""
    return pixels.float() / 127.5 - 1


def edm_loss(network: NaturalNetwork, clean: Tensor, noise: Tensor, sigma: Tensor) -> Tensor:
    """Karras et al. 2022, eq. 8: the squared error, weighted so that every level counts alike."""
    s = sigma[:, None, None, None]
    data = network.config.sigma_data
    estimate = denoise(network, clean + s * noise, sigma)
    weight = (s.square() + data**2) / (s * data).square()
    return (weight * (estimate - clean).square()).mean()


def batches(sampler: CropSampler, pixels: int, seed: int, ranks: Ranks) -> Iterator[Tensor]:
    """This rank's part of each step's crops, about `pixels` of all ranks together.

    `seed` draws the crop sizes and is the same on all ranks.
    """
    random = np.random.default_rng(seed)
    while True:
        size = int(random.choice(CROP_SIDES, p=CROP_SHARES))
        yield sampler.batch(max(1, pixels // size**2 // ranks.count), size)


@torch.no_grad()
def validation_psnr(
    network: NaturalNetwork, photographs: list[Tensor], precision: torch.dtype
) -> list[float]:
    """Mean PSNR in dB at each of VALIDATION_LEVELS, clipped to [0, 1], fixed noise."""
    result = []
    for level in VALIDATION_LEVELS:
        sigma = 2 * level / 255
        psnrs = []
        for number, clean in enumerate(photographs):
            noise = torch.randn(clean.shape, generator=torch.Generator().manual_seed(number))
            noisy = clean + sigma * noise.to(clean.device)
            with autocast(clean.device, precision):  # bf16 costs about 0.01 dB
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
        crop = torch.from_numpy(photographs.image(entry)[top : top + size, left : left + size])
        crops.append(to_signed(crop.to(device).permute(2, 0, 1)[None]))
    return crops


class Run:
    """Everything that a checkpoint holds, and one training step."""

    def __init__(self, options: argparse.Namespace, ranks: Ranks) -> None:
        self.options = options
        self.ranks = ranks
        self.device = training_device()
        self.precision = PRECISIONS[options.precision]
        torch.manual_seed(options.seed)
        self.config = NetworkConfig(
            patch=options.patch,
            widths=tuple(options.widths),
            encoder_blocks=tuple(options.encoder_blocks),
            middle_blocks=options.middle_blocks,
            decoder_blocks=tuple(options.decoder_blocks),
        )
        self.network = NaturalNetwork(self.config)
        if options.start_from:
            self.network.load_state_dict(read_network(options.start_from).state_dict())
        self.network = self.network.to(self.device)
        self.network = self.network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        self.averages = {k: PowerAverage(self.network, g) for k, g in AVERAGES.items()}
        self.optimisers = build_optimisers(
            self.network,
            options.optimiser,
            options.rate,
            options.weight_decay,
            ranks,
            self.precision,
        )
        self.step = 0
        self.spent = 0.0
        self.folder: Path = options.run
        self.folder.mkdir(parents=True, exist_ok=True)
        if (self.folder / "checkpoint.pt").exists():
            self._load()
        # A resumed run continues with other random numbers than the ones it has used.
        self.seed = options.seed + self.step
        self.generator = torch.Generator(self.device).manual_seed(self.seed + 10**6 * ranks.rank)
        self.gradients = self._flat_gradients()
        # Compiling takes a minute; on a processor it gains nothing.
        compiled = self.device.type == "cuda"
        self.loss = torch.compile(edm_loss, dynamic=False) if compiled else edm_loss

    def _flat_gradients(self) -> Tensor:
        """One buffer that every parameter's gradient is a view into, in the parameter's layout."""
        parameters = list(self.network.parameters())
        flat = torch.zeros(sum(p.numel() for p in parameters), device=self.device)
        offset = 0
        for parameter in parameters:
            parameter.grad = flat.as_strided(parameter.shape, parameter.stride(), offset)
            offset += parameter.numel()
        return flat

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

    def train_step(
        self, pixels: Tensor, message: list[float]
    ) -> tuple[Tensor, Tensor, list[float]]:
        """One step; returns this rank's EDM loss, the gradient's norm and rank 0's message.

        The message's first number is the factor on the learning rate. Nothing here waits for
        the device.
        """
        clean = to_signed(pixels)
        sigma = draw_sigma(len(clean), self.config, self.generator)
        noise = torch.empty_like(clean).normal_(generator=self.generator)
        self.gradients.zero_()
        with autocast(self.device, self.precision):
            loss = self.loss(self.network, clean, noise, sigma)
        loss.backward()
        message = self.ranks.mean(self.gradients, message)
        norm = self.gradients.norm()
        self.gradients.mul_(torch.clamp(self.options.clip / (norm + 1e-6), max=1.0))
        for optimiser in self.optimisers:
            for group in optimiser.param_groups:
                group["lr"] = self.options.rate * message[0] * group.get("scale", 1.0)
            optimiser.step()
        self.step += 1
        for average in self.averages.values():
            average.update(self.network, self.step)
        return loss.detach(), norm, message

    def validate(self, crops: list[Tensor]) -> dict[str, list[float]]:
        evaluated = NaturalNetwork(self.config).to(self.device)
        evaluated = evaluated.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        evaluated.load_state_dict(self.network.state_dict())
        result = {}
        for name, average in self.averages.items():
            evaluated.load_state_dict(average.weights, strict=False)  # frequencies stay
            result[name] = validation_psnr(evaluated, crops, self.precision)
        return result


def log_row(path: Path, row: dict[str, Any]) -> None:
    new = not path.exists()
    with path.open("a", newline="") as stream:
        writer = csv.DictWriter(stream, fieldnames=list(row))
        if new:
            writer.writeheader()
        writer.writerow(row)


class Journal:
    """Loss and validation PSNR, to the terminal and to log.csv."""

    def __init__(self, run: Run, clock: Clock, crops: list[Tensor]) -> None:
        self._run, self._clock, self._crops = run, clock, crops
        self._losses: list[Tensor] = []
        self._norms: list[Tensor] = []

    def note(self, loss: Tensor, norm: Tensor, factor: float) -> None:
        self._losses.append(loss)
        self._norms.append(norm)
        if self._run.step % 50 == 0:  # looking at a value waits for the device
            recent = torch.stack(self._losses[-50:]).mean().item()
            if not math.isfinite(recent):
                raise FloatingPointError(f"loss is {recent} at step {self._run.step}")
            print(
                f"{self._run.step} {self._clock.elapsed:.0f} s loss {recent:.5f} "
                f"norm {norm.item():.3f} factor {factor:.3f}",
                flush=True,
            )

    def validate(self) -> None:
        row: dict[str, Any] = {
            "utc": datetime.now(UTC).strftime("%H:%M:%S"),
            "step": self._run.step,
            "minutes": round(self._clock.elapsed / 60, 2),
            "progress": round(self._clock.progress, 4),
            "loss": round(torch.stack(self._losses).mean().item(), 5),
            "gradient": round(torch.stack(self._norms).mean().item(), 4),
        }
        for name, values in self._run.validate(self._crops).items():
            for level, value in zip(VALIDATION_LEVELS, values, strict=True):
                row[f"{name}_{level}"] = round(value, 3)
        log_row(self._run.folder / "log.csv", row)
        print(row, flush=True)
        self._losses.clear()
        self._norms.clear()


def train(rank: int, options: argparse.Namespace) -> None:
    """The whole run on one rank; rank 0 keeps the time, the checkpoint and the log."""
    ranks = Ranks(rank, options.processes)
    if options.threads:
        torch.set_num_threads(options.threads)
    if ranks.count > 1:
        distributed.init_process_group(
            "gloo",
            options.rendezvous,
            rank=rank,
            world_size=ranks.count,
            timeout=timedelta(minutes=5),
        )
    torch.backends.cudnn.benchmark = True  # few shapes, many steps
    run = Run(options, ranks)
    photographs = PhotographSet(options.data, "train")
    sampler = CropSampler(photographs, run.device, run.seed + 10**6 * rank)
    crops = validation_crops(PhotographSet(options.data, "validation"), 256, run.device)
    source = batches(sampler, options.pixels, run.seed + 1, ranks)
    clock = Clock(run.spent, options.minutes and options.minutes * 60, options.deadline)
    journal = Journal(run, clock, crops)
    if rank == 0:
        parameters = sum(p.numel() for p in run.network.parameters())
        cost = multiply_adds_per_pixel(run.config)
        print(f"{run.config.to_json()}\n{parameters} parameters, {cost:.0f} multiply-adds a pixel")
        print(f"computing in {options.precision}", flush=True)
    saved = validated = clock.elapsed
    stop = 0.0
    while stop == 0.0:
        progress = clock.progress
        last = progress >= 1.0 or run.step + 1 >= options.max_steps
        factor = rate_factor(run.step, progress, options.warmup, options.decay_from)
        loss, norm, (factor, stop) = run.train_step(next(source), [factor, float(last)])
        if rank != 0:
            continue
        journal.note(loss, norm, factor)
        if stop != 0.0 or clock.elapsed - saved > options.save_every:
            run.save(clock.elapsed)
            saved = clock.elapsed
        if stop != 0.0 or clock.elapsed - validated > options.validate_every:
            journal.validate()
            validated = clock.elapsed


def launch(options: argparse.Namespace) -> None:
    if options.precision == "auto":  # once for all ranks: they add up tensors of this type
        options.precision = fastest_precision(training_device())
    if options.processes == 1:
        train(0, options)
        return
    options.run.mkdir(parents=True, exist_ok=True)
    meeting = options.run.resolve() / "rendezvous"
    meeting.unlink(missing_ok=True)
    options.rendezvous = f"file://{meeting}"
    torch.multiprocessing.spawn(train, args=(options,), nprocs=options.processes)


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
    parser.add_argument("--patch", type=int, choices=(1, 2), default=2, help="1: no folding")
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
    parser.add_argument("--pixels", type=int, default=80_000, help="of a step; a GPU: 800000")
    parser.add_argument("--start-from", type=Path, help="weights of `training.export`")
    parser.add_argument("--max-steps", type=int, default=10**9)
    parser.add_argument("--processes", type=int, default=1, help="share each step's crops")
    parser.add_argument("--threads", type=int, default=0, help="of each process; 0: all cores")
    parser.add_argument(
        "--precision", choices=("auto", *PRECISIONS), default="auto", help="auto: the faster"
    )
    parser.add_argument("--seed", type=int, default=1)
    return parser.parse_args()


if __name__ == "__main__":
    launch(parse_options())
