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
from numpy.typing import NDArray
from PIL import Image, ImageCms

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
    image = Image.open(path)
    profile = image.info.get("icc_profile")
    image = image.convert("RGB")
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
        self._pixels = np.memmap(folder / PIXEL_FILE, dtype=np.uint8, mode="r")

    def image(self, entry: Level) -> Pixels:
        size = entry.height * entry.width * 3
        block = self._pixels[entry.offset : entry.offset + size]
        return block.reshape(entry.height, entry.width, 3)


class CropSampler:
    """Random square crops; detailed places are drawn more often than flat ones.

    Each level is cut into cells. A cell is drawn with probability proportional to the
    level's weight times (mean absolute gradient + floor)^exponent, then the crop is
    placed at random around it, mirrored and turned at random.
    """

    CELL = 32
    LEVEL_WEIGHTS = (0.5, 0.35, 0.15)
    FLOOR = 2.0  # in 8-bit levels: flat sky still occurs
    EXPONENT = 1.0

    def __init__(self, photographs: PhotographSet, seed: int) -> None:
        self._set = photographs
        self._random = np.random.default_rng(seed)
        cells: list[NDArray[np.int32]] = []
        weights: list[NDArray[np.float64]] = []
        for number, entry in enumerate(photographs.levels):
            rows, columns = entry.height // self.CELL, entry.width // self.CELL
            energy = self._energy(photographs.image(entry), rows, columns)
            weight = (energy + self.FLOOR) ** self.EXPONENT
            # Within a level, a photograph's share grows with the root of its size.
            share = (
                self.LEVEL_WEIGHTS[entry.level]
                * np.sqrt(weight.size)
                / weight.size
                * 2**entry.level
            )
            grid = np.stack(np.meshgrid(np.arange(rows), np.arange(columns), indexing="ij"), -1)
            flat = grid.reshape(-1, 2)
            cells.append(np.column_stack([np.full(len(flat), number), flat]).astype(np.int32))
            weights.append((weight * share).ravel())
        self._cells = np.concatenate(cells)
        self._cumulative = np.cumsum(np.concatenate(weights))

    def _energy(self, image: Pixels, rows: int, columns: int) -> NDArray[np.float64]:
        grey = image[: rows * self.CELL, : columns * self.CELL].astype(np.float32).mean(axis=2)
        gradient = np.zeros_like(grey)
        gradient[:, 1:] += np.abs(np.diff(grey, axis=1))
        gradient[1:, :] += np.abs(np.diff(grey, axis=0))
        blocks = gradient.reshape(rows, self.CELL, columns, self.CELL)
        return blocks.mean(axis=(1, 3)).astype(np.float64)

    def batch(self, count: int, size: int) -> Pixels:
        """[count, size, size, 3] crops."""
        draws = self._random.random(count) * self._cumulative[-1]
        chosen = self._cells[np.searchsorted(self._cumulative, draws, side="right")]
        return np.stack([self._crop(*row, size) for row in chosen.tolist()])

    def _crop(self, number: int, row: int, column: int, size: int) -> Pixels:
        entry = self._set.levels[number]
        corner = []
        for cell, length in ((row, entry.height), (column, entry.width)):
            start = cell * self.CELL - int(self._random.integers(0, size)) + self.CELL // 2
            corner.append(min(max(start, 0), length - size))
        top, left = corner
        crop = self._set.image(entry)[top : top + size, left : left + size]
        crop = np.rot90(crop, int(self._random.integers(4)))
        return crop[:, ::-1] if self._random.random() < 0.5 else crop
