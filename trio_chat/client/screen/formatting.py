"""Formatting codes of IRC, read into styled fragments (https://modern.ircdocs.horse/formatting).

Laws:

* The fragments are clean: the codes are gone, and so is all else that a terminal would act upon.
* What a sender asks for never makes a text unreadable: whoever shows it chooses the colours, a
  text in the colour that is behind it (a "spoiler") among them, which terminals cannot uncover.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from trio_chat.client.screen.colours import IRC
from trio_chat.client.screen.line import Line
from trio_chat.client.text import harmless

Colours = Callable[[str, str], str]
"""From the colours asked for, of the text and behind it (six hex digits or empty), to a style."""

_TOGGLES = {
    "\x02": "bold",
    "\x1d": "italic",
    "\x1f": "underline",
    "\x1e": "strike",
    "\x11": "class:mono",
    "\x16": "reverse",
}
_RESET = "\x0f"
# "If there are two ASCII digits available where a <COLOR> is allowed, then two characters MUST
# always be read for it"; a comma without a colour behind it is text.
_CODE = re.compile(
    r"([\x02\x1d\x1f\x1e\x11\x16\x0f])"
    r"|\x03(?:([0-9]{1,2})(?:,([0-9]{1,2}))?)?"
    r"|\x04(?:([0-9A-Fa-f]{6})(?:,([0-9A-Fa-f]{6}))?)?"
)


def formatted(text: str, colours: Colours) -> Line:
    """The fragments of a text; none if nothing of it is left."""
    if text.isascii() and text.isprintable():
        return [("", text)] if text else []
    line: Line = []
    on: dict[str, None] = {}
    front = behind = ""
    at = 0
    # A tab is a wide space; what it would be in a terminal depends on where it stands.
    text = text.replace("\t", " ")
    for code in _CODE.finditer(text):
        _add(line, text[at : code.start()], on, colours(front, behind) if front or behind else "")
        at = code.end()
        toggle, number, number_behind, digits, digits_behind = code.groups()
        if toggle == _RESET:
            on.clear()
            front = behind = ""
        elif toggle:
            style = _TOGGLES[toggle]
            if style in on:
                del on[style]
            else:
                on[style] = None
        else:
            front = _numbered(number) if number else (digits or "").lower()
            if number_behind:
                behind = _numbered(number_behind)
            elif digits_behind:
                behind = digits_behind.lower()
            elif not front and number is None:
                behind = ""  # the code alone takes both away
    _add(line, text[at:], on, colours(front, behind) if front or behind else "")
    return line


def _add(line: Line, text: str, on: dict[str, None], colour: str) -> None:
    clean = harmless(text)
    if clean:
        line.append((" ".join([*on, colour] if colour else on), clean))


def _numbered(number: str) -> str:
    return IRC[int(number)] if int(number) < len(IRC) else ""
