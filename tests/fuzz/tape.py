"""Bytes of the fuzzer, taken for choices and for texts.

atheris has a provider of its own, which takes numbers from the end; but the inputs kept must mean
the same where there is no atheris, and a person must be able to read and write them.
"""

from __future__ import annotations


class Tape:
    """Read from its beginning to its end; past that, all choices are 0 and all texts empty."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    @property
    def is_over(self) -> bool:
        return self._at >= len(self._data)

    def byte(self) -> int:
        self._at += 1
        return self._data[self._at - 1] if self._at <= len(self._data) else 0

    def line(self) -> bytes:
        """All up to the next LF, which is passed over."""
        end = self._data.find(b"\n", self._at)
        start, end = self._at, len(self._data) if end < 0 else end
        self._at = end + 1
        return self._data[start:end]

    def rest(self) -> bytes:
        start, self._at = self._at, len(self._data)
        return self._data[start:]


def pieces(data: bytes, sizes: tuple[int, ...]) -> list[bytes]:
    """The data cut into pieces of these sizes (at least 1), again and again in turn."""
    cut: list[bytes] = []
    at = 0
    while at < len(data):
        size = sizes[len(cut) % len(sizes)]
        cut.append(data[at : at + size])
        at += size
    return cut
