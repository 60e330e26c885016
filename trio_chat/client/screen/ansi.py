"""Styled lines as text for a terminal, and how many colours it has.

Law: the only escape sequences in what comes out are colours and attributes (SGR), and each ends
with its fragment.
"""

from __future__ import annotations

from collections.abc import Mapping

from prompt_toolkit.output import ColorDepth
from prompt_toolkit.output.vt100 import ANSI_COLORS_TO_RGB, BG_ANSI_COLORS, FG_ANSI_COLORS
from prompt_toolkit.styles import Attrs, BaseStyle

from trio_chat.client.screen.colours import channels, contrast, hue, of_256
from trio_chat.client.screen.line import Line

_MOST_STYLES = 4_096
"""Kept; senders can ask for 16 million colours. All are forgotten then, which costs 20 ms."""

_END = "\x1b[0m"
_GREYS = ("ansiblack", "ansibrightblack", "ansigray", "ansiwhite")
_BRIGHT = 0xE0
"""Of the brightest channel: where the eight bright colours begin, half way from 0xCD to 0xFF."""

_TERMINALS_WITH_16 = ("linux", "eterm-color", "cygwin", "ansi", "vt100", "xterm-16color", "pcansi")


def colour_depth(wanted: str, environ: Mapping[str, str]) -> ColorDepth:
    """How many colours to use: as the setting says, or for "auto" what the environment tells.

    What is set by hand goes before NO_COLOR (https://no-color.org says so).
    """
    asked = _ASKED.get(wanted)
    if asked is not None:
        return asked
    term = environ.get("TERM", "")
    if environ.get("NO_COLOR") or term == "dumb":
        return ColorDepth.DEPTH_1_BIT
    forced = environ.get("PROMPT_TOOLKIT_COLOR_DEPTH")
    if forced in {depth.value for depth in ColorDepth}:
        return ColorDepth(forced)
    if environ.get("COLORTERM") in ("truecolor", "24bit") or term.endswith("-direct"):
        return ColorDepth.DEPTH_24_BIT
    return ColorDepth.DEPTH_4_BIT if term in _TERMINALS_WITH_16 else ColorDepth.DEPTH_8_BIT


_ASKED = {
    "never": ColorDepth.DEPTH_1_BIT,
    "16": ColorDepth.DEPTH_4_BIT,
    "256": ColorDepth.DEPTH_8_BIT,
    "true": ColorDepth.DEPTH_24_BIT,
}


class Pen:
    """Writes lines in a style."""

    def __init__(self, style: BaseStyle, depth: ColorDepth) -> None:
        self._style = style
        self._depth = depth
        self._starts: dict[str, str] = {"": ""}

    def __call__(self, line: Line) -> str:
        """The line with its colours, without its end."""
        parts = []
        for style, text in line:
            start = self._starts.get(style)
            if start is None:
                start = self._start(style)
            parts.append(f"{start}{text}{_END}" if start else text)
        return "".join(parts)

    def _start(self, style: str) -> str:
        if len(self._starts) >= _MOST_STYLES:
            self._starts = {"": ""}
        codes = _codes(self._style.get_attrs_for_style_str(style), self._depth)
        start = self._starts[style] = f"\x1b[{';'.join(codes)}m" if codes else ""
        return start


def _codes(attrs: Attrs, depth: ColorDepth) -> list[str]:
    switched = {
        "1": attrs.bold,
        "2": attrs.dim,
        "3": attrs.italic,
        "4": attrs.underline,
        "7": attrs.reverse,
        "9": attrs.strike,
    }
    codes = [code for code, on in switched.items() if on]
    front, behind = attrs.color or "", attrs.bgcolor or ""
    if depth is ColorDepth.DEPTH_1_BIT:
        return codes
    if depth is ColorDepth.DEPTH_4_BIT:
        front, behind = _named(front), _named(behind)
        if behind and front and _contrast(front, behind) < 3:
            front = max(("ansiblack", "ansiwhite"), key=lambda name: _contrast(name, behind))
    if front:
        codes.append(_colour(front, depth, FG_ANSI_COLORS, "38"))
    if behind:
        codes.append(_colour(behind, depth, BG_ANSI_COLORS, "48"))
    return codes


def _colour(colour: str, depth: ColorDepth, names: Mapping[str, int], lead: str) -> str:
    if colour in names or colour == "default":
        return str(names[colour if colour in names else "ansidefault"])
    if depth is ColorDepth.DEPTH_8_BIT:
        return f"{lead};5;{of_256(colour)}"
    red, green, blue = channels(colour)
    return f"{lead};2;{red};{green};{blue}"


def _named(colour: str) -> str:
    """The nearest of the 16; what has a hue keeps it."""
    if not colour or colour in FG_ANSI_COLORS or colour == "default":
        return colour
    name, brightest = hue(colour), max(channels(colour))
    if name:
        return name.replace("ansi", "ansibright") if brightest > _BRIGHT else name
    return min(_GREYS, key=lambda grey: abs(ANSI_COLORS_TO_RGB[grey][0] - brightest))


def _contrast(front: str, behind: str) -> float:
    def digits(name: str) -> str:
        return "".join(f"{part:02x}" for part in ANSI_COLORS_TO_RGB[name])

    return contrast(digits(front), digits(behind))
