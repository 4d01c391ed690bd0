#!/usr/bin/env python3
"""Writes the checkpoint fixtures of tests/data/checkpoints.

    python make_fixtures.py ../data/checkpoints

Needs torch (2.x), numpy and safetensors. The network pickle follows the format of NVlabs/edm
(`torch_utils.persistence`: a class is pickled as its source text and its attributes) with classes of
our own; no code of theirs is used or stored.
"""

import argparse
import os
import pickle
import sys
import types
import zipfile
from collections import OrderedDict
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import save_file

SOURCE = "raise SystemError('the source text in a pickle must never be run')\n"


# ------------------------------------------------------------------------------------------------
# State dicts


def counting(*shape, dtype=torch.float32):
    """0, 1/4, 2/4, ...: exact in every float type."""
    count = int(np.prod(shape))
    return (torch.arange(count) / 4).reshape(shape).to(dtype)


def state_dict():
    pool = counting(12)
    return OrderedDict(
        {
            "conv.weight": counting(2, 3, 3, 3) - 5,
            "conv.bias": torch.tensor([0.5, -2.0]),
            "half": counting(3, dtype=torch.float16),
            "brain": counting(3, dtype=torch.bfloat16),
            "double": counting(2, 2, dtype=torch.float64),
            "steps": torch.tensor(1234567, dtype=torch.int64),
            "bytes": torch.tensor([0, 1, 255], dtype=torch.uint8),
            "mask": torch.tensor([True, False]),
            "empty": torch.zeros(0, 4),
            # Views of one storage: an offset, a transposition, a stride; and channels last.
            "view.tail": pool[8:],
            "view.transposed": pool[:6].reshape(2, 3).t(),
            "view.every_other": pool[1::2],
            "channels_last": counting(1, 2, 2, 2).to(memory_format=torch.channels_last),
        }
    )


def scaled(state, factor):
    return OrderedDict((k, v * factor if v.is_floating_point() else v) for k, v in state.items())


# ------------------------------------------------------------------------------------------------
# A network object in the format of NVlabs/edm


def reconstruct(meta):
    raise SystemError("fixtures are read by modeseek, not by Python")


def install_modules():
    """pickle stores a function by name and checks that the name leads to it."""
    persistence = types.ModuleType("torch_utils.persistence")
    persistence._reconstruct_persistent_obj = reconstruct
    reconstruct.__module__ = "torch_utils.persistence"
    reconstruct.__qualname__ = "_reconstruct_persistent_obj"
    util = types.ModuleType("dnnlib.util")
    util.EasyDict = EasyDict
    EasyDict.__module__ = "dnnlib.util"
    for name, module in {
        "torch_utils": types.ModuleType("torch_utils"),
        "torch_utils.persistence": persistence,
        "dnnlib": types.ModuleType("dnnlib"),
        "dnnlib.util": util,
    }.items():
        sys.modules[name] = module


class EasyDict(dict):
    pass


class Persistent(torch.nn.Module):
    """Pickles itself as (reconstruct, {class_name, source, attributes})."""

    def __init__(self, *args, **kwargs):
        super().__init__()
        self._init_args = args
        self._init_kwargs = kwargs

    def __reduce__(self):
        meta = dict(
            type="class",
            version=6,
            module_src=SOURCE,
            class_name=type(self).__name__,
            state=self.__dict__,
        )
        return reconstruct, (meta,)


class Linear(Persistent):
    def __init__(self, inputs, outputs):
        super().__init__(in_features=inputs, out_features=outputs)
        self.weight = torch.nn.Parameter(counting(outputs, inputs))
        self.bias = torch.nn.Parameter(counting(outputs) - 1)


class Conv2d(Persistent):
    def __init__(self, channels, resample_filter):
        super().__init__(channels, channels, kernel=3, resample_filter=resample_filter)
        self.skip_scale = np.sqrt(0.5)
        self.weight = torch.nn.Parameter(counting(channels, channels, 3, 3))
        self.bias = None
        taps = torch.as_tensor(resample_filter, dtype=torch.float32)
        self.register_buffer("resample_filter", taps.ger(taps)[None, None] / taps.sum() ** 2)
        self.register_buffer("cache", torch.zeros(3), persistent=False)


class SongUNet(Persistent):
    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.map_layer0 = Linear(4, 2)
        self.map_augment = None
        self.enc = torch.nn.ModuleDict()
        self.enc["8x8_conv"] = Conv2d(2, [1, 3, 3, 1])
        self.act = torch.nn.SiLU()
        self.table = np.arange(6, dtype=np.float32).reshape(2, 3)


class EDMPrecond(Persistent):
    def __init__(self, img_resolution, img_channels, **kwargs):
        super().__init__(img_resolution, img_channels, **kwargs)
        self.img_resolution = img_resolution
        self.sigma_min = 0
        self.sigma_max = float("inf")
        self.sigma_data = np.float64(0.5)
        self.model = SongUNet(img_resolution=img_resolution, **kwargs)


def write_network(path):
    network = EDMPrecond(
        8, 3, label_dim=0, use_fp16=False, model_channels=2, channel_mult=[1, 2], dropout=0.13
    )
    network.requires_grad_(False)
    data = dict(
        loss_fn=None,
        ema=network,
        dataset_kwargs=EasyDict(class_name="training.dataset.ImageFolderDataset", resolution=8),
    )
    with open(path, "wb") as file:
        pickle.dump(data, file, protocol=4)
    save_file({k: v.contiguous() for k, v in network.state_dict().items()}, path.with_suffix(".expected"))


# ------------------------------------------------------------------------------------------------
# NumPy's arrays and scalars, as two protocols store them


def write_numpy(folder):
    table = np.arange(200, 206, dtype=np.uint8).reshape(2, 3)  # beyond ASCII: Latin-1 in protocol 2
    data = {
        "model": {"c": table, "fortran": np.asfortranarray(table), "float": np.float32([0.5])},
        "config": {"scale": np.float64(0.25), "width": np.int32(-7), "flag": np.bool_(True)},
    }
    for protocol in (2, 5):
        (folder / f"numpy{protocol}.pkl").write_bytes(pickle.dumps(data, protocol))


# ------------------------------------------------------------------------------------------------
# Files that mean harm


class Command:
    def __reduce__(self):
        return os.system, ("echo this must never run",)


def write_harmful(folder):
    torch.save({"state_dict": {"conv.weight": torch.zeros(2)}, "extra": Command()}, folder / "command.pt")
    bomb = folder / "bomb.pt"
    with zipfile.ZipFile(folder / "command.pt") as source, zipfile.ZipFile(bomb, "w") as target:
        for info in source.infolist():
            target.writestr(info.filename, source.read(info))
        target.writestr("command/data/9", bytes(1 << 21), zipfile.ZIP_DEFLATED)
    with zipfile.ZipFile(folder / "program.ts", "w") as target:
        target.writestr("program/data.pkl", pickle.dumps({}, 2))
        target.writestr("program/code/__torch__.py", "def forward(self, x, sigma): return x\n" * 9, zipfile.ZIP_DEFLATED)
        target.writestr("program/constants.pkl", pickle.dumps((), 2))


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    folder = parser.parse_args().folder
    folder.mkdir(parents=True, exist_ok=True)
    install_modules()

    state = state_dict()
    save_file({k: v.clone().contiguous() for k, v in state.items()}, folder / "state.expected")
    torch.save(state, folder / "zip.pt")
    torch.save(state, folder / "legacy.pt", _use_new_zipfile_serialization=False)
    torch.save(
        {
            "epoch": 3,
            "loss": torch.tensor(0.25),
            "optimizer": {"state": {0: {"step": torch.tensor(1.0)}}, "param_groups": [{"lr": 1e-4}]},
            "args": argparse.Namespace(width=64, name="tiny", rates=(0.1, None), limit=float("inf")),
            "model": OrderedDict(("module." + k, v) for k, v in scaled(state, 3).items()),
            "ema": {"decay": 0.999, "state_dict": OrderedDict(("module." + k, v) for k, v in state.items())},
        },
        folder / "nested.ckpt",
    )
    write_network(folder / "network.pkl")
    write_numpy(folder)
    write_harmful(folder)


if __name__ == "__main__":
    main()
