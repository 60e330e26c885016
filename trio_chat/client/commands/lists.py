"""Lists in what is shown, each bounded: nobody reads 10,000 lines, and the scrollback is lost."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from trio_chat.client import events
from trio_chat.client.events import Event

if TYPE_CHECKING:
    from trio_chat.client.commands.console import Console

LONGEST_LIST = 50
"""Lines of one answer: about a screen."""

MOST_NAMES = 500
"""Names in one line of an answer, of some 4,000 characters."""


def show_list(console: Console, lines: Sequence[str], hint: str = "") -> None:
    """Show the first lines, and how many there are more; `hint` says what narrows it."""
    for line in lines[:LONGEST_LIST]:
        console.note(line)
    more = len(lines) - LONGEST_LIST
    if more > 0:
        console.note(f"and {more} more{f': {hint} narrows it' if hint else ''}")


def in_a_line(names: Sequence[str]) -> str:
    """Names with commas between, or how many more there are."""
    more = len(names) - MOST_NAMES
    return ", ".join(names[:MOST_NAMES]) + (f" and {more} more" if more > 0 else "")


def told_in_a_line(event: Event, nick: str) -> str:
    """A message of a history in one line, with its time and place; empty if it is none.

    `nick` is ours.
    """
    match event:
        case events.Said(who, text) | events.Noticed(who, text):
            pass
        case events.Sent(_, text):
            who = nick
        case _:
            return ""
    said = " ".join(text.split("\n"))
    return f"{event.at.astimezone():%Y-%m-%d %H:%M}  {event.where}  {who}: {said}"
