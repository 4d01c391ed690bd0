"""Writes the diffusers fixtures of tests/data/networks with the public diffusers package.

    python -m venv v && v/bin/pip install torch diffusers safetensors
    v/bin/python tests/networks/make_diffusers_fixtures.py tests/data/networks

Each folder holds a small UNet2DModel with random weights (exactly representable in half
precision), its config.json and scheduler_config.json as the library saves them, and
golden.safetensors: x = x0 + sigma n, sigma, v, denoised = D(x, sigma) and vjp = J^T v in float32.
D is the library's own `pred_original_sample` of the scheduler's step, so that the meaning of each
prediction type comes from the library and not from us.
"""

from __future__ import annotations

import argparse
import copy
import json
import math
from collections.abc import Callable
from pathlib import Path

import diffusers
import torch
from diffusers import DDPMScheduler, ScoreSdeVeScheduler, UNet2DModel
from safetensors.torch import save_file
from torch import Tensor

# As google/ddpm-celebahq-256, ddpm-church-256 and ddpm-cifar10-32, but small.
DDPM = {
    "sample_size": 16,
    "in_channels": 3,
    "out_channels": 3,
    "block_out_channels": (8, 8, 16),
    "down_block_types": ("DownBlock2D", "AttnDownBlock2D", "DownBlock2D"),
    "up_block_types": ("UpBlock2D", "AttnUpBlock2D", "UpBlock2D"),
    "layers_per_block": 1,
    "norm_num_groups": 4,
    "norm_eps": 1e-6,
    "attention_head_dim": None,
    "downsample_padding": 0,
    "freq_shift": 1,
    "flip_sin_to_cos": False,
}
RESNET = {
    "sample_size": 16,
    "in_channels": 1,
    "out_channels": 1,
    "block_out_channels": (8, 8, 16),
    "down_block_types": ("ResnetDownsampleBlock2D", "AttnDownBlock2D", "AttnDownBlock2D"),
    "up_block_types": ("AttnUpBlock2D", "AttnUpBlock2D", "ResnetUpsampleBlock2D"),
    "layers_per_block": 1,
    "norm_num_groups": 4,
    "attention_head_dim": 8,
    "downsample_type": "resnet",
    "upsample_type": "resnet",
    "resnet_time_scale_shift": "scale_shift",
}
CLASSES = {
    "sample_size": 16,
    "in_channels": 3,
    "out_channels": 3,
    "block_out_channels": (8, 16),
    "down_block_types": ("DownBlock2D", "AttnDownBlock2D"),
    "up_block_types": ("AttnUpBlock2D", "UpBlock2D"),
    "layers_per_block": 1,
    "norm_num_groups": 4,
    "attention_head_dim": 8,
    "num_class_embeds": 5,
    "center_input_sample": True,
    "mid_block_scale_factor": math.sqrt(2),
    "time_embedding_dim": 40,
}
# As google/ncsnpp-celebahq-256 and its kin: side branches, Fourier features, variance exploding.
NCSNPP = {
    "sample_size": 16,
    "in_channels": 3,
    "out_channels": 3,
    "block_out_channels": (32, 32),
    "down_block_types": ("AttnSkipDownBlock2D", "SkipDownBlock2D"),
    "up_block_types": ("SkipUpBlock2D", "AttnSkipUpBlock2D"),
    "layers_per_block": 1,
    "norm_num_groups": None,
    "norm_eps": 1e-6,
    "attention_head_dim": None,
    "time_embedding_type": "fourier",
    "time_embedding_dim": 32,
    "mid_block_scale_factor": math.sqrt(2),
}

CASES = {
    "diffusers-ddpm": (DDPM, {"beta_schedule": "linear", "prediction_type": "epsilon"}),
    "diffusers-resnet": (
        RESNET,
        {"beta_schedule": "squaredcos_cap_v2", "prediction_type": "v_prediction"},
    ),
    "diffusers-classes": (
        CLASSES,
        {
            "beta_schedule": "scaled_linear",
            "beta_start": 0.00085,
            "beta_end": 0.012,
            "prediction_type": "sample",
        },
    ),
}
EXPLODING_SIGMAS = (0.02, 0.6, 20.0)  # on images in [0, 1]
CLASS_LABEL = 3
TIMESTEPS = (3, 250, 700)


def randomise(model: UNet2DModel) -> None:
    """Every parameter away from its special initial value, and exact in half precision."""
    for parameter in model.parameters():
        noise = torch.randn_like(parameter)
        fan_in = parameter[0].numel() if parameter.dim() > 1 else 1
        base = 1.0 if parameter.dim() == 1 and bool((parameter == 1).all()) else 0.0
        scale = 0.1 if parameter.dim() == 1 else fan_in**-0.5
        parameter.data = (base + scale * noise).half().float()


def denoise(model: UNet2DModel, scheduler: DDPMScheduler, x: Tensor, timestep: int) -> Tensor:
    alpha_bar = scheduler.alphas_cumprod[timestep]
    labels = None
    if model.config.num_class_embeds is not None:
        labels = torch.full((x.shape[0],), CLASS_LABEL)
    scaled = x * alpha_bar.sqrt()
    output = model(scaled, timestep, class_labels=labels).sample
    return scheduler.step(output, timestep, scaled).pred_original_sample


def denoise_exploding(model: UNet2DModel, x: Tensor, sigma: float) -> Tensor:
    """By Tweedie's formula: the model is a score on images in [0, 1]."""
    level = torch.full((x.shape[0],), sigma)
    image = (x + 1) / 2
    return 2 * (image + sigma**2 * model(image, level).sample) - 1


def make_exploding_case(folder: Path, network: dict, seed: int) -> None:
    torch.manual_seed(seed)
    model = UNet2DModel(**network).eval()
    randomise(model)
    model.time_proj.weight.data *= 16  # a power of two: stays exact in half precision
    ScoreSdeVeScheduler(sigma_max=50).save_config(write_model(folder, model))
    write_golden(
        folder,
        [2 * sigma for sigma in EXPLODING_SIGMAS],
        lambda x, i: denoise_exploding(model, x, EXPLODING_SIGMAS[i]),
        network["in_channels"],
    )


def write_model(folder: Path, model: UNet2DModel) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    model.save_config(folder)
    weights = {name: value.half().contiguous() for name, value in model.state_dict().items()}
    save_file(weights, folder / "diffusion_pytorch_model.safetensors")
    return folder


def write_golden(
    folder: Path, sigmas: list[float], denoiser: Callable[[Tensor, int], Tensor], channels: int
) -> None:
    shape = (1, channels, 16, 16)
    columns: dict[str, list[Tensor]] = {"x": [], "sigma": [], "v": [], "denoised": [], "vjp": []}
    for i, value in enumerate(sigmas):
        sigma = torch.tensor(value, dtype=torch.float32)
        x = torch.rand(shape) * 2 - 1 + sigma * torch.randn(shape)
        x.requires_grad_(True)
        v = torch.randn(shape)
        denoised = denoiser(x, i)
        (vjp,) = torch.autograd.grad(denoised, x, v)
        for name, part in zip(columns, (x, sigma[None], v, denoised, vjp), strict=True):
            columns[name].append(part.detach())
    save_file(
        {name: torch.cat(parts) for name, parts in columns.items()}, folder / "golden.safetensors"
    )


def make_case(folder: Path, network: dict, schedule: dict, seed: int) -> None:
    torch.manual_seed(seed)
    model = UNet2DModel(**network).eval()
    randomise(model)
    scheduler = DDPMScheduler(clip_sample=False, **schedule)
    scheduler.save_config(write_model(folder, model))
    alpha_bars = [scheduler.alphas_cumprod[timestep].double() for timestep in TIMESTEPS]
    write_golden(
        folder,
        [((1 - a) / a).sqrt().item() for a in alpha_bars],
        lambda x, i: denoise(model, scheduler, x, TIMESTEPS[i]),
        network["in_channels"],
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("output", type=Path)
    arguments = parser.parse_args()
    for seed, (name, (network, schedule)) in enumerate(CASES.items()):
        make_case(arguments.output / name, copy.deepcopy(network), schedule, seed)
    make_exploding_case(arguments.output / "diffusers-ncsnpp", copy.deepcopy(NCSNPP), len(CASES))
    print(json.dumps({"diffusers": diffusers.__version__, "torch": torch.__version__}))


if __name__ == "__main__":
    main()
