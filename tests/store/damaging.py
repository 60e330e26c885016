"""What happens to files of databases: pages spoilt, ends lost."""

from __future__ import annotations

from pathlib import Path

PAGE_BYTES = 4096
"""Of SQLite's pages, unless told otherwise."""


def spoil_page(path: Path, number: int) -> None:
    """Write over one page; the first one has number 1."""
    with path.open("r+b") as file:
        file.seek((number - 1) * PAGE_BYTES)
        file.write(b"\xa5" * PAGE_BYTES)


def pages_in(path: Path) -> int:
    return path.stat().st_size // PAGE_BYTES


def all_bytes(directory: Path) -> dict[str, bytes]:
    """What all files of a directory hold, but for the index of the log, which is made anew."""
    return {
        path.name: path.read_bytes()
        for path in sorted(directory.iterdir())
        if not path.name.endswith("-shm")
    }
