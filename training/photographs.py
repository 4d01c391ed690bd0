"""The training set on disk: one uint8 file of pixels and a JSON index beside it.

Every photograph is stored at several scales (pyramid levels), each level one
contiguous [height, width, 3] block, so that a crop costs one small copy.
"""

from __future__ import annotations

import io
import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image, ImageCms
from torch import Tensor

Pixels = NDArray[np.uint8]

PIXEL_FILE = "pixels.bin"
INDEX_FILE = "index.json"


@dataclass(frozen=True)
class Level:
    """Where one photograph at one scale lies in the pixel file."""

    name: str
    split: str
    level: int
    offset: int
    height: int
    width: int


def load_srgb(path: Path) -> Image.Image:
    """Reads an image file as 8-bit sRGB, following its embedded colour profile."""
    file = Image.open(path)
    profile = file.info.get("icc_profile")
    image = file.convert("RGB")
    if not profile:
        return image
    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        converted = ImageCms.profileToProfile(image, source, ImageCms.createProfile("sRGB"))
    except ImageCms.PyCMSError:  # a profile of another colour space (grey, CMYK): already RGB here
        return image
    return image if converted is None else converted


def reduce_to(image: Image.Image, long_side: int, least_factor: float) -> Image.Image:
    """Downscales by at least `least_factor` (hides compression), to at most `long_side`."""
    longest = max(image.size)
    factor = max(least_factor, longest / long_side)
    size = (max(1, round(image.width / factor)), max(1, round(image.height / factor)))
    return image.resize(size, Image.Resampling.LANCZOS, reducing_gap=4.0)


def pyramid(image: Image.Image, levels: int, least_side: int) -> list[Pixels]:
    """The image and its halvings by block mean, as long as the short side allows."""
    result = [np.asarray(image, dtype=np.uint8)]
    while len(result) < levels:
        height, width = (2 * (side // 2) for side in result[-1].shape[:2])
        if min(height, width) // 2 < least_side:
            break
        blocks = result[-1][:height, :width].reshape(height // 2, 2, width // 2, 2, 3)
        mean = blocks.astype(np.float32).mean(axis=(1, 3))
        result.append(np.rint(mean).astype(np.uint8))
    return result


def write_set(
    folder: Path, photographs: Iterable[tuple[str, str, Image.Image]], levels: int, least_side: int
) -> list[Level]:
    """Writes (name, split, image) triples; returns the index."""
    folder.mkdir(parents=True, exist_ok=True)
    index: list[Level] = []
    offset = 0
    with (folder / PIXEL_FILE).open("wb") as pixels:
        for name, split, image in photographs:
            for number, block in enumerate(pyramid(image, levels, least_side)):
                height, width = block.shape[:2]
                index.append(Level(name, split, number, offset, height, width))
                pixels.write(np.ascontiguousarray(block).tobytes())
                offset += block.size
    (folder / INDEX_FILE).write_text(json.dumps([asdict(entry) for entry in index], indent=1))
    return index


class PhotographSet:
    """Read access to a set written by `write_set`."""

    def __init__(self, folder: Path, split: str) -> None:
        entries = json.loads((folder / INDEX_FILE).read_text())
        self.levels = [Level(**entry) for entry in entries if entry["split"] == split]
        if not self.levels:
            raise ValueError(f"{folder}: no photographs in the split '{split}'")
        self._pixels = np.memmap(folder / PIXEL_FILE, dtype=np.uint8, mode="c")

    def pixels(self) -> Tensor:
        """The whole pixel file, uint8; on a processor it stays on disk until it is used."""
        return torch.from_numpy(self._pixels)

    def image(self, entry: Level) -> Pixels:
        size = entry.height * entry.width * 3
        block = self._pixels[entry.offset : entry.offset + size]
        return block.reshape(entry.height, entry.width, 3)
