"""Random training crops, cut on the device that trains: all pixels lie in its memory."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from training.photographs import Level, PhotographSet, Pixels

CELL = 32
LEVEL_WEIGHTS = (0.5, 0.35, 0.15)
FLOOR = 2.0  # in 8-bit levels: flat sky still occurs


def cell_weights(image: Pixels, level: int) -> NDArray[np.float64]:
    """[rows, columns]: how often a crop is drawn around each cell of one image.

    In proportion to the mean absolute gradient plus a floor; an image's share grows with
    the root of its size.
    """
    rows, columns = image.shape[0] // CELL, image.shape[1] // CELL
    grey = image[: rows * CELL, : columns * CELL].astype(np.float32).mean(axis=2)
    gradient = np.zeros_like(grey)
    gradient[:, 1:] += np.abs(np.diff(grey, axis=1))
    gradient[1:, :] += np.abs(np.diff(grey, axis=0))
    energy = gradient.reshape(rows, CELL, columns, CELL).mean(axis=(1, 3)).astype(np.float64)
    share = LEVEL_WEIGHTS[level] * 2**level / np.sqrt(energy.size)
    return (energy + FLOOR) * share


class CropSampler:
    """Square crops; detailed places are drawn more often than flat ones.

    A cell of 32 x 32 pixels is drawn by its weight, then the crop is placed at random
    around it, mirrored and turned at random.
    """

    def __init__(self, photographs: PhotographSet, device: torch.device, seed: int) -> None:
        self._pixels = photographs.pixels().to(device)
        self._generator = torch.Generator(device).manual_seed(seed)
        cells: list[NDArray[np.int64]] = []
        weights: list[NDArray[np.float64]] = []
        for number, entry in enumerate(photographs.levels):
            weight = cell_weights(photographs.image(entry), entry.level)
            places = np.argwhere(np.ones_like(weight, dtype=bool))
            cells.append(np.column_stack([np.full(len(places), number), places]))
            weights.append(weight.ravel())
        self._cells = torch.from_numpy(np.concatenate(cells)).to(device)
        self._cumulative = torch.from_numpy(np.cumsum(np.concatenate(weights))).to(device)
        self._levels = self._table(photographs.levels).to(device)

    @staticmethod
    def _table(levels: list[Level]) -> Tensor:
        return torch.tensor([[entry.offset, entry.height, entry.width] for entry in levels])

    def batch(self, count: int, size: int) -> Tensor:
        """[count, 3, size, size] uint8, channels last in memory."""
        draws = self._random(count, torch.float64) * self._cumulative[-1]
        number, row, column = self._cells[
            torch.searchsorted(self._cumulative, draws, right=True).clamp(max=len(self._cells) - 1)
        ].unbind(1)
        offset, height, width = self._levels[number].unbind(1)
        top, left = self._corner(row, height, size), self._corner(column, width, size)
        down, across = self._turned(count, size)
        place = (top[:, None, None] + down) * width[:, None, None] + left[:, None, None] + across
        index = offset[:, None, None] + 3 * place
        channels = torch.arange(3, device=index.device)
        return self._pixels[index[..., None] + channels].permute(0, 3, 1, 2)

    def _random(self, count: int, dtype: torch.dtype = torch.float32) -> Tensor:
        return torch.rand(
            count, generator=self._generator, device=self._generator.device, dtype=dtype
        )

    def _corner(self, cell: Tensor, length: Tensor, size: int) -> Tensor:
        """The first row (or column) of a crop around `cell`, inside the image."""
        start = cell * CELL - (self._random(len(cell)) * size).long() + CELL // 2
        return torch.minimum(start.clamp(min=0), length - size)

    def _turned(self, count: int, size: int) -> tuple[Tensor, Tensor]:
        """[count, size, size] row and column offsets of one of the square's 8 symmetries."""
        steps = torch.arange(size, device=self._generator.device).expand(count, size)
        flip = self._random(2 * count).view(2, count, 1) < 0.5
        rows = torch.where(flip[0], size - 1 - steps, steps)[:, :, None]
        columns = torch.where(flip[1], size - 1 - steps, steps)[:, None, :]
        swap = (self._random(count) < 0.5)[:, None, None]
        down = torch.where(swap, columns.expand(-1, size, -1), rows.expand(-1, -1, size))
        across = torch.where(swap, rows.expand(-1, -1, size), columns.expand(-1, size, -1))
        return down, across
