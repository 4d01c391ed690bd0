"""Which images are worth training on: one of each picture, and no flat graphics."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

HASH_DISTANCE = 6  # of 64 bits
COLOUR_DISTANCE = 14.0  # mean over an 8 x 8 thumbnail, in 8-bit levels
FLAT_SHARE = 0.6
FEWEST_COLOURS = 2000


@dataclass(frozen=True)
class Fingerprint:
    """Difference hash of the luminance, and a tiny thumbnail that tells colours apart."""

    bits: NDArray[np.bool_]
    thumbnail: NDArray[np.float32]

    @staticmethod
    def of(image: Image.Image) -> Fingerprint:
        grey = np.asarray(image.convert("L").resize((9, 8), Image.Resampling.BOX), dtype=np.int16)
        small = np.asarray(image.resize((8, 8), Image.Resampling.BOX), dtype=np.float32)
        return Fingerprint((grey[:, 1:] > grey[:, :-1]).ravel(), small)

    def same_picture(self, other: Fingerprint) -> bool:
        distance = int((self.bits != other.bits).sum())
        colour = float(np.abs(self.thumbnail - other.thumbnail).mean())
        return distance <= HASH_DISTANCE and colour < COLOUR_DISTANCE


def is_flat_graphic(image: Image.Image) -> bool:
    """Drawings: most neighbouring pixels exactly equal, or few distinct colours.

    A photograph carries sensor noise or at least texture nearly everywhere. Renderings
    pass this test; they need a look.
    """
    pixels = np.asarray(image, dtype=np.int16)
    equal = (np.diff(pixels, axis=1) == 0).all(axis=2).mean()
    packed = (pixels.astype(np.int32) * (1 << 16, 1 << 8, 1)).sum(axis=2)
    return bool(equal > FLAT_SHARE or len(np.unique(packed)) < FEWEST_COLOURS)
