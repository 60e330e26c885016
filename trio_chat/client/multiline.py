"""A text of several lines, or too long for one, as the messages to send for it (IRCv3 multiline).

Laws: every line fits and is of whole characters; joined again, they are the text; a batch keeps to
the limits that the server has said.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from trio_chat.client.batches import CONCAT, MULTILINE
from trio_chat.client.text import cut
from trio_chat.wire.message import MAX_BODY, Message

MOST_LINES = 100
"""Lines in a batch on a server that does not say how many ("RECOMMENDED", multiline)."""

_LINE_END = re.compile(r"\r\n|\r|\n")


@dataclass(frozen=True, slots=True)
class Limits:
    """The most that one batch may have: bytes of text, line feeds included, and lines."""

    bytes: int
    lines: int

    @classmethod
    def of(cls, value: str | None) -> Limits | None:
        """The limits in the value of the capability; None if there is none, or no sane one."""
        said = dict(token.partition("=")[::2] for token in (value or "").split(","))
        most = _number(said.get("max-bytes", ""))
        if most < MAX_BODY:  # no more than a line, so of no use
            return None
        return cls(most, _number(said.get("max-lines", "")) or MOST_LINES)


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 9 else 0


@dataclass(frozen=True, slots=True)
class Piece:
    """One line to send; `goes_on` if no line feed stands before it."""

    text: str
    goes_on: bool


def pieces(text: str, size: int) -> Iterator[Piece]:
    """The lines of a text, those over `size` bytes in parts: cut at spaces, which stay."""
    for line in _LINE_END.split(text.replace("\0", "")):
        rest, goes_on = line, False
        while len(rest.encode()) > size:
            at = cut(rest, size - 1)
            at += rest[at : at + 1] == " "  # "leave the space character at the end of the line"
            yield Piece(rest[:at], goes_on)
            rest, goes_on = rest[at:], True
        yield Piece(rest, goes_on)


def groups(text: str, size: int, limits: Limits) -> list[list[Piece]]:
    """The lines of a text, each of at most `size` bytes, in as few batches as the limits allow.

    None begins or ends with a blank line, so none is blank as a whole.
    """
    size = min(size, limits.bytes)
    made: list[list[Piece]] = []
    group: list[Piece] = []
    length = 0
    for piece in pieces(text, size):
        if not piece.text and (not group or piece.goes_on):
            continue
        cost = len(piece.text.encode()) + (bool(group) and not piece.goes_on)
        if length + cost > limits.bytes or len(group) >= limits.lines:
            made.append(group)
            group, length = [], 0
            if not piece.text:
                continue
            cost = len(piece.text.encode())
            piece = Piece(piece.text, goes_on=False)
        group.append(piece)
        length += cost
    made.append(group)
    return [kept for group in made if (kept := _without_blank_end(group))]


def _without_blank_end(group: list[Piece]) -> list[Piece]:
    while group and not group[-1].text.strip():
        group = group[:-1]
    return group


def joined(group: list[Piece]) -> str:
    """The text that a group is."""
    first, *others = group
    return first.text + "".join(each.text if each.goes_on else f"\n{each.text}" for each in others)


def batch(
    command: str, target: str, group: list[Piece], reference: str, tags: dict[str, str]
) -> list[Message]:
    """The messages to send for a group; the tags stand on the first (multiline, "Message tags")."""
    lines = [
        Message(
            command,
            (target, piece.text),
            tags={"batch": reference} | ({CONCAT: ""} if piece.goes_on else {}),
        )
        for piece in group
    ]
    opening = Message("BATCH", (f"+{reference}", MULTILINE, target), tags=tags)
    return [opening, *lines, Message("BATCH", (f"-{reference}",))]
