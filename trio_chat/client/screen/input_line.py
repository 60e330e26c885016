"""The input line: what is being typed, its keys and its completion, for every layout.

Laws:

* A key press is handled at once and never waits for the network: what is entered goes into a
  queue, and everything shown comes from the model as it is.
* Nothing but text can get into the line.
"""

from __future__ import annotations

from collections.abc import Callable

from prompt_toolkit.buffer import Buffer
from prompt_toolkit.formatted_text import StyleAndTextTuples
from prompt_toolkit.history import InMemoryHistory
from prompt_toolkit.layout import BufferControl, Dimension, Window
from prompt_toolkit.layout.processors import BeforeInput

from trio_chat.client.commands.table import COMMANDS
from trio_chat.client.model.model import Model
from trio_chat.client.screen.completion import Cycle, Words, complete
from trio_chat.client.screen.keys import Deeds, bindings
from trio_chat.client.screen.line import Line
from trio_chat.client.setup.settings import Settings
from trio_chat.client.text import clean, typed

TALLEST_INPUT = 8
"""Rows a long input may take before it scrolls."""


class _TypedText(Buffer):
    """The line being typed: whatever the keys or the clipboard bring, it holds text alone.

    prompt_toolkit inserts some keys as they are (Ctrl-Z, any after Ctrl-Q, and all that is pasted).
    """

    def insert_text(
        self,
        data: str,
        overwrite: bool = False,
        move_cursor: bool = True,
        fire_event: bool = True,
    ) -> None:
        super().insert_text(typed(data), overwrite, move_cursor, fire_event)


class InputLine:
    """The line, without an application: a layout holds its `container`, and focuses `window`."""

    def __init__(self, model: Model, deeds: Deeds, settings: Callable[[], Settings]) -> None:
        self.deeds = deeds
        self._model = model
        self._settings = settings
        self._cycle: Cycle | None = None
        self.buffer = _TypedText(
            multiline=False,
            accept_handler=self._accept,
            history=InMemoryHistory(),
            enable_history_search=True,
            on_text_changed=lambda buffer: self.deeds.typed(buffer.text),
        )
        self.control = BufferControl(
            self.buffer,
            input_processors=[BeforeInput(self._lead)],
            key_bindings=bindings(self),
        )
        self.window = Window(
            self.control,
            height=Dimension(min=1, max=TALLEST_INPUT),
            wrap_lines=True,
            dont_extend_height=True,
        )
        self.container = self.window

    @property
    def is_emacs(self) -> bool:
        """Whether the keys are those of emacs, and not of vi."""
        return self._settings().editing == "emacs"

    def hint(self) -> Line | None:
        """What there is to say of the line just now, in a row; None for nothing."""
        cycle = self._cycle
        if cycle is None or len(cycle.candidates) < 2 or not self._is_at(cycle):
            return None
        return [("", " " + clean("  ".join(name.strip(": ") for name in cycle.candidates)))]

    def complete(self, step: int) -> None:
        """Go on by a step in the completion of the word before the cursor."""
        model, buffer = self._model, self.buffer
        words = Words(list(COMMANDS), list(model.rooms), model.nicks())
        self._cycle = complete(buffer.text, buffer.cursor_position, words, self._cycle, step)
        if self._cycle is not None:
            buffer.text = self._cycle.text
            buffer.cursor_position = self._cycle.cursor

    def _is_at(self, cycle: Cycle) -> bool:
        return (self.buffer.text, self.buffer.cursor_position) == (cycle.text, cycle.cursor)

    def _accept(self, buffer: Buffer) -> bool:
        return not self.deeds.enter(buffer.text)  # whether to keep it; remembered it is anyway

    def _lead(self) -> StyleAndTextTuples:
        return [("bold", f"[{clean(self._model.current) or '-'}] ")]
