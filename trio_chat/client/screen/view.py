"""Entries as lines for a terminal.

Law: nothing from outside reaches the terminal but through `clean`; the only escape sequences in
a line are the colours put there here.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from datetime import tzinfo

from trio_chat.client.model.entries import Entry, Kind
from trio_chat.client.text import clean
from trio_chat.wire.grammar import casefold

_RESET = "\x1b[0m"
_BOLD = "1"
_DIM = "2"
_TROUBLE = "31"
_PRIVATE = "35"
_MENTION = "1;33"
# The colours every terminal lets its user choose, without black, white and the one of trouble.
_NICKS = ("32", "33", "34", "35", "36", "92", "93", "94", "95", "96")


@dataclass(frozen=True, slots=True)
class View:
    """How lines look: `colour` or plain (NO_COLOR), and in which time zone (None: the local)."""

    colour: bool = True
    zone: tzinfo | None = None

    def line(self, entry: Entry, current: str) -> str:
        """One line, without its end, as seen while `current` is the current conversation."""
        time = self._paint(f"{entry.at.astimezone(self.zone):%H:%M}", _DIM)
        elsewhere = entry.where and entry.where != current
        silent = not elsewhere or entry.private or entry.names_place
        place = "" if silent else self._paint(clean(entry.where), _BOLD) + " "
        return f"{time} {place}{self._body(entry)}"

    def _body(self, entry: Entry) -> str:
        text = clean(entry.text)
        match entry.kind:
            case Kind.CHANGED | Kind.AMENDED | Kind.DIVIDED | Kind.TOLD:
                return self._paint(f"-- {text}", _DIM)
            case Kind.TROUBLE:
                return self._paint(f"!! {text}", _TROUBLE)
            case Kind.ACTED:
                who = self._nick(entry)
                return (
                    f"{self._private(entry)}* {who} {text}" if entry.private else f"* {who} {text}"
                )
            case Kind.NOTICED:
                return f"{self._private(entry)}-{self._nick(entry)}- {text}"
            case Kind.SAID if entry.private:
                return f"{self._private(entry)}{text}"
            case Kind.SAID:
                return f"<{self._nick(entry)}> {text}"

    def _nick(self, entry: Entry) -> str:
        nick = clean(entry.who)
        if entry.own:
            return self._paint(nick, _BOLD)
        if entry.mention:
            return self._paint(nick, _MENTION)
        # Not `hash`: a nick keeps its colour from run to run.
        return self._paint(nick, _NICKS[zlib.crc32(casefold(nick).encode()) % len(_NICKS)])

    def _private(self, entry: Entry) -> str:
        if not entry.private:
            return ""
        partner = clean(entry.where)
        return (
            self._paint(f"[you → {partner}]" if entry.own else f"[{partner} → you]", _PRIVATE) + " "
        )

    def _paint(self, text: str, code: str) -> str:
        return f"\x1b[{code}m{text}{_RESET}" if self.colour and text else text


def status(nick: str, connection: str, others: list[tuple[str, int, int]]) -> str:
    """The text of the status bar: who we are, how the connection is, and what is unread where.

    `others` are (name, unread, mentions); a mention is marked: `#tea(12!)`.
    """
    unread = [f"{name}({count}{'!' * (mentions > 0)})" for name, count, mentions in others if count]
    return clean("  ".join([nick, connection, *unread]))
