"""Themes: what the classes of fragments look like.

Laws:

* A theme that says on which backgrounds it stands has no text on them below WCAG's contrast of
  4.5, and neither does a sender's colour there; a test counts it. Of a terminal's own 16 colours
  only the terminal knows what they are.
* No class is told by its colour alone: what matters has a sign, a word or a weight as well.
"""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property, lru_cache

from prompt_toolkit.output import ColorDepth
from prompt_toolkit.styles import Style

from trio_chat.client.screen import colours
from trio_chat.wire.grammar import casefold

NICKS = 12
"""Classes nick.0 to nick.11: more colours are not told apart."""


@lru_cache(maxsize=2_000)  # more than talk in all rooms of a person at a time
def nick_class(nick: str) -> str:
    """The class of a nick, the same from run to run."""
    return f"class:nick.{zlib.crc32(casefold(nick).encode()) % NICKS}"  # `hash` changes


@dataclass(frozen=True)
class Theme:
    """A style for each class; `backgrounds` are the darkest and the lightest it is made for."""

    name: str
    rules: Mapping[str, str]
    backgrounds: tuple[str, ...] = ()
    colourless: bool = field(default=False, kw_only=True)
    """Whether it shows no colours of senders either."""

    @cached_property
    def style(self) -> Style:
        """For prompt_toolkit."""
        return Style(list(self.rules.items()))

    def of_sender(self, front: str, behind: str) -> str:
        """The style for colours that a sender asks for, six hex digits or empty each."""
        if self.colourless:
            return ""
        if behind:
            return f"fg:#{colours.readable(front or 'ffffff', behind)} bg:#{behind}"
        if self.backgrounds:
            return f"fg:#{colours.readable(front, *self.backgrounds)}"
        name = colours.hue(front)
        return f"fg:{name}" if name else ""


def theme_named(name: str, depth: ColorDepth, environ: Mapping[str, str]) -> Theme:
    """The theme for a terminal of so many colours; one unknown is taken for "default".

    "default" is the dark or the light one if the terminal tells what its background is, as some do
    (COLORFGBG), else it keeps to the terminal's own colours.
    """
    if depth is ColorDepth.DEPTH_1_BIT:
        return NONE
    if name not in THEMES or name == "default":
        name = _told_background(environ.get("COLORFGBG", "")) or "default"
    few = depth is ColorDepth.DEPTH_4_BIT
    return (_OF_16 if few else THEMES).get(name) or THEMES[name]


def _told_background(colours: str) -> str:
    """ "15;0" and "15;default;0" are light on black."""
    behind = colours.rpartition(";")[2]
    if not behind.isdecimal():
        return ""
    return "light" if behind in ("7", "15") else "dark"


def _nicks(styles: str) -> dict[str, str]:
    each = styles.split(", ")
    return {f"nick.{number}": each[number % len(each)] for number in range(NICKS)}


# What is so without any colour, under every theme.
_SHAPES = {
    "place": "bold",
    "nick.own": "bold",
    "mention": "bold",
    "trouble": "bold",
    "refused": "bold",
    "redacted": "italic",
    "prompt": "bold",
    "status": "reverse",
    "status.room": "bold",
    "status.mention": "bold",
    "status.trouble": "bold",
    "status.typing": "italic",
    "mono": "",
    "top": "reverse",
    "top.name": "bold",
    "rooms.current": "reverse",
    "rooms.unread": "bold",
    "rooms.mention": "bold underline",
}
_FAINT = (
    *("time", "number", "told", "divider", "again", "reply", "reaction"),
    *("pending", "redacted", "edited", "rule", "rooms.number", "members.rank", "members.away"),
)
"""Classes that stand back behind what is said."""


def _theme(
    name: str,
    backgrounds: tuple[str, ...] = (),
    *,
    faint: str,
    nicks: str,
    mention: str,
    private: str,
    trouble: str,
    reaction: str,
    bar: str,
    colourless: bool = False,
) -> Theme:
    rules = {
        **dict.fromkeys(_FAINT, faint),
        **_nicks(nicks),
        "divider": f"{faint} bold",
        "mention": mention,
        "private": private,
        "trouble": trouble,
        "refused": trouble,
        "reaction": reaction,
        "rooms.mention": mention,
        "status": bar,
        "top": bar,
    }
    shaped = {key: f"{rules.get(key, '')} {_SHAPES.get(key, '')}".strip() for key in rules}
    if bar:
        shaped |= dict.fromkeys(("status", "top"), f"noreverse {bar}")
    return Theme(name, {**_SHAPES, **shaped}, backgrounds, colourless=colourless)


NONE = _theme(
    "none",
    faint="dim",
    nicks="",
    mention="underline",
    private="",
    trouble="",
    reaction="",
    bar="",
    colourless=True,
)
_DEFAULT = _theme(
    "default",
    faint="dim",
    # The colours every terminal lets its user choose, without black, white and that of trouble.
    nicks="ansigreen, ansiyellow, ansiblue, ansimagenta, ansicyan, "
    "ansibrightgreen, ansibrightyellow, ansibrightblue, ansibrightmagenta, ansibrightcyan",
    mention="ansiyellow",
    private="ansimagenta",
    trouble="ansired",
    reaction="ansigreen",
    bar="",
)
_BLACK_TO_GREY = ("000000", "303030")
_DARK = _theme(
    "dark",
    _BLACK_TO_GREY,
    faint="#a0a0a0",
    nicks="#ff9e9e, #ffb86c, #f1dd6c, #b5e77d, #7ee7a2, "
    "#6fe3d2, #7fd7ff, #9fbfff, #c3a8ff, #eda2f2, #ff9fcf, #d7c4a0",
    mention="#ffd75f",
    private="#e2a0ff",
    trouble="#ff8a80",
    reaction="#a8d8a8",
    bar="#e4e4e4 bg:#3a3a3a",
)
_WHITE_TO_CREAM = ("eee8d5", "ffffff")
_LIGHT = _theme(
    "light",
    _WHITE_TO_CREAM,
    faint="#636363",
    nicks="#c00000, #a15000, #785f00, #456f00, #007831, "
    "#00706a, #0069a1, #2c59d2, #6a45e0, #9a30c0, #c02080, #7a5230",
    mention="#8a4b00",
    private="#8a2be2",
    trouble="#b00020",
    reaction="#2f6b2f",
    bar="#1c1c1c bg:#d0d0d0",
)
_CONTRAST = _theme(
    "contrast",
    ("000000", "1e1e1e"),
    faint="#cfcfcf",
    nicks="#ffffff, #ffff5f, #7fffff, #7fff7f, #ffbfff, #ffcf9f",
    mention="#ffff00 reverse",
    private="#ffafff",
    trouble="#ffafaf underline",
    reaction="#afffaf",
    bar="#000000 bg:#ffffff",
)
# Okabe and Ito, "Color Universal Design": told apart with each kind of colour blindness; those too
# dark for the background are mixed with white.
_COLOURBLIND = _theme(
    "colourblind",
    _BLACK_TO_GREY,
    faint="#a0a0a0",
    nicks="#e69f00, #56b4e9, #2fb08d, #f0e442, #df863f, #e3a9c8, #d0d0d0",
    mention="#f0e442",
    private="#e3a9c8",
    trouble="#df863f",
    reaction="#56b4e9",
    bar="#e4e4e4 bg:#3a3a3a",
)

THEMES: Mapping[str, Theme] = {
    theme.name: theme for theme in (_DEFAULT, _DARK, _LIGHT, _CONTRAST, _COLOURBLIND, NONE)
}
"""By their names."""

# By a terminal's own colours, which are too few to be mixed: those of them that are far from the
# background with the values of xterm.
_OF_16: Mapping[str, Theme] = {
    "dark": _theme(
        "dark",
        faint="ansigray",
        nicks="ansibrightred, ansibrightgreen, ansibrightyellow, "
        "ansibrightmagenta, ansibrightcyan, ansigreen, ansiyellow, ansicyan",
        mention="ansibrightyellow",
        private="ansibrightmagenta",
        trouble="ansibrightred",
        reaction="ansibrightgreen",
        bar="",
    ),
    "light": _theme(
        "light",
        faint="ansiblack",
        nicks="ansired, ansiblue, ansired underline, ansiblue underline",
        mention="ansiblue reverse",
        private="ansiblue",
        trouble="ansired",
        reaction="ansiblue",
        bar="",
    ),
}
