#!/usr/bin/env python3
"""Writes the Shepp-Logan head phantom as a grey PGM picture: phantom.py SIZE FILE.

The ellipses are those of Shepp and Logan, "The Fourier Reconstruction of a Head Section" (1974), with the
contrast of Toft's modification (1996). Every pixel is the mean of 4 x 4 points. Needs nothing but Python.
"""

import math
import sys

# Value, half axes along x and y, centre (y upwards), angle in degrees; the picture spans [-1, 1].
ELLIPSES = [
    (1.0, 0.69, 0.92, 0.0, 0.0, 0),
    (-0.8, 0.6624, 0.874, 0.0, -0.0184, 0),
    (-0.2, 0.11, 0.31, 0.22, 0.0, -18),
    (-0.2, 0.16, 0.41, -0.22, 0.0, 18),
    (0.1, 0.21, 0.25, 0.0, 0.35, 0),
    (0.1, 0.046, 0.046, 0.0, 0.1, 0),
    (0.1, 0.046, 0.046, 0.0, -0.1, 0),
    (0.1, 0.046, 0.023, -0.08, -0.605, 0),
    (0.1, 0.023, 0.023, 0.0, -0.606, 0),
    (0.1, 0.023, 0.046, 0.06, -0.605, 0),
]
SAMPLES = 4


def density(x, y):
    total = 0.0
    for value, a, b, x0, y0, degrees in ELLIPSES:
        cosine = math.cos(math.radians(degrees))
        sine = math.sin(math.radians(degrees))
        u = (x - x0) * cosine + (y - y0) * sine
        v = (y - y0) * cosine - (x - x0) * sine
        if (u / a) ** 2 + (v / b) ** 2 <= 1:
            total += value
    return total


def pixel(row, column, size):
    steps = [(k + 0.5) / SAMPLES for k in range(SAMPLES)]
    total = 0.0
    for dy in steps:
        for dx in steps:
            total += density(2 * (column + dx) / size - 1, 1 - 2 * (row + dy) / size)
    return min(max(total / SAMPLES**2, 0.0), 1.0)


def main():
    if len(sys.argv) != 3 or not sys.argv[1].isdigit() or int(sys.argv[1]) < 1:
        sys.exit("usage: phantom.py SIZE FILE.pgm")
    size = int(sys.argv[1])
    values = bytes(round(255 * pixel(row, column, size)) for row in range(size) for column in range(size))
    with open(sys.argv[2], "wb") as file:
        file.write(b"P5\n%d %d\n255\n" % (size, size) + values)


if __name__ == "__main__":
    main()
