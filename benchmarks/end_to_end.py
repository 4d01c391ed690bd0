"""Whole restorations: modeseek's default against DPS and DAPS as published, in PyTorch.

All three use the default prior, the same measurement and as many threads: `modeseek restore` as it
comes, DPS with 1000 evaluations, and DAPS-1k, 200 annealing steps of 5 evaluations. DPS and DAPS
are imported from checkouts of github.com/DPS2022/diffusion-posterior-sampling and
github.com/zhangbingliang2019/DAPS, each in a process of its own, and read their settings from the
checkouts' configs; either may be left out. They need torchdiffeq, tqdm, PyYAML and SciPy.

    python benchmarks/end_to_end.py build/release/modeseek --pictures kodak/*.png --count 4 \
        --dps ../diffusion-posterior-sampling --daps ../DAPS

What is timed: modeseek with its start and its files, the others' sampling alone; wall-clock and
processor time. Threads that wait for each other lose much of both where other programs run: on a
busy machine only --threads 1 and processor time can be compared. modeseek's network runs in
bfloat16 where the processor has instructions for it, PyTorch's in float32 unless --variant says
otherwise. modeseek is told the noise; DPS and DAPS have no setting that follows it. What they are
given:

- The prior's denoiser D(x, sigma). DPS asks for the noise in x_t of a variance-preserving process,
  (x - D(x, sigma)) / sigma with x = x_t / sqrt(a), sigma = sqrt((1 - a) / a), and for its learned
  variance, which our prior lacks: the lower end of the published range, that of the posterior. DPS
  and DAPS begin above the noise levels of the prior (157 and 100, it has 80): x is scaled down to
  the highest level that the prior knows.
- The measurement operators, written here, checked against `modeseek degrade` without noise. The
  published ones differ a little: bicubic reduction, another border of the blur.
- The published settings of the same kind of task. They were tuned by their authors for other priors
  and for noise of 0.025 (0.05 on [-1, 1]), half of what is the default here: see --noise.
"""

from __future__ import annotations

import argparse
import importlib
import json
import math
import multiprocessing as mp
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import TYPE_CHECKING, Any

import numpy as np
from against_pytorch import REPOSITORY, VARIANTS, make_natural, processor_name
from numpy.typing import NDArray
from PIL import Image

if TYPE_CHECKING:
    import torch

SIGMA_MIN, SIGMA_MAX = 0.002, 80.0  # of the prior
BLUR_SIZE, BLUR_DEVIATION, REDUCTION = 61, 3.0, 4
PUBLISHED_EVALUATIONS = 1000
Floats = NDArray[np.float32]
Operation = Callable[["torch.Tensor"], "torch.Tensor"]


@dataclass(frozen=True)
class Task:
    """A measurement, and where the others' settings for its kind are."""

    text: str  # for modeseek
    dps: str  # file in configs/
    daps: str  # file in configs/task/


TASKS = {
    "inpaint": Task("inpaint(random:0.7,seed=1)", "inpainting_config.yaml", "inpainting_rand.yaml"),
    "sr": Task(f"sr({REDUCTION},mean)", "super_resolution_config.yaml", "down_sampling.yaml"),
    "blur": Task(
        f"blur(gaussian:{BLUR_SIZE},{BLUR_DEVIATION:g})",
        "gaussian_deblur_config.yaml",
        "gaussian_blur.yaml",
    ),
}


@dataclass(frozen=True)
class Job:
    """One restoration by DPS or DAPS."""

    task: str
    measurement: Floats
    mask: Floats | None  # 1 where measured
    shape: tuple[int, ...]
    seed: int
    steps: int | None  # fewer evaluations than published


@dataclass(frozen=True)
class Outcome:
    """A restored picture and what it took."""

    picture: Floats  # on [-1, 1]
    seconds: float
    processor: float
    evaluations: int


@dataclass(frozen=True)
class Row:
    """A line of the table."""

    picture: str
    task: str
    method: str
    seconds: float
    processor: float
    decibels: float
    evaluations: int


def blur_matrix(size: int) -> Floats:
    """The Gaussian along one axis; beyond the border lies the mirror image."""
    offsets = np.arange(BLUR_SIZE) - BLUR_SIZE // 2
    taps = np.exp(-(offsets**2) / (2 * BLUR_DEVIATION**2))
    taps /= taps.sum()
    matrix = np.zeros((size, size))
    for row in range(size):
        source = (row + offsets) % (2 * size)
        np.add.at(matrix[row], np.minimum(source, 2 * size - 1 - source), taps)
    return matrix.astype(np.float32)


def make_operator(task: str, shape: tuple[int, ...], mask: Floats | None) -> Operation:
    """H, differentiable."""
    import torch

    if task == "sr":
        return lambda x: torch.nn.functional.avg_pool2d(x, REDUCTION)
    if task == "blur":
        down = torch.from_numpy(blur_matrix(shape[-2]))
        across = torch.from_numpy(blur_matrix(shape[-1])).T.contiguous()
        return lambda x: down @ x @ across
    kept = torch.from_numpy(mask)
    return lambda x: x * kept


class Prior:
    """The denoiser at any noise level; counts its evaluations."""

    def __init__(self, variant: str) -> None:
        self._denoise = make_natural(REPOSITORY / "models/natural.safetensors", variant)
        self._bf16 = "bf16" in variant
        self.evaluations = 0

    def __call__(self, x: torch.Tensor, sigma: float) -> torch.Tensor:
        import torch

        self.evaluations += 1
        level = min(max(sigma, SIGMA_MIN), SIGMA_MAX)
        with torch.autocast("cpu", torch.bfloat16, enabled=self._bf16):
            return self._denoise(x * min(1.0, level / sigma), torch.tensor([level]))


PRIOR: list[Prior] = []  # of this process, once begun


def begin(checkout: Path, threads: int, variant: str, side: int) -> None:
    """Readies a process for one of the checkouts: their modules' names clash."""
    import torch

    sys.path.insert(0, str(checkout))
    torch.set_num_threads(threads)
    PRIOR.append(Prior(variant))
    x = torch.zeros(1, 3, side, side, requires_grad=True)
    torch.autograd.grad(PRIOR[0](x, 1.0).sum(), x)


def read_settings(file: Path) -> Any:
    yaml = importlib.import_module("yaml")
    return yaml.load(file.read_text(), Loader=yaml.FullLoader)


def timed(job: Job, sample: Callable[[], torch.Tensor]) -> Outcome:
    import torch

    torch.manual_seed(job.seed)
    PRIOR[0].evaluations = 0
    wall, processor = time.perf_counter(), time.process_time()
    picture = sample().detach()
    return Outcome(
        picture.numpy(),
        time.perf_counter() - wall,
        time.process_time() - processor,
        PRIOR[0].evaluations,
    )


def stand_in(name: str, **attributes: object) -> None:
    """An empty module for one that is imported but not needed, unless it is there."""
    try:
        importlib.import_module(name)
    except ImportError:
        sys.modules[name] = ModuleType(name)
        vars(sys.modules[name]).update(attributes)


def run_dps(checkout: Path, job: Job) -> Outcome:
    import torch

    for name in ("matplotlib", "matplotlib.pyplot", "motionblur"):
        stand_in(name)
    stand_in("motionblur.motionblur", Kernel=None)
    diffusion: Any = importlib.import_module("guided_diffusion.gaussian_diffusion")
    methods: Any = importlib.import_module("guided_diffusion.condition_methods")
    configs = checkout / "configs"
    settings = read_settings(configs / "diffusion_config.yaml")
    betas = diffusion.get_named_beta_schedule(settings["noise_schedule"], settings["steps"])
    alpha_bar = np.cumprod(1 - betas)
    if job.steps is not None:
        settings["timestep_respacing"] = job.steps
    sampler = diffusion.create_sampler(**settings)
    apply = make_operator(job.task, job.shape, job.mask)
    conditioning = read_settings(configs / TASKS[job.task].dps)["conditioning"]
    method = methods.get_conditioning_method(
        conditioning["method"],
        SimpleNamespace(forward=lambda x, **_: apply(x)),
        SimpleNamespace(__name__="gaussian"),
        **conditioning["params"],
    )

    def model(x: torch.Tensor, t: torch.Tensor) -> torch.Tensor:
        share = float(alpha_bar[int(t)])
        sigma = math.sqrt((1 - share) / share)
        x = x / math.sqrt(share)
        noise = (x - PRIOR[0](x, sigma)) / sigma
        return torch.cat([noise, torch.full_like(noise, -1)], dim=1)

    measurement = torch.from_numpy(job.measurement)

    def sample() -> torch.Tensor:
        result: torch.Tensor = sampler.p_sample_loop(
            model=model,
            x_start=torch.randn(job.shape).requires_grad_(),
            measurement=measurement,
            measurement_cond_fn=method.conditioning,
            record=False,
            save_root="",
        )
        return result

    return timed(job, sample)


def run_daps(checkout: Path, job: Job) -> Outcome:
    import torch

    make_sampler: Any = importlib.import_module("sampler").get_sampler
    operator_base: Any = importlib.import_module("forward_operator").Operator
    configs = checkout / "configs"
    settings = read_settings(configs / "sampler/edm_daps.yaml")
    if job.steps is not None:
        inner = settings["diffusion_scheduler_config"]["num_steps"]
        annealing = settings["annealing_scheduler_config"]
        annealing["num_steps"] = max(job.steps // inner, 1)
    group = read_settings(configs / "task" / TASKS[job.task].daps)["pixel"]
    # PyYAML reads 1e-4 as text, OmegaConf, which DAPS uses, as a number.
    chain = {
        name: float(x) if name in ("lr", "tau", "lr_min_ratio") else x
        for name, x in group["mcmc_sampler_config"].items()
    }
    sampler = make_sampler(**settings, mcmc_sampler_config=chain)
    apply = make_operator(job.task, job.shape, job.mask)
    operator = type("Measured", (operator_base,), {"__call__": lambda _, x: apply(x)})()

    class Model:
        def tweedie(self, x: torch.Tensor, sigma: torch.Tensor) -> torch.Tensor:
            return PRIOR[0](x, float(sigma))

        def score(self, x: torch.Tensor, sigma: torch.Tensor) -> torch.Tensor:
            return (self.tweedie(x, sigma) - x) / sigma**2

        def get_in_shape(self) -> tuple[int, ...]:
            return job.shape[1:]

        def parameters(self) -> Iterator[torch.Tensor]:
            return iter([torch.zeros(1)])  # asked for its device

    model = Model()
    measurement = torch.from_numpy(job.measurement)

    def sample() -> torch.Tensor:
        start = sampler.get_start(1, model)
        result: torch.Tensor = sampler.sample(model, start, operator, measurement, verbose=True)
        return result

    return timed(job, sample)


class Peer:
    """DPS or DAPS in a process of its own."""

    def __init__(
        self,
        run: Callable[[Path, Job], Outcome],
        checkout: Path,
        arguments: argparse.Namespace,
    ) -> None:
        self._run, self._checkout = run, checkout.resolve()
        self._pool = ProcessPoolExecutor(
            max_workers=1,
            mp_context=mp.get_context("spawn"),
            initializer=begin,
            initargs=(
                self._checkout,
                arguments.threads,
                arguments.variant,
                arguments.side,
            ),
        )

    def restore(self, job: Job) -> Outcome:
        return self._pool.submit(self._run, self._checkout, job).result()

    def stop(self) -> None:
        self._pool.shutdown()


class Modeseek:
    """The program, with files in a folder."""

    def __init__(self, program: Path, folder: Path, threads: int) -> None:
        self._program, self._folder, self._threads = program, folder, threads

    def _call(self, *words: str) -> None:
        environment = {**os.environ, "OMP_NUM_THREADS": str(self._threads)}
        done = subprocess.run(
            [self._program.resolve(), *words],
            env=environment,
            cwd=self._folder,
            check=False,
            capture_output=True,
            text=True,
        )
        if done.returncode != 0:
            sys.exit(f"end_to_end: modeseek {' '.join(words)}\n{done.stderr}")

    def degrade(self, clean: Floats, task: Task, noise: float, seed: int) -> Floats:
        np.save(self._folder / "clean.npy", clean)
        options = [f"--task={task.text}", f"--noise={noise}", f"--seed={seed}"]
        self._call("degrade", "clean.npy", "--output=measured.npy", *options)
        measured: Floats = np.load(self._folder / "measured.npy")
        return measured

    def restore(self, measurement: Floats, task: Task, noise: float) -> Outcome:
        np.save(self._folder / "measured.npy", measurement)
        options = [f"--task={task.text}", f"--noise={noise}", "--json=result.json"]
        options += [f"--threads={self._threads}", "--output=restored.npy"]
        before, wall = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
        self._call("restore", "measured.npy", *options)
        seconds = time.perf_counter() - wall
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        [report] = json.loads((self._folder / "result.json").read_text())["images"]
        return Outcome(
            np.load(self._folder / "restored.npy"),
            seconds,
            after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime,
            report["denoiser_evaluations"] + report["vjp_evaluations"],
        )


def centre_crop(file: Path, side: int) -> Floats:
    pixels = np.asarray(Image.open(file).convert("RGB"), np.float32)
    top, left = (pixels.shape[0] - side) // 2, (pixels.shape[1] - side) // 2
    if min(top, left) < 0:
        sys.exit(f"end_to_end: {file} is smaller than {side} x {side}")
    crop = pixels[top : top + side, left : left + side] / 127.5 - 1
    return np.ascontiguousarray(crop.transpose(2, 0, 1)[None])


def psnr(picture: Floats, clean: Floats) -> float:
    error = (np.clip(picture, -1, 1) - clean).astype(np.float64) / 2
    return float(-10 * np.log10(np.mean(error**2)))


def make_job(
    modeseek: Modeseek, clean: Floats, name: str, arguments: argparse.Namespace
) -> tuple[Floats, Job]:
    """The measurement as modeseek reads it, and as DPS and DAPS do.

    Ends the program where H here is not modeseek's.
    """
    import torch

    task, mask = TASKS[name], None
    noisy = modeseek.degrade(clean, task, arguments.noise, arguments.seed)
    exact = modeseek.degrade(clean, task, 0, arguments.seed)
    if name == "inpaint":  # files hold black where nothing was measured
        white = modeseek.degrade(np.ones_like(clean), task, 0, arguments.seed)
        mask = (white > 0).astype(np.float32)
    kept = np.float32(1) if mask is None else mask
    ours = make_operator(name, clean.shape, mask)(torch.from_numpy(clean)).numpy()
    difference = float(np.abs(ours - exact * kept).max())
    if difference > 1e-4:
        sys.exit(f"end_to_end: H of {task.text} differs from modeseek's by {difference}")
    job = Job(name, noisy * kept, mask, clean.shape, arguments.seed, arguments.steps or None)
    return noisy, job


def print_row(row: Row) -> None:
    print(
        f"| {row.picture} | {TASKS[row.task].text} | {row.method} | {row.seconds:.1f} "
        f"| {row.processor:.1f} | {row.decibels:.2f} | {row.evaluations} |",
        flush=True,
    )


def measure(arguments: argparse.Namespace, folder: Path, peers: dict[str, Peer]) -> list[Row]:
    modeseek = Modeseek(arguments.program, folder, arguments.threads)
    rows: list[Row] = []
    print("| picture | task | method | seconds | processor s | PSNR dB | evaluations |")
    print("|---|---|---|---|---|---|---|", flush=True)

    def add(picture: Path, task: str, method: str, clean: Floats, got: Outcome) -> None:
        rows.append(
            Row(
                picture.stem,
                task,
                method,
                got.seconds,
                got.processor,
                psnr(got.picture, clean),
                got.evaluations,
            )
        )
        print_row(rows[-1])

    pictures = arguments.pictures[: arguments.count]
    for number, file in enumerate(pictures, start=1):
        clean = centre_crop(file, arguments.side)
        for task in arguments.tasks:
            title = f"picture {number} of {len(pictures)}, {task}"
            print(f"{title}: modeseek", file=sys.stderr, flush=True)
            noisy, job = make_job(modeseek, clean, task, arguments)
            got = modeseek.restore(noisy, TASKS[task], arguments.noise)
            add(file, task, "modeseek", clean, got)
            for name, peer in peers.items():
                print(f"{title}: {name}", file=sys.stderr, flush=True)
                got = peer.restore(job)
                add(file, task, name, clean, got)
                if arguments.steps:
                    whole = PUBLISHED_EVALUATIONS * got.seconds / got.evaluations
                    print(f"at this speed {whole:.0f} s in full", file=sys.stderr)
    return rows


def print_medians(rows: list[Row], tasks: list[str], methods: list[str]) -> None:
    print(
        "\n| task | method | seconds | over modeseek | processor s | over modeseek "
        "| PSNR dB | evaluations |"
    )
    print("|---|---|---|---|---|---|---|---|")
    for task in tasks:
        own: list[Row] = []
        for method in methods:
            some = [x for x in rows if (x.task, x.method) == (task, method)]
            own = own or some  # modeseek is the first
            wall = statistics.median(x.seconds for x in some)
            processor = statistics.median(x.processor for x in some)
            # Of the same picture: medians of ratios, not ratios of medians.
            pairs = list(zip(some, own, strict=True))
            slower = statistics.median(x.seconds / y.seconds for x, y in pairs)
            dearer = statistics.median(x.processor / y.processor for x, y in pairs)
            print(
                f"| {TASKS[task].text} | {method} | {wall:.1f} | {slower:.1f} "
                f"| {processor:.1f} | {dearer:.1f} "
                f"| {statistics.median(x.decibels for x in some):.2f} "
                f"| {statistics.median(x.evaluations for x in some):.0f} |"
            )


def describe(arguments: argparse.Namespace, pictures: int) -> str:
    text = (
        f"{processor_name()}, {arguments.threads} threads, load average "
        f"{os.getloadavg()[0]:.1f}; pictures: {pictures}, {arguments.side} x "
        f"{arguments.side}, noise {arguments.noise:g} on [0, 1]; PyTorch "
        f"{arguments.variant}"
    )
    if arguments.steps:
        text += (
            f"\n\nTrial run: about {arguments.steps} evaluations for DPS and DAPS in "
            f"place of {PUBLISHED_EVALUATIONS}, with settings that are meant for the "
            "latter. Neither times nor PSNR are theirs."
        )
    return text


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("program", type=Path, help="modeseek")
    parser.add_argument("--pictures", type=Path, nargs="+", required=True)
    parser.add_argument("--count", type=int, help="the first pictures only")
    parser.add_argument("--tasks", nargs="+", choices=TASKS, default=list(TASKS))
    parser.add_argument("--dps", type=Path, help="checkout of DPS")
    parser.add_argument("--daps", type=Path, help="checkout of DAPS")
    parser.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)), metavar="N")
    parser.add_argument("--side", type=int, default=256, help="of the centre crop")
    parser.add_argument("--noise", type=float, default=0.05, help="on [0, 1]; default 0.05")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument(
        "--steps",
        type=int,
        metavar="N",
        help="trial run: N evaluations for DPS, N / 5 annealing steps for DAPS",
    )
    parser.add_argument(
        "--variant",
        choices=VARIANTS,
        default=VARIANTS[0],
        help=f"of PyTorch; default {VARIANTS[0]}, as published",
    )
    arguments = parser.parse_args()
    if arguments.side % 8:
        parser.error("--side: a multiple of 8, as the prior needs")
    runs = {
        "DPS": (run_dps, arguments.dps),
        "DAPS-1k": (run_daps, arguments.daps),
    }
    peers = {
        name: Peer(run, checkout, arguments)
        for name, (run, checkout) in runs.items()
        if checkout is not None
    }
    print(describe(arguments, len(arguments.pictures[: arguments.count])), "\n")
    with tempfile.TemporaryDirectory() as folder:
        rows = measure(arguments, Path(folder), peers)
    for peer in peers.values():
        peer.stop()
    print_medians(rows, arguments.tasks, ["modeseek", *peers])


if __name__ == "__main__":
    main()
