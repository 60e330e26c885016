"""What a terminal is told beside text: its title, its bell, notifications on the desktop.

Laws:

* What is in the title or in a notification is clean: it cannot end its sequence and begin another.
* A flood of mentions rings once in a while, and not a thousand times.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from contextlib import suppress

from prompt_toolkit.output import Output

from trio_chat.client.model.entries import Entry
from trio_chat.client.model.model import Model
from trio_chat.client.screen.line import cut
from trio_chat.client.setup.settings import Settings
from trio_chat.client.text import clean

PAUSE = 2.0
"""Seconds between two bells, and between two notifications."""

LONGEST = 120
"""Columns of a notification or a title: desktops show less."""


class Alerts:
    """Those of one terminal."""

    def __init__(
        self,
        output: Output,
        environ: Mapping[str, str],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._output = output
        self._is_in_tmux = "TMUX" in environ
        self._clock = clock
        self._rung = -PAUSE
        self._title = ""
        self._has_ended = False

    def tell(self, entry: Entry, current: str, settings: Settings) -> None:
        """Ring and notify if an entry is meant for the person, and has just been said.

        Not of a private message where one is: each line of a talk under way would ring.
        """
        if not entry.is_message or entry.own or entry.missed:
            return
        if not (entry.mention or (entry.private and entry.where != current)):
            return
        now = self._clock()
        if now - self._rung < PAUSE:
            return
        self._rung = now
        if settings.bell:
            self._output.bell()
        if settings.notify != "off":
            self._output.write_raw(self._notification(entry, settings.notify))
            self._output.flush()

    def name(self, model: Model, settings: Settings) -> None:
        """Put where one is, and whether one is meant elsewhere, into the title."""
        if not settings.title or self._has_ended:
            self._give_back()
            return
        title = cut(clean(title_of(model)), LONGEST)
        if title == self._title:
            return
        if not self._title:
            self._output.write_raw("\x1b[22;2t")  # XTWINOPS: keep the title there is
        self._title = title
        self._output.set_title(title)
        self._output.flush()

    def end(self) -> None:
        """Give the title back, for good."""
        self._has_ended = True
        self._give_back()

    def _give_back(self) -> None:
        if self._title:
            self._title = ""
            with suppress(OSError):  # the terminal is gone
                self._output.clear_title()
                self._output.write_raw("\x1b[23;2t")
                self._output.flush()

    def _notification(self, entry: Entry, kind: str) -> str:
        who = clean(entry.who)
        title = who if entry.private else f"{who} in {clean(entry.where)}"
        text = clean(entry.text.replace("\n", " "))
        # A semicolon parts the fields of both; iTerm2 and ConEmu read numbers before one in OSC 9.
        title, text = (cut(part.replace(";", ","), LONGEST) for part in (title, text))
        sequence = f"\x1b]9;{title}: {text}\x07"
        if kind == "osc777":
            sequence = f"\x1b]777;notify;{title};{text}\x07"
        if self._is_in_tmux:  # which passes it on like this, if it may (allow-passthrough)
            return "\x1bPtmux;" + sequence.replace("\x1b", "\x1b\x1b") + "\x1b\\"
        return sequence


def title_of(model: Model) -> str:
    """Where one is, how often one is meant elsewhere, and what is unread: "(2) #tea"."""
    others = [each for each in model.conversations.values() if each.name != model.current]
    mentions = sum(each.mentions for each in others)
    unread = any(each.unread for each in others)
    mark = f"({mentions}) " if mentions else "* " if unread else ""
    return f"{mark}{model.current or 'trio-chat'}"
