"""Builds the training set, from Debian's wallpaper packages or from your own images.

python -m training.prepare_data --out DIR                    # the sources of the default prior
python -m training.prepare_data --out DIR --folder IMAGES    # a folder, searched through
"""

from __future__ import annotations

import argparse
import csv
import hashlib
import subprocess
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pillow_jxl  # noqa: F401  (registers JPEG XL with Pillow)
from PIL import Image, UnidentifiedImageError

from training.photographs import load_srgb, reduce_to, write_set
from training.selection import Fingerprint, is_flat_graphic

SOURCES = Path(__file__).with_name("sources.tsv")
SUFFIXES = {".jpg", ".jpeg", ".png", ".webp", ".jxl", ".tif", ".tiff", ".bmp"}
LONG_SIDE = 2000
LEAST_FACTOR = 2.0
PYRAMID_LEVELS = 3
LEAST_SIDE = 128  # the largest training crop must fit


@dataclass(frozen=True)
class Source:
    """One line of sources.tsv."""

    split: str
    release: str
    package: str
    version: str
    path: str
    sha256: str
    licence: str
    author: str


def read_sources(path: Path) -> list[Source]:
    with path.open(newline="", encoding="utf-8") as stream:
        rows = csv.DictReader(stream, delimiter="\t", quoting=csv.QUOTE_NONE)
        return [Source(**row) for row in rows]


def apt_mirror() -> str:
    """The address that this machine's apt takes Debian's main archive from."""
    command = ["apt-get", "indextargets", "--format", "$(REPO_URI)", "Created-By: Packages"]
    answer = subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()
    mirrors = [address for address in answer if "security" not in address]
    if not mirrors:
        raise SystemExit("apt knows no package lists: run apt-get update, or give --mirror")
    return mirrors[0]


class Archive:
    """Unpacks packages of any Debian release, with a private apt state; installs nothing."""

    def __init__(self, work: Path, mirror: str) -> None:
        self._work = work.resolve()
        self._mirror = mirror
        self._updated: set[str] = set()

    def unpack(self, release: str, package: str) -> Path:
        folder = self._work / release / "files" / package
        if folder.exists():
            return folder
        downloads = self._work / release / "packages"
        downloads.mkdir(parents=True, exist_ok=True)
        self._update(release)
        subprocess.run(self._apt(release, "download", package), cwd=downloads, check=True)
        newest = max(downloads.glob(f"{package}_*.deb"), key=lambda file: file.stat().st_mtime)
        partial = folder.with_name(folder.name + ".partial")
        partial.parent.mkdir(parents=True, exist_ok=True)
        subprocess.run(["dpkg", "-x", str(newest), str(partial)], check=True)
        return partial.rename(folder)

    def _update(self, release: str) -> None:
        if release in self._updated:
            return
        root = self._work / release
        for name in ("lists/partial", "cache/archives/partial"):
            (root / name).mkdir(parents=True, exist_ok=True)
        (root / "status").touch()
        (root / "sources.list").write_text(f"deb {self._mirror} {release} main\n")
        subprocess.run(self._apt(release, "update"), check=True)
        self._updated.add(release)

    def _apt(self, release: str, *arguments: str) -> list[str]:
        root = self._work / release
        options = {
            "Dir::Etc::sourcelist": root / "sources.list",
            "Dir::Etc::sourceparts": "-",
            "Dir::State::lists": root / "lists",
            "Dir::State::status": root / "status",
            "Dir::Cache": root / "cache",
        }
        flags = [part for key, value in options.items() for part in ("-o", f"{key}={value}")]
        return ["apt-get", "-q", *flags, *arguments]


def from_packages(archive: Archive, allow_missing: bool) -> Iterator[tuple[str, str, Image.Image]]:
    """The photographs of sources.tsv; a changed or vanished file is an error unless allowed."""
    for source in read_sources(SOURCES):
        path = archive.unpack(source.release, source.package) / source.path
        label = f"{source.release}/{source.package}: {source.path}"
        found = hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else "no file"
        if found != source.sha256:
            message = f"{label}: expected sha256 {source.sha256}, found {found}"
            if not allow_missing:
                raise SystemExit(message)
            print(f"left out: {message}", file=sys.stderr)
            continue
        yield (
            f"{source.package}/{source.path}",
            source.split,
            reduce_to(load_srgb(path), LONG_SIDE, LEAST_FACTOR),
        )


def images_below(folder: Path) -> list[Path]:
    return sorted(p for p in folder.rglob("*") if p.suffix.lower() in SUFFIXES and p.is_file())


def from_folder(
    folder: Path, least_factor: float, hold_out: int, keep_graphics: bool
) -> Iterator[tuple[str, str, Image.Image]]:
    """Every image below a folder, largest copy of each picture, first ones held out."""
    seen: list[Fingerprint] = []
    kept = 0
    for path in sorted(images_below(folder), key=lambda p: -p.stat().st_size):
        try:
            image = reduce_to(load_srgb(path), LONG_SIDE, least_factor)
        except (UnidentifiedImageError, OSError) as error:
            print(f"left out: {path}: {error}", file=sys.stderr)
            continue
        fingerprint = Fingerprint.of(image)
        reason = None
        if min(image.size) < LEAST_SIDE:
            reason = f"smaller than {LEAST_SIDE} pixels after downscaling"
        elif any(fingerprint.same_picture(other) for other in seen):
            reason = "a copy of another picture"
        elif not keep_graphics and is_flat_graphic(image):
            reason = "a flat graphic"
        if reason:
            print(f"left out: {path}: {reason}", file=sys.stderr)
            continue
        seen.append(fingerprint)
        yield str(path.relative_to(folder)), "validation" if kept < hold_out else "train", image
        kept += 1


def counted(
    items: Iterable[tuple[str, str, Image.Image]],
) -> Iterator[tuple[str, str, Image.Image]]:
    for number, item in enumerate(items, 1):
        print(f"{number} {item[1]} {item[0]} {item[2].width}x{item[2].height}", flush=True)
        yield item


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, required=True, help="folder of the finished set")
    parser.add_argument("--folder", type=Path, help="your own images instead of the packages")
    parser.add_argument("--work", type=Path, help="downloads (default: OUT/work)")
    parser.add_argument("--mirror", help="of Debian (default: the one that apt uses here)")
    parser.add_argument("--allow-missing", action="store_true", help="go on without changed files")
    parser.add_argument("--least-factor", type=float, default=LEAST_FACTOR, help="for --folder")
    parser.add_argument("--hold-out", type=int, default=4, help="for --folder: validation images")
    parser.add_argument("--keep-graphics", action="store_true", help="for --folder: drawings too")
    options = parser.parse_args()
    Image.MAX_IMAGE_PIXELS = None  # trusted sources; wallpapers exceed the default limit
    if options.folder:
        items = from_folder(
            options.folder, options.least_factor, options.hold_out, options.keep_graphics
        )
    else:
        archive = Archive(options.work or options.out / "work", options.mirror or apt_mirror())
        items = from_packages(archive, options.allow_missing)
    index = write_set(options.out, counted(items), PYRAMID_LEVELS, LEAST_SIDE)
    megapixels = sum(e.height * e.width for e in index if e.level == 0) / 1e6
    print(f"{len({entry.name for entry in index})} pictures, {megapixels:.0f} megapixels")


if __name__ == "__main__":
    main()
