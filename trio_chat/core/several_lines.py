"""Messages of several lines, in the forms that they are handed on in and kept (IRCv3 multiline).

Laws:

* Whoever takes multiline messages gets a batch, everybody else the same lines one by one; in both
  forms there is one id, on the batch or on the first line.
* What is kept is one text: a line feed between two lines, a carriage return where the second is
  joined to the first. No line can have either in it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from trio_chat.core.state import World
from trio_chat.wire.message import Message

KIND = "draft/multiline"
CONCAT = "draft/multiline-concat"

_BREAK = re.compile(r"([\n\r])")

_OF_EACH_LINE = ("time", "account", "bot", "draft/oper")
"""The tags that are true of every line, and not of the message alone."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a message; `joined` to the one before without a line feed."""

    text: str
    joined: bool


def to_text(lines: Iterable[Line]) -> str:
    """The lines as the one text that is kept."""
    return "".join(("\r" if line.joined else "\n") + line.text for line in lines)[1:]


def is_several(text: str) -> bool:
    """Whether a text that was kept is of several lines."""
    return "\n" in text or "\r" in text


def to_lines(text: str) -> list[Line]:
    """The lines of a text that was kept."""
    first, *rest = _BREAK.split(text)
    pairs = zip(rest[::2], rest[1::2], strict=True)
    return [Line(first, False), *(Line(line, sign == "\r") for sign, line in pairs)]


def as_batch(
    world: World,
    command: str,
    target: str,
    source: str,
    lines: Iterable[Line],
    tags: Mapping[str, str],
) -> Iterator[Message]:
    """A message as a batch; `tags` are those of the whole."""
    reference = world.new_id()
    yield Message("BATCH", (f"+{reference}", KIND, target), source, tags)
    inside = {"batch": reference}
    if "time" in tags:
        inside["time"] = tags["time"]
    for line in lines:
        its = {**inside, CONCAT: ""} if line.joined else inside
        yield Message(command, (target, line.text), source, its)
    yield Message("BATCH", (f"-{reference}",), source)


def line_by_line(
    command: str, target: str, source: str, lines: Iterable[Line], tags: Mapping[str, str]
) -> Iterator[Message]:
    """A message as one message for each line that is not blank: these clients MUST NOT be sent
    blank ones (multiline, "Fallback")."""
    its = tags
    for line in lines:
        if line.text:
            yield Message(command, (target, line.text), source, its)
            its = {key: tags[key] for key in _OF_EACH_LINE if key in tags}
