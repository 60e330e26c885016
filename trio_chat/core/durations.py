"""Durations as people write them: `1d12h`, `30m`, `2w`; a bare number counts minutes."""

from __future__ import annotations

import re

_SECONDS = {"w": 604_800, "d": 86_400, "h": 3_600, "m": 60, "s": 1}
_PARTS = re.compile(r"(?:\d{1,10}[wdhms])+", re.ASCII)
_PART = re.compile(r"(\d+)([wdhms])", re.ASCII)
_MINUTES = re.compile(r"\d{1,10}", re.ASCII)

LONGEST_SECONDS = 100 * 365 * 86_400
"""A hundred years: longer is as good as for ever, and no date has it."""


def parse_duration(text: str) -> int | None:
    """Seconds; None if this is no duration, or one of more than `LONGEST_SECONDS`."""
    if _MINUTES.fullmatch(text):
        seconds = int(text) * 60
    elif _PARTS.fullmatch(text):
        seconds = sum(int(number) * _SECONDS[unit] for number, unit in _PART.findall(text))
    else:
        return None
    return seconds if seconds <= LONGEST_SECONDS else None


def format_duration(seconds: float) -> str:
    """The same, for people to read: its two largest units."""
    left = max(0, int(seconds))
    parts = []
    for unit, size in _SECONDS.items():
        number, left = divmod(left, size)
        if number:
            parts.append(f"{number}{unit}")
    return "".join(parts[:2]) or "0s"
