"""Writes a checkpoint of the trainer as safetensors in half precision.

python -m training.export --run DIR --average ema05 --out models/natural.safetensors
"""

from __future__ import annotations

import argparse
import os
from pathlib import Path
from typing import Any

import torch
from safetensors import safe_open
from safetensors.torch import load_file, save_file
from torch import Tensor

from training.network import NaturalNetwork, NetworkConfig

CONFIG_KEY = "modeseek.config"
NAME_KEY = "modeseek.name"


def state_of(checkpoint: dict[str, Any], average: str) -> dict[str, Tensor]:
    """The averaged parameters and the fixed frequencies, by tensor name."""
    state: dict[str, Tensor] = dict(checkpoint["network"])
    state.update(checkpoint[average])
    return state


def write_network(
    path: Path, config: NetworkConfig, state: dict[str, Tensor], extra: dict[str, str]
) -> None:
    """Atomic write; every tensor float16, contiguous; metadata values are strings."""
    tensors = {name: value.detach().cpu().half().contiguous() for name, value in state.items()}
    for name, tensor in tensors.items():
        if not torch.isfinite(tensor).all():
            raise ValueError(f"{name}: not finite in half precision")
    metadata = {"format": "pt", CONFIG_KEY: config.to_json(), **extra}
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_suffix(".tmp")
    save_file(tensors, temporary, metadata=metadata)
    temporary.chmod(0o644)  # the writer creates it for the owner alone
    os.replace(temporary, path)


def read_network(path: Path) -> NaturalNetwork:
    """The network in float32 with the half-precision values of the file."""
    with safe_open(path, framework="pt") as file:
        config = NetworkConfig.from_json(file.metadata()[CONFIG_KEY])
    network = NaturalNetwork(config)
    network.load_state_dict({name: value.float() for name, value in load_file(path).items()})
    return network.eval()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--run", type=Path, required=True)
    parser.add_argument("--average", default="ema05", help="ema05, ema10 or network")
    parser.add_argument("--name", default="natural")
    parser.add_argument("--licence", default="Apache-2.0")
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args()
    checkpoint = torch.load(options.run / "checkpoint.pt", map_location="cpu")
    extra = {
        NAME_KEY: options.name,
        "modeseek.licence": options.licence,
        "modeseek.training_steps": str(checkpoint["step"]),
        "modeseek.training_minutes": f"{checkpoint['elapsed'] / 60:.1f}",
        "modeseek.average": options.average,
    }
    config = NetworkConfig.from_json(checkpoint["config"])
    write_network(options.out, config, state_of(checkpoint, options.average), extra)
    print(f"{options.out}: {options.out.stat().st_size / 1e6:.2f} MB, {extra}")


if __name__ == "__main__":
    main()
