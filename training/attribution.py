"""Writes ATTRIBUTION.md from sources.tsv: python -m training.attribution."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from training.prepare_data import SOURCES, Source, read_sources

TITLE = """# Photographs that the default prior was trained on
Written by `python -m training.attribution` from `sources.tsv`, which also holds the checksum
of every file. Authors and licences are as the Debian package states them (its `copyright`
file, or the metadata beside the picture). The photographs themselves are not part of this
repository. Rows marked *validation* were held out: they chose the checkpoint, no weight was
fitted to them.
"""


def short_name(source: Source) -> str:
    """The file's name, or the wallpaper's for Plasma, where files are named by their size."""
    parts = source.path.split("/")
    return parts[parts.index("contents") - 1] if "contents" in parts else parts[-1]


def table(sources: list[Source]) -> str:
    lines = [
        "| picture | package, version (release) | author | licence | split |",
        "|---|---|---|---|---|",
    ]
    for s in sources:
        package = f"{s.package} {s.version} ({s.release})"
        lines.append(f"| {short_name(s)} | {package} | {s.author} | {s.licence} | {s.split} |")
    return "\n".join(lines)


def main() -> None:
    sources = read_sources(SOURCES)
    counts = Counter(s.licence for s in sources)
    summary = ", ".join(f"{licence}: {count}" for licence, count in counts.most_common())
    text = f"{TITLE}\n{len(sources)} pictures. By licence: {summary}.\n\n{table(sources)}\n"
    Path(__file__).with_name("ATTRIBUTION.md").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
