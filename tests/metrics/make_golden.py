"""Expected values of lpips_test.cpp, inception_test.cpp, pil_resize_test.cpp and frechet_test.cpp.

  pip install torch torchvision lpips clean-fid pytorch-fid scipy pillow
  python tests/metrics/make_golden.py

The networks get weights by formula (formula_weights.hpp has the same), so that no weights need to be
stored: only the names and shapes of the tensors, from the packages' own state dicts, and the results.
"""

import math
import pathlib
import warnings

import lpips
import numpy as np
import pytorch_fid.inception
import torch
from cleanfid.fid import frechet_distance
from cleanfid.resize import build_resizer
from PIL import Image

DATA = pathlib.Path(__file__).resolve().parent.parent / "data"
OUT = DATA / "metrics"


def uniform(name, count):
    """Numbers in [-1, 1): splitmix64 of a counter that starts at the FNV-1a hash of the name."""
    seed = 0xCBF29CE484222325
    for byte in name.encode():
        seed = ((seed ^ byte) * 0x100000001B3) % 2**64
    with np.errstate(over="ignore"):
        z = np.uint64(seed) + np.arange(1, count + 1, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15)
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        z = z ^ (z >> np.uint64(31))
    return (z >> np.uint64(11)).astype(np.float64) * 2.0**-52 - 1


def weights(name, shape):
    u = uniform(name, math.prod(shape)).reshape(shape)
    if name.endswith(("running_var", "bn.weight")):
        u = 1 + 0.5 * u
    elif name.endswith("model.1.weight"):
        u = 0.5 * (1 + u)
    elif len(shape) == 1:
        u = 0.1 * u
    else:
        u = math.sqrt(6 / math.prod(shape[1:])) * u
    return torch.from_numpy(u.astype(np.float32))


def fill(model, manifest):
    """Sets the model's weights and writes their names and shapes, a line each."""
    state = model.state_dict()
    lines = []
    for name, tensor in state.items():
        if tensor.dtype != torch.float32 or name.startswith(("fc.", "scaling_layer.")):
            continue
        state[name] = weights(name.replace("lins.", "lin"), tuple(tensor.shape))
        lines.append(" ".join([name, *map(str, tensor.shape)]))
    model.load_state_dict(state)
    (OUT / manifest).write_text("\n".join(lines) + "\n")
    return model.eval()


def kodak(number):
    return np.asarray(Image.open(DATA / "noise" / f"kodak{number:02d}.png").convert("RGB"))


def to_batch(picture):
    return torch.from_numpy(picture.astype(np.float32).transpose(2, 0, 1)[None] / 255 * 2 - 1)


def lpips_values():
    stored = torch.from_numpy(np.load(OUT / "pictures.npy").astype(np.float32)) * 2 - 1
    pairs = {
        "noisy": (stored[0:1], stored[1:2]),
        "blurred": (stored[0:1], stored[2:3]),
        "kodak 1, 2": (to_batch(kodak(1)), to_batch(kodak(2))),
        "grey": (stored[0:1, :1], stored[1:2, :1]),
    }
    for net in ("alex", "vgg"):
        model = lpips.LPIPS(net=net, pnet_rand=True, pretrained=False, verbose=False)
        fill(model, f"lpips_{net}.txt")
        for name, (a, b) in pairs.items():
            print(f"lpips {net} {name}: {model(a, b).item():.9f}")


def few_samples_distance(a, b):
    """Frechet distance where the product of the covariances is singular, so that SciPy's square root
    is not accurate: its trace is the sum of the singular values of the product of the samples."""
    a, b = a.astype(np.float64), b.astype(np.float64)
    d = a.mean(0) - b.mean(0)
    x = (a - a.mean(0)) / math.sqrt(len(a) - 1)
    y = (b - b.mean(0)) / math.sqrt(len(b) - 1)
    return d @ d + (x**2).sum() + (y**2).sum() - 2 * np.linalg.svd(x @ y.T, compute_uv=False).sum()


def inception_features():
    pytorch_fid.inception.load_state_dict_from_url = lambda *_, **__: None
    load = torch.nn.Module.load_state_dict
    torch.nn.Module.load_state_dict = lambda self, state, *a, **k: load(self, state, *a, **k) if state else None
    model = pytorch_fid.inception.fid_inception_v3()
    torch.nn.Module.load_state_dict = load
    fill(model, "inception.txt")
    model.fc = torch.nn.Identity()
    resize = build_resizer("clean")
    rows = []
    for number in range(1, 6):
        image = torch.from_numpy(resize(kodak(number)).transpose(2, 0, 1)[None])
        rows.append(model((image - 128) / 128).numpy()[0])
    rows = np.stack(rows)
    np.save(OUT / "inception_features.npy", rows[None, None, :2].astype(np.float32))
    print(f"fid of kodak 1 to 3 and 4 to 5: {few_samples_distance(rows[:3], rows[3:]):.6f}")


def resized():
    """A part of a photograph, larger and smaller, as clean-fid's resizer makes it."""
    from cleanfid.resize import make_resizer

    part = kodak(23)[:61, :83]
    for columns, rows in ((29, 17), (90, 70)):
        result = make_resizer("PIL", False, "bicubic", (columns, rows))(part)
        np.save(OUT / f"resized_{rows}x{columns}.npy", result.transpose(2, 0, 1)[None])


def frechet():
    def samples(name, count):
        scale = 1 + np.arange(24) / 8
        return (uniform(name, count * 24).reshape(count, 24) * scale).astype(np.float32).astype(np.float64)

    def distance(a, b):
        return frechet_distance(a.mean(0), np.cov(a, rowvar=False), b.mean(0), np.cov(b, rowvar=False))

    a = samples("a", 200)
    b = (0.5 * samples("b", 150) + 0.25).astype(np.float32).astype(np.float64)
    print(f"frechet full rank: {distance(a, b):.12f}")
    few = samples("few", 10)
    print(f"frechet low rank: {few_samples_distance(few, b):.12f} (scipy {distance(few, b):.12f})")


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    with torch.no_grad():
        lpips_values()
        inception_features()
    resized()
    frechet()
