"""Colours as numbers: how well one is read on another, and what senders may ask for.

Law: a colour is six hex digits, "ff8c00".
"""

from __future__ import annotations

import colorsys
import re
from collections.abc import Sequence
from functools import lru_cache

LEAST_CONTRAST = 4.5
"""Between a text and what is behind it (WCAG 2.2, 1.4.3 Contrast (Minimum))."""

IRC = re.findall(
    "[0-9a-f]{6}",
    # 0 to 15 are the client's choice, and these the usual ones; 16 to 98 stand in the table of
    # https://modern.ircdocs.horse/formatting#colors-16-98.
    "ffffff 000000 00007f 009300 ff0000 7f0000 9c009c fc7f00 "
    "ffff00 00fc00 009393 00ffff 0000fc ff00ff 7f7f7f d2d2d2 "
    "470000 472100 474700 324700 004700 00472c 004747 002747 000047 2e0047 470047 47002a "
    "740000 743a00 747400 517400 007400 007449 007474 004074 000074 4b0074 740074 740045 "
    "b50000 b56300 b5b500 7db500 00b500 00b571 00b5b5 0063b5 0000b5 7500b5 b500b5 b5006b "
    "ff0000 ff8c00 ffff00 b2ff00 00ff00 00ffa0 00ffff 008cff 0000ff a500ff ff00ff ff0098 "
    "ff5959 ffb459 ffff71 cfff60 6fff6f 65ffc9 6dffff 59b4ff 5959ff c459ff ff66ff ff59bc "
    "ff9c9c ffd39c ffff9c e2ff9c 9cff9c 9cffdb 9cffff 9cd3ff 9c9cff dc9cff ff9cff ff94d3 "
    "000000 131313 282828 363636 4d4d4d 656565 818181 9f9f9f bcbcbc e2e2e2 ffffff",
)
"""The colours by their numbers; 99 is none."""

_STEPS = 16
_MOST_KEPT = 4_096  # of the 16 million that senders can ask for


def channels(colour: str) -> tuple[int, int, int]:
    """Red, green and blue, each from 0 to 255."""
    return int(colour[0:2], 16), int(colour[2:4], 16), int(colour[4:6], 16)


def luminance(colour: str) -> float:
    """How bright a colour is, from 0 to 1 (WCAG 2.2, "relative luminance")."""
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4
        for part in (channel / 255 for channel in channels(colour))
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """Between two colours, from 1 to 21 (WCAG 2.2, "contrast ratio")."""
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


@lru_cache(maxsize=_MOST_KEPT)
def readable(colour: str, *behind: str, least: float = LEAST_CONTRAST) -> str:
    """The colour, or the nearest lighter or darker one that can be read on all of `behind`.

    They must be all dark or all light for there to be one.
    """
    if all(contrast(colour, back) >= least for back in behind):
        return colour
    # White and black are equally far from this brightness.
    end = 255 if max(map(luminance, behind)) < 0.179 else 0
    for step in range(1, _STEPS + 1):
        mixed = "".join(f"{part + (end - part) * step // _STEPS:02x}" for part in channels(colour))
        if all(contrast(mixed, back) >= least for back in behind):
            return mixed
    return f"{end:02x}" * 3


def hue(colour: str) -> str:
    """The nearest of prompt_toolkit's names for a terminal's own colours; empty for a grey."""
    hue, lightness, saturation = colorsys.rgb_to_hls(*(part / 255 for part in channels(colour)))
    if saturation < 0.2 or not 0.08 < lightness < 0.97:
        return ""
    names = ("ansired", "ansiyellow", "ansigreen", "ansicyan", "ansiblue", "ansimagenta")
    return names[round(hue * 6) % 6]


@lru_cache(maxsize=_MOST_KEPT)
def of_256(colour: str) -> int:
    """The nearest of the 256 colours of terminals: of the cube (16 to 231) or of the greys."""
    wanted = channels(colour)
    cube = [min(range(6), key=lambda level: abs(_CUBE[level] - part)) for part in wanted]
    grey = min(max(round((sum(wanted) / 3 - 8) / 10), 0), 23)
    in_cube = _distance(wanted, [_CUBE[level] for level in cube])
    if _distance(wanted, [8 + 10 * grey] * 3) < in_cube:
        return 232 + grey
    return 16 + 36 * cube[0] + 6 * cube[1] + cube[2]


_CUBE = (0, 95, 135, 175, 215, 255)


def _distance(one: Sequence[int], other: Sequence[int]) -> int:
    return sum((a - b) ** 2 for a, b in zip(one, other, strict=True))
