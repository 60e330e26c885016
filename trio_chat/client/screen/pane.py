"""The pane of messages on the full screen: the end of a conversation, or a place further up.

Laws:

* Only what can be seen is formatted, so a redraw costs the same in a room of ten messages and of a
  thousand.
* Who has scrolled up stays at the entry they look at, whatever arrives below it or above.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from prompt_toolkit.layout import UIContent, UIControl

from trio_chat.client.model.entries import Entry
from trio_chat.client.screen.cells import cells
from trio_chat.client.screen.line import Line
from trio_chat.client.screen.wrap import wrap

MOST_CACHED = 2_000
"""Entries whose rows are remembered, about 4 MB: more than any screen shows."""

Draw = Callable[[Entry, int], Sequence[Line]]
"""An entry as lines for so many columns, not yet wrapped."""


class MessagePane(UIControl):
    """The entries that `entries()` gives, in rows drawn from the bottom up."""

    def __init__(self, entries: Callable[[], Sequence[Entry]], draw: Draw) -> None:
        self._entries = entries
        self._draw = draw
        self._bottom: Entry | None = None
        """The entry at the bottom while scrolled up; None while the end is followed."""
        self._hidden = 0
        """Rows of that entry, its last ones, that are below the pane."""
        self._size = (80, 24)
        self._rows: dict[int, tuple[object, Entry, list[Line]]] = {}
        self.is_at_top = False
        """Whether the first entry there is was on the screen when it was last drawn."""

    @property
    def is_scrolled(self) -> bool:
        """Whether it shows something else than the end."""
        return self._bottom is not None

    def change_looks(self) -> None:
        """Lines look different from now on."""
        self._rows.clear()

    def follow(self) -> None:
        """Show the end, and what comes."""
        self._bottom, self._hidden = None, 0

    def scroll(self, pages: float) -> None:
        """Go up by so many pages, or down if negative; down to the end it follows again."""
        entries = self._shown()
        rows = round(pages * max(self._size[1] - 1, 1))
        at = self._index(entries)
        if at < 0:
            return
        hidden = self._hidden + rows
        while hidden > 0 and at > 0 and hidden >= (height := len(self._rows_of(entries[at]))):
            hidden -= height
            at -= 1
        while hidden < 0 and at < len(entries) - 1:
            at += 1
            hidden += len(self._rows_of(entries[at]))
        at, hidden = self._not_above_top(entries, at, max(hidden, 0))
        if at == len(entries) - 1 and hidden == 0:
            self.follow()
        else:
            self._bottom, self._hidden = entries[at], hidden

    def create_content(self, width: int, height: int) -> UIContent:
        """The rows that fill the pane."""
        self._size = (width, height)
        entries = self._shown()
        at = self._index(entries)
        rows: list[Line] = []
        hidden = self._hidden
        while at >= 0 and len(rows) < height:
            drawn = self._rows_of(entries[at])
            rows[:0] = drawn[: len(drawn) - hidden] if hidden else drawn
            hidden = 0
            at -= 1
        self.is_at_top = at < 0
        rows = rows[max(len(rows) - height, 0) :]
        rows = [[] for _ in range(height - len(rows))] + rows
        return UIContent(
            get_line=lambda row: cells(rows[row]), line_count=height, show_cursor=False
        )

    def is_focusable(self) -> bool:
        """What is typed goes to the input line."""
        return False

    def _shown(self) -> Sequence[Entry]:
        return [entry for entry in self._entries() if not entry.noise]

    def _index(self, entries: Sequence[Entry]) -> int:
        """Where the bottom is; an entry that is gone is one of long ago, so the oldest there is."""
        if self._bottom is None:
            return len(entries) - 1
        for at, entry in enumerate(entries):
            if entry is self._bottom:
                return at
        self._bottom, self._hidden = (entries[0], 0) if entries else (None, 0)
        return 0 if entries else -1

    def _not_above_top(self, entries: Sequence[Entry], at: int, hidden: int) -> tuple[int, int]:
        """The same place, or the highest at which the pane is full."""
        height = self._size[1]
        above = len(self._rows_of(entries[at])) - hidden
        for entry in reversed(entries[:at]):
            if above >= height:
                break
            above += len(self._rows_of(entry))
        while above < height and (hidden > 0 or at < len(entries) - 1):
            missing = height - above
            if hidden > 0:
                step = min(hidden, missing)
                hidden -= step
                above += step
            else:
                at += 1
                rows = len(self._rows_of(entries[at]))
                hidden = max(rows - missing, 0)
                above += rows - hidden
        return at, hidden

    def _rows_of(self, entry: Entry) -> list[Line]:
        width = self._size[0]
        looks = (
            *(width, entry.text, entry.state, entry.number, entry.edited, entry.redacted),
            *(entry.pinned, tuple((name, len(who)) for name, who in entry.reactions.items())),
        )
        cached = self._rows.get(id(entry))
        # The entry is kept with its rows, so that no other has its id meanwhile.
        if cached is not None and cached[0] == looks:
            return cached[2]
        if len(self._rows) >= MOST_CACHED:
            self._rows.clear()
        lines = self._draw(entry, width)
        rows = [row for line in lines for row in wrap(line, width, tear=True)]
        self._rows[id(entry)] = (looks, entry, rows)
        return rows
