"""A network in PyTorch and in modeseek: same weights, same input.

Measures what a step of VML-MAP costs: one denoiser evaluation (direction jacobian-free) and one
evaluation with its vector-Jacobian product (direction vjp). Each PyTorch variant lives in a process
of its own; in every round all of them and modeseek's engine_benchmark take their turns, so that
whatever else the machine does meets them alike. Processor time is reported beside wall-clock time:
on a busy machine only the former can be compared.

    python benchmarks/against_pytorch.py build/release/benchmarks/engine_benchmark \
        --side 256 --rounds 5

The network is the default prior, or one of EDM's at full size with random weights, built by EDM's
own code (a checkout of github.com/NVlabs/edm). With --modeseek, the program, both are first
compared: no timings of networks that do not compute the same.

    python benchmarks/against_pytorch.py build/release/benchmarks/engine_benchmark \
        --network edm-ffhq64 --edm ../edm --side 64 --modeseek build/release/modeseek
"""

from __future__ import annotations

import argparse
import importlib
import itertools
import json
import math
import multiprocessing as mp
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import torch

REPOSITORY = Path(__file__).resolve().parent.parent
VARIANTS = ("eager float32", "channels_last float32", "autocast bf16", "compile float32")
NOISE_LEVEL = 0.5
# Constructor arguments of EDM's published networks (FFHQ DDPM++, ImageNet ADM).
EDM_NETWORKS: dict[str, dict[str, Any]] = {
    "edm-ffhq64": {
        "model_type": "SongUNet",
        "label_dim": 0,
        "model_channels": 128,
        "channel_mult": [1, 2, 2, 2],
        "embedding_type": "positional",
        "encoder_type": "standard",
        "decoder_type": "standard",
        "channel_mult_noise": 1,
        "resample_filter": [1, 1],
    },
    "edm-imagenet64": {
        "model_type": "DhariwalUNet",
        "label_dim": 1000,
        "model_channels": 192,
        "channel_mult": [1, 2, 3, 4],
    },
}
Denoise = Callable[["torch.Tensor", "torch.Tensor"], "torch.Tensor"]


@dataclass
class Samples:
    """Seconds of repeated evaluations and the most memory that they took."""

    wall: list[float] = field(default_factory=list)
    processor: list[float] = field(default_factory=list)
    megabytes: float = 0.0


def megabytes(key: str) -> float:
    """VmRSS or VmHWM of this process."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(x.split()[1]) / 1024 for x in lines if x.startswith(key + ":"))


@dataclass(frozen=True)
class Case:
    """What is evaluated."""

    network: str
    checkpoint: Path  # as modeseek reads it
    edm: Path | None  # checkout of EDM
    vjp: bool
    side: int
    batch: int

    def title(self) -> str:
        what = "denoise and vector-Jacobian product" if self.vjp else "denoise"
        return f"{self.network}: {what}, batch {self.batch}, {self.side} x {self.side}"


def make_natural(checkpoint: Path, variant: str) -> Denoise:
    from safetensors.torch import load_file

    import torch

    sys.path.insert(0, str(REPOSITORY))
    from training.network import NaturalNetwork, NetworkConfig, denoise

    with checkpoint.open("rb") as file:
        header = json.loads(file.read(int.from_bytes(file.read(8), "little")))
    network: Any = NaturalNetwork(
        NetworkConfig.from_json(header["__metadata__"]["modeseek.config"])
    )
    network.load_state_dict({name: t.float() for name, t in load_file(checkpoint).items()})
    network.requires_grad_(False)
    if "channels_last" in variant or "bf16" in variant:
        network = network.to(memory_format=torch.channels_last)
    run: Any = torch.compile(network) if "compile" in variant else network
    return lambda x, sigma: denoise(run, x, sigma)


def build_edm(network: str, edm: Path) -> Any:
    """EDM's network with random weights that bfloat16 holds, without dropout.

    Layers that begin at zero, or at 1e-5 of the usual (SongUNet), get weights that count.
    """
    import torch

    # Its package `training` is not ours: never both in one process.
    sys.path.insert(0, str(edm))
    networks = importlib.import_module("training.networks")
    torch.manual_seed(1)
    model = networks.EDMPrecond(img_resolution=64, img_channels=3, **EDM_NETWORKS[network])
    for weights in model.parameters():
        if weights.detach().abs().max() < 1e-4:
            matrix = weights.ndim > 1
            deviation = 1 / math.sqrt(weights[0].numel()) if matrix else 0.1
            weights.data.normal_(0, deviation)
        weights.data = weights.data.bfloat16().float()
    return model.eval().requires_grad_(False)


def write_edm(network: str, edm: Path, folder: Path) -> None:
    """The network as a folder that modeseek reads. Runs in a process of its own."""
    from safetensors.torch import save_file

    folder.mkdir()
    weights = build_edm(network, edm).state_dict()
    save_file(
        {name: t.contiguous() for name, t in weights.items()},
        folder / "model.safetensors",
    )
    config = {
        "family": "edm",
        "precond": "EDMPrecond",
        "img_resolution": 64,
        "img_channels": 3,
        **EDM_NETWORKS[network],
    }
    (folder / "config.json").write_text(json.dumps(config))


def make_edm(case: Case, variant: str) -> Denoise:
    """EDM's preconditioning is written out: its own insists on float32 inside."""
    import torch

    assert case.edm is not None
    network = build_edm(case.network, case.edm).model
    if "channels_last" in variant or "bf16" in variant:
        network = network.to(memory_format=torch.channels_last)
    run = torch.compile(network) if "compile" in variant else network
    classes = EDM_NETWORKS[case.network]["label_dim"]
    labels = torch.zeros(case.batch, classes) if classes else None  # the unconditional label
    deviation = 0.5  # of the data

    def denoise(x: torch.Tensor, sigma: torch.Tensor) -> torch.Tensor:
        s = sigma[:, None, None, None]
        variance = s**2 + deviation**2
        raw: torch.Tensor = run(x / variance.sqrt(), sigma.log() / 4, labels)
        skip = deviation**2 / variance
        return skip * x + s * deviation / variance.sqrt() * raw.float()

    return denoise


def make_denoise(case: Case, variant: str) -> Denoise:
    if case.network == "natural":
        return make_natural(case.checkpoint, variant)
    return make_edm(case, variant)


def write_golden(case: Case, file: Path) -> None:
    """PyTorch's results for `modeseek eval`. Runs in a process of its own."""
    from safetensors.torch import save_file

    import torch

    denoise = make_denoise(case, "eager float32")
    generator = torch.Generator().manual_seed(2)
    shape = (case.batch, 3, case.side, case.side)
    sigma = torch.logspace(-1, 1, case.batch)
    noise = sigma[:, None, None, None] * torch.randn(shape, generator=generator)
    x = (torch.rand(shape, generator=generator) * 2 - 1 + noise).requires_grad_()
    v = torch.randn(shape, generator=generator)
    denoised = denoise(x, sigma)
    [vjp] = torch.autograd.grad(denoised, x, v)
    tensors = {"x": x, "sigma": sigma, "v": v, "denoised": denoised, "vjp": vjp}
    save_file({name: t.detach().contiguous() for name, t in tensors.items()}, file)


def make_evaluation(case: Case, variant: str) -> Callable[[], None]:
    """D(x, s) and, when asked, J^T v as the variant computes them."""
    import torch

    denoise = make_denoise(case, variant)
    generator = torch.Generator().manual_seed(1)
    x = torch.randn(case.batch, 3, case.side, case.side, generator=generator)
    sigma = torch.full((case.batch,), NOISE_LEVEL)
    if "channels_last" in variant or "bf16" in variant:
        x = x.to(memory_format=torch.channels_last)

    # Dynamo's guards on NumPy's numbers (EDM's scales) fail in inference mode.
    compiled = "compile" in variant
    without_gradients = torch.no_grad if compiled else torch.inference_mode

    def denoised(image: torch.Tensor) -> torch.Tensor:
        with torch.autocast("cpu", torch.bfloat16, enabled="bf16" in variant):
            return denoise(image, sigma)

    def evaluate() -> None:
        if case.vjp:
            image = x.clone().requires_grad_()
            torch.autograd.grad(denoised(image), image, x)
        else:
            with without_gradients():
                denoised(x)

    return evaluate


def serve(connection: Connection, case: Case, variant: str, threads: int) -> None:
    """Runs in a process of its own: one evaluation for each message, until None."""
    import torch

    torch.set_num_threads(threads)
    torch.nn.functional.conv2d(torch.ones(1, 8, 8, 8), torch.ones(8, 8, 3, 3))
    before = megabytes("VmRSS")
    evaluate = make_evaluation(case, variant)
    Path("/proc/self/clear_refs").write_text("5")  # proc(5): VmHWM begins anew
    evaluate()
    connection.send(None)
    while connection.recv() is not None:
        wall, processor = time.perf_counter(), time.process_time()
        evaluate()
        connection.send(
            (
                time.perf_counter() - wall,
                time.process_time() - processor,
                megabytes("VmHWM") - before,
            )
        )


class Worker:
    """A PyTorch variant that waits for its turn."""

    def __init__(self, case: Case, variant: str, threads: int) -> None:
        self.samples = Samples()
        context = mp.get_context("spawn")
        self._connection, theirs = context.Pipe()
        self._process = context.Process(target=serve, args=(theirs, case, variant, threads))
        self._process.start()
        theirs.close()
        self._connection.recv()

    def take_turn(self) -> None:
        self._connection.send("go")
        wall, processor, self.samples.megabytes = self._connection.recv()
        self.samples.wall.append(wall)
        self.samples.processor.append(processor)

    def stop(self) -> None:
        self._connection.send(None)
        self._process.join()


class Modeseek:
    """engine_benchmark, started anew for each turn."""

    def __init__(
        self, program: Path, case: Case, bf16: bool, threads: int, limit: int | None = None
    ) -> None:
        self.samples = Samples()
        name = "prior_step" if case.vjp else "prior_denoise"
        self._command = [
            str(program),
            f"--benchmark_filter=^{name}/batch:{case.batch}/side:{case.side}/bf16:{int(bf16)}/",
            "--benchmark_min_time=0.01",
            "--benchmark_format=json",
        ]
        self._environment = {
            **os.environ,
            "OMP_NUM_THREADS": str(threads),
            "MODESEEK_BENCHMARK_PRIOR": str(case.checkpoint),
        }
        if limit is not None:
            self._environment["MODESEEK_BENCHMARK_MEGABYTES"] = str(limit)

    def take_turn(self) -> None:
        result = subprocess.run(
            self._command,
            env=self._environment,
            check=True,
            capture_output=True,
            text=True,
        )
        [run] = json.loads(result.stdout)["benchmarks"]
        self.samples.wall.append(run["real_time"] / 1e3)
        self.samples.processor.append(run["cpu_time"] / 1e3)
        self.samples.megabytes = max(self.samples.megabytes, run["peak_megabytes"])


def spread(seconds: list[float]) -> str:
    return f"{statistics.median(seconds):.3f} ({min(seconds):.3f}-{max(seconds):.3f})"


def print_table(title: str, rows: dict[str, Samples]) -> None:
    best = {
        name: min(statistics.median(row.processor) for key, row in rows.items() if name in key)
        for name in ("modeseek bf16", "modeseek float32")
    }
    print(f"\n### {title}\n")
    print("| | wall s | processor s | over modeseek bf16 | over modeseek float32 | memory MB |")
    print("|---|---|---|---|---|---|")
    for name, row in rows.items():
        own = statistics.median(row.processor)
        ratios = " | ".join(f"{own / seconds:.2f}" for seconds in best.values())
        print(
            f"| {name} | {spread(row.wall)} | {spread(row.processor)} | {ratios} "
            f"| {row.megabytes:.0f} |",
            flush=True,
        )


def compare(arguments: argparse.Namespace, case: Case) -> None:
    threads = arguments.threads
    turns: dict[str, Worker | Modeseek] = {
        f"modeseek {name}": Modeseek(arguments.program, case, name == "bf16", threads)
        for name in ("bf16", "float32")
    }
    if case.vjp and arguments.limit is not None:
        turns[f"modeseek bf16 within {arguments.limit} MB"] = Modeseek(
            arguments.program, case, True, threads, arguments.limit
        )
    workers = {f"PyTorch {v}": Worker(case, v, threads) for v in arguments.variants}
    turns |= workers
    for _ in range(arguments.rounds):
        for competitor in turns.values():
            competitor.take_turn()
    for worker in workers.values():
        worker.stop()
    print_table(case.title(), {name: t.samples for name, t in turns.items()})


def run_apart(target: Callable[..., None], *args: Any) -> None:
    """In a process of its own, since packages of the same name must not meet."""
    process = mp.get_context("spawn").Process(target=target, args=args)
    process.start()
    process.join()
    if process.exitcode != 0:
        sys.exit(f"against_pytorch: {target.__name__} failed")


def checkpoint_of(arguments: argparse.Namespace, folder: Path) -> Path:
    if arguments.network == "natural":
        return REPOSITORY / "models/natural.safetensors"
    run_apart(write_edm, arguments.network, arguments.edm, folder / arguments.network)
    return folder / str(arguments.network)


def check_agreement(arguments: argparse.Namespace, checkpoint: Path, folder: Path) -> None:
    """Ends the program where modeseek's float32 results are not PyTorch's."""
    case = Case(arguments.network, checkpoint, arguments.edm, vjp=True, side=64, batch=2)
    golden = folder / "golden.safetensors"
    run_apart(write_golden, case, golden)
    command = [arguments.modeseek, "eval", "--prior", checkpoint, "--golden", golden]
    environment = {**os.environ, "OMP_NUM_THREADS": str(arguments.threads)}
    if subprocess.run(command, check=False, env=environment).returncode != 0:
        sys.exit("against_pytorch: modeseek and PyTorch do not agree")


def processor_name() -> str:
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    return next(
        (x.split(":")[1].strip() for x in lines if x.startswith("model name")),
        "unknown",
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("program", type=Path, help="modeseek's engine_benchmark")
    parser.add_argument("--side", type=int, nargs="+", default=[256], choices=[64, 128, 256, 512])
    parser.add_argument("--batch", type=int, nargs="+", default=[1], choices=[1, 8])
    parser.add_argument("--network", default="natural", choices=["natural", *EDM_NETWORKS])
    parser.add_argument("--edm", type=Path, help="checkout of github.com/NVlabs/edm")
    parser.add_argument("--modeseek", type=Path, help="the program, to compare results first")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument(
        "--limit", type=int, help="megabytes: VJPs of modeseek in bf16 within this memory too"
    )
    parser.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)))
    parser.add_argument("--variants", nargs="+", default=list(VARIANTS), choices=VARIANTS)
    arguments = parser.parse_args()
    if arguments.network != "natural" and arguments.edm is None:
        parser.error(f"--edm: needed for {arguments.network}")
    load = os.getloadavg()[0]
    print(
        f"{processor_name()}, {arguments.threads} threads, {arguments.rounds} rounds, "
        f"load average {load:.1f}; median (least-most); memory: the most that weights and "
        "evaluations take",
        flush=True,
    )
    with tempfile.TemporaryDirectory() as folder:
        checkpoint = checkpoint_of(arguments, Path(folder))
        if arguments.modeseek is not None:
            check_agreement(arguments, checkpoint, Path(folder))
        for side, batch, vjp in itertools.product(arguments.side, arguments.batch, (False, True)):
            compare(
                arguments,
                Case(arguments.network, checkpoint, arguments.edm, vjp, side, batch),
            )


if __name__ == "__main__":
    main()
