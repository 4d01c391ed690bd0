"""Reference values for the C++ engine: inputs and outputs of a network in float32.

python -m training.make_golden tiny --out tests/data/natural            # and tiny_unfolded
python -m training.make_golden pair --network models/natural.safetensors --out golden.safetensors

The weights are the file's half-precision values, all arithmetic is float32.
Tensors: x [2,3,24,40], sigma [2], v like x, denoised = D(x, sigma), vjp = J^T v with
J = dD/dx.
"""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path

import torch
from safetensors.torch import save_file
from torch import Tensor

from training.export import NAME_KEY, read_network, write_network
from training.network import NaturalNetwork, NetworkConfig, denoise

TINY = NetworkConfig(
    widths=(16, 32),
    encoder_blocks=(1,),
    middle_blocks=1,
    decoder_blocks=(1,),
    embedding=32,
    fourier=8,
)


TINY_UNFOLDED = replace(TINY, patch=1)


def random_state(config: NetworkConfig, seed: int) -> dict[str, Tensor]:
    """Random weights everywhere, the zero-initialised ones too, so that all of them matter."""
    generator = torch.Generator().manual_seed(seed)
    state = NaturalNetwork(config).state_dict()
    for name, value in state.items():
        if name == "embed.frequencies":
            continue
        fan_in = value[0].numel() if value.ndim > 1 else 10.0
        state[name] = torch.randn(value.shape, generator=generator) * fan_in**-0.5
    return state


def golden_pair(network: NaturalNetwork, seed: int) -> dict[str, Tensor]:
    generator = torch.Generator().manual_seed(seed)
    shape = (2, 3, 24, 40)
    sigma = torch.tensor([0.05, 1.5])
    rows = torch.linspace(0, 6, shape[2])[:, None]
    columns = torch.linspace(0, 9, shape[3])[None, :]
    phases = torch.rand(shape[:2], generator=generator)[:, :, None, None] * 6
    clean = 0.6 * torch.sin(rows + columns + phases)
    x = clean + sigma[:, None, None, None] * torch.randn(shape, generator=generator)
    v = torch.randn(shape, generator=generator)
    x.requires_grad_(True)
    denoised = denoise(network, x, sigma)
    (vjp,) = torch.autograd.grad(denoised, x, v)
    return {
        "x": x.detach().contiguous(),
        "sigma": sigma,
        "v": v,
        "denoised": denoised.detach().contiguous(),
        "vjp": vjp.contiguous(),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", choices=("tiny", "pair"))
    parser.add_argument("--network", type=Path, help="for pair: a .safetensors network")
    parser.add_argument("--out", type=Path, required=True, help="tiny: a folder; pair: a file")
    options = parser.parse_args()
    torch.use_deterministic_algorithms(True)
    if options.what == "tiny":
        for name, config in (("tiny", TINY), ("tiny_unfolded", TINY_UNFOLDED)):
            network_file = options.out / f"{name}.safetensors"
            write_network(network_file, config, random_state(config, seed=5), {NAME_KEY: name})
            pair = golden_pair(read_network(network_file), 6)
            save_file(pair, options.out / f"{name}_golden.safetensors")
    else:
        if options.network is None:
            parser.error("pair needs --network")
        save_file(golden_pair(read_network(options.network), 6), options.out)


if __name__ == "__main__":
    main()
