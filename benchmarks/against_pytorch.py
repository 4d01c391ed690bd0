"""The default prior in PyTorch and in modeseek: same network, same weights, same input.

Measures what a step of VML-MAP costs: one denoiser evaluation (direction jacobian-free) and one
evaluation with its vector-Jacobian product (direction vjp). Each PyTorch variant lives in a process
of its own; in every round all of them and modeseek's engine_benchmark take their turns, so that
whatever else the machine does meets them alike. Processor time is reported beside wall-clock time:
on a busy machine only the former can be compared.

    python benchmarks/against_pytorch.py build/benchmarks/engine_benchmark --side 256 --rounds 5
"""

from __future__ import annotations

import argparse
import json
import multiprocessing as mp
import os
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parent.parent
VARIANTS = ("eager float32", "channels_last float32", "autocast bf16", "compile float32")
NOISE_LEVEL = 0.5


@dataclass
class Samples:
    """Seconds of repeated evaluations and the most memory that they took."""

    wall: list[float] = field(default_factory=list)
    processor: list[float] = field(default_factory=list)
    megabytes: float = 0.0


def peak_megabytes() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def make_evaluation(variant: str, vjp: bool, side: int, weights: Path) -> Callable[[], None]:
    """D(x, s) and, when asked, J^T v as the variant computes them."""
    from safetensors.torch import load_file

    import torch
    from training.network import NaturalNetwork, NetworkConfig, denoise

    with weights.open("rb") as file:
        header = json.loads(file.read(int.from_bytes(file.read(8), "little")))
    network = NaturalNetwork(NetworkConfig.from_json(header["__metadata__"]["modeseek.config"]))
    network.load_state_dict({name: t.float() for name, t in load_file(weights).items()})
    network.requires_grad_(False)
    x = torch.randn(1, 3, side, side, generator=torch.Generator().manual_seed(1))
    sigma = torch.tensor([NOISE_LEVEL])
    if "channels_last" in variant or "bf16" in variant:
        network = network.to(memory_format=torch.channels_last)
        x = x.to(memory_format=torch.channels_last)
    run = torch.compile(network) if "compile" in variant else network

    def denoised(image: torch.Tensor) -> torch.Tensor:
        with torch.autocast("cpu", torch.bfloat16, enabled="bf16" in variant):
            return denoise(run, image, sigma)

    def evaluate() -> None:
        if vjp:
            image = x.clone().requires_grad_()
            torch.autograd.grad(denoised(image), image, x)
        else:
            with torch.inference_mode():
                denoised(x)

    return evaluate


def serve(connection: Connection, variant: str, vjp: bool, side: int, threads: int) -> None:
    """Runs in a process of its own: one evaluation for each message, until None."""
    sys.path.insert(0, str(REPOSITORY))
    import torch

    torch.set_num_threads(threads)
    evaluate = make_evaluation(variant, vjp, side, REPOSITORY / "models/natural.safetensors")
    before = peak_megabytes()
    evaluate()
    connection.send(None)
    while connection.recv() is not None:
        wall, processor = time.perf_counter(), time.process_time()
        evaluate()
        connection.send(
            (
                time.perf_counter() - wall,
                time.process_time() - processor,
                peak_megabytes() - before,
            )
        )


class Worker:
    """A PyTorch variant that waits for its turn."""

    def __init__(self, variant: str, vjp: bool, side: int, threads: int) -> None:
        self.samples = Samples()
        context = mp.get_context("spawn")
        self._connection, theirs = context.Pipe()
        self._process = context.Process(target=serve, args=(theirs, variant, vjp, side, threads))
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
    """engine_benchmark, started anew for each turn; its memory counts in whole."""

    def __init__(self, program: Path, bf16: bool, vjp: bool, side: int, threads: int) -> None:
        self.samples = Samples()
        name = "natural_step" if vjp else "natural_denoise"
        self._command = [
            str(program),
            f"--benchmark_filter=^{name}/batch:1/side:{side}/bf16:{int(bf16)}/",
            "--benchmark_min_time=0.01",
            "--benchmark_format=json",
        ]
        self._environment = {**os.environ, "OMP_NUM_THREADS": str(threads)}

    def take_turn(self) -> None:
        result = subprocess.run(
            self._command, env=self._environment, check=True, capture_output=True, text=True
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


def compare(arguments: argparse.Namespace, side: int, vjp: bool) -> None:
    threads = arguments.threads
    turns: dict[str, Worker | Modeseek] = {
        f"modeseek {name}": Modeseek(arguments.program, name == "bf16", vjp, side, threads)
        for name in ("bf16", "float32")
    }
    workers = {f"PyTorch {v}": Worker(v, vjp, side, threads) for v in arguments.variants}
    turns |= workers
    for _ in range(arguments.rounds):
        for competitor in turns.values():
            competitor.take_turn()
    for worker in workers.values():
        worker.stop()
    what = "denoise and vector-Jacobian product" if vjp else "denoise"
    print_table(f"{what}, {side} x {side}", {name: t.samples for name, t in turns.items()})


def processor_name() -> str:
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    return next((x.split(":")[1].strip() for x in lines if x.startswith("model name")), "unknown")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("program", type=Path, help="modeseek's engine_benchmark")
    parser.add_argument("--side", type=int, nargs="+", default=[256], choices=[128, 256, 512])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)))
    parser.add_argument("--variants", nargs="+", default=list(VARIANTS), choices=VARIANTS)
    arguments = parser.parse_args()
    load = os.getloadavg()[0]
    print(
        f"{processor_name()}, {arguments.threads} threads, {arguments.rounds} rounds, "
        f"load average {load:.1f}; median (least-most); PyTorch's memory is what evaluations added "
        "to the process, modeseek's is the whole process"
    )
    for side in arguments.side:
        for vjp in (False, True):
            compare(arguments, side, vjp)


if __name__ == "__main__":
    main()
