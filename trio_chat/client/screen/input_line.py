"""The input line: what is being typed, its keys and its completion, for every layout.

Laws:

* A key press is handled at once and never waits for the network: what is entered goes into a
  queue, and everything shown comes from the model as it is.
* Nothing but text can get into the line.
* A text of several lines is one text, wherever it came from: no line of it is a command alone.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from prompt_toolkit.application import Application
from prompt_toolkit.buffer import Buffer
from prompt_toolkit.document import Document
from prompt_toolkit.filters import Condition, is_searching
from prompt_toolkit.formatted_text import StyleAndTextTuples
from prompt_toolkit.key_binding import KeyPress
from prompt_toolkit.key_binding.vi_state import InputMode
from prompt_toolkit.keys import Keys
from prompt_toolkit.layout import (
    BufferControl,
    ConditionalContainer,
    Dimension,
    FormattedTextControl,
    HSplit,
    SearchBufferControl,
    Window,
)
from prompt_toolkit.layout.processors import BeforeInput

from trio_chat.client.emoji import emoji_by_name
from trio_chat.client.model.entries import Entry
from trio_chat.client.model.model import Model
from trio_chat.client.screen import editing, keys  # noqa: F401 - they fill the table
from trio_chat.client.screen.cells import cells
from trio_chat.client.screen.completion import Cycle, complete
from trio_chat.client.screen.entered import Entered
from trio_chat.client.screen.in_step import Graphemes
from trio_chat.client.screen.key_table import ABOUT, TABLE, Deeds, Key, bindings
from trio_chat.client.screen.line import Line, cut_line
from trio_chat.client.screen.menu import menu
from trio_chat.client.screen.question import Question
from trio_chat.client.screen.typed_text import TypedText
from trio_chat.client.screen.words import ModelWords, preview
from trio_chat.client.setup.settings import Settings
from trio_chat.client.text import clean

TALLEST_INPUT = 8
"""Rows a long input may take before it scrolls."""

BURST = 3
"""Lines that arrive in one piece, and so are taken for a paste by a terminal that does not mark
pastes: a hand is not so fast."""

_NAMED_EMOJI = re.compile(r":([^:\s]+):")
_MODES = {
    InputMode.INSERT: "insert",
    InputMode.INSERT_MULTIPLE: "insert",
    InputMode.NAVIGATION: "normal",
    InputMode.REPLACE: "replace",
    InputMode.REPLACE_SINGLE: "replace",
}


def keys_about(about: str) -> list[Key]:
    """The keys about one thing of `ABOUT`, in the order of lists."""
    return [key for key in TABLE if key.about == about]


def key_names() -> list[tuple[str, str]]:
    """What each key is called and what it does."""
    return [(key.names, key.does) for about in ABOUT for key in keys_about(about)]


class InputLine:
    """The line, without an application: a layout holds its `container`, and focuses `window`."""

    def __init__(
        self,
        model: Model,
        deeds: Deeds,
        settings: Callable[[], Settings],
        entered: Entered | None = None,
    ) -> None:
        self.deeds = deeds
        self._model = model
        self._settings = settings
        self._words = ModelWords(model)
        self._app: Application[Any] | None = None
        self._cycle: Cycle | None = None
        self._pasted = 0
        self._before_paste = Document()
        self.picked: Entry | None = None
        """The message that what is typed is about."""
        self.picked_to = "reply"
        """What Enter does to it: the name of a command."""
        entered = entered or Entered()
        entered.where = lambda: model.current
        self.buffer = TypedText(self._accept, entered)
        self.buffer.on_text_changed += self._changed
        self._question = Question(self._turn_to_question, deeds.leave)
        self._searched = SearchBufferControl(
            Buffer(multiline=False), input_processors=[BeforeInput("search: ")], ignore_case=True
        )
        self.control = BufferControl(
            self.buffer,
            input_processors=[BeforeInput(self._lead), Graphemes()],
            search_buffer_control=self._searched,
            preview_search=True,
            key_bindings=bindings(self),
        )
        self.window = Window(
            self.control,
            height=Dimension(min=1, max=TALLEST_INPUT),
            wrap_lines=True,
            dont_extend_height=True,
        )
        picked = Window(FormattedTextControl(self._picked), height=1, style="class:picked")
        self.container = HSplit(
            [
                ConditionalContainer(picked, Condition(lambda: self.picked is not None)),
                ConditionalContainer(self.window, Condition(lambda: not self.is_asking)),
                self._question.container,
                ConditionalContainer(Window(self._searched, height=1), is_searching),
            ]
        )

    def attach(self, app: Application[Any]) -> None:
        """The application that it is part of from now on."""
        self._app = app

    @property
    def is_emacs(self) -> bool:
        """Whether the keys are those of emacs, and not of vi."""
        return self._settings().editing == "emacs"

    @property
    def is_asking(self) -> bool:
        """Whether a question stands in its place."""
        return self._question.is_open

    @property
    def is_pasted(self) -> bool:
        """Whether a paste waits to be sent or not."""
        return self._pasted > 0

    @property
    def mode(self) -> str:
        """The mode of vi in a word; empty with the keys of emacs."""
        if self.is_emacs or self._app is None:
            return ""
        return _MODES[self._app.vi_state.input_mode]

    def hint(self, columns: int) -> Line | None:
        """What there is to say of the line just now, in a row; None for nothing."""
        if self._pasted:
            text = f" paste of {self._pasted} lines: Enter sends them as one message, "
            return cut_line([("class:hint", f"{text}Esc edits, Ctrl-C drops")], columns)
        cycle = self._cycle
        if cycle is None or not self._is_at(cycle):
            return None
        return menu(cycle, columns)

    async def ask_secret(self, question: str) -> str | None:
        """Ask for what is not shown, in place of the line; None if the person does not want to."""
        return await self._question.ask(question, hidden=True)

    async def ask(self, question: str) -> str | None:
        """Ask for a line; None if the person does not want to."""
        return await self._question.ask(question)

    # --- what the keys do ---

    def complete(self, step: int) -> None:
        """Go on by a step in the completion of the word before the cursor."""
        buffer = self.buffer
        self._cycle = complete(buffer.text, buffer.cursor_position, self._words, self._cycle, step)
        if self._cycle is not None:
            buffer.document = Document(self._cycle.text, self._cycle.cursor)

    def paste(self, text: str) -> None:
        """Insert a text; if it has many lines, ask whether it is to be sent."""
        text = text.replace("\r\n", "\n").replace("\r", "\n").rstrip("\n")
        before = self.buffer.document
        several = "\n" in text
        if several and not before.text and text.startswith("/"):
            text = f"/{text}"  # said, and not done
        self.buffer.insert_text(text)
        lines = text.count("\n") + 1
        if several and lines > self._settings().paste_lines:
            self._pasted, self._before_paste = lines, before

    def drop(self) -> None:
        """Empty the line, or take a paste away again."""
        if self._pasted:
            self.buffer.document = self._before_paste
            self._pasted = 0
        else:
            self.buffer.reset()
            self.end_picking()

    def escape(self) -> None:
        """End what is going on beside typing: a paste is edited, what is picked is let go."""
        if self._pasted:
            self._pasted = 0
        elif self.picked is not None:
            if self.picked_to == "edit":
                self.buffer.reset()
            self.end_picking()

    def pick(self, step: int) -> None:
        """Pick the message before or after the one that is picked."""
        following = self.deeds.pick(self.picked, step)
        if following is None and step > 0:
            self.escape()
        elif following is not None:
            if self.picked_to == "edit":
                self.escape()
            self.picked = following

    def reply(self) -> None:
        """Have Enter answer the message that is picked, or else the last."""
        self._pick_to("reply", self.picked or self.deeds.pick(None, -1))

    def react(self) -> None:
        """Have Enter react to it with what is typed then."""
        self._pick_to("react", self.picked or self.deeds.pick(None, -1))

    def edit(self) -> None:
        """Put the message that is picked, or our last, into the line, to be another."""
        picked = self.picked
        message = picked if picked is not None and picked.own else self.deeds.last_own()
        if message is not None:
            self._pick_to("edit", message)
            self.buffer.document = Document(message.text, len(message.text))

    def end_picking(self) -> None:
        """What is typed is about no message any more."""
        self.picked, self.picked_to = None, "reply"

    def take_burst(self, coming: list[KeyPress]) -> bool:
        """Whether keys that came together with an Enter are a paste, which is inserted then."""
        ends = (Keys.Enter, Keys.ControlJ)
        if sum(press.key in ends for press in coming) < BURST - 1:
            return False
        if any(isinstance(press.key, Keys) and press.key not in ends for press in coming):
            return False
        lines = ("\n" if press.key in ends else press.data for press in coming)
        self.paste("\n" + "".join(lines))
        return True

    # --- within ---

    def _pick_to(self, command: str, message: Entry | None) -> None:
        if message is not None:
            self.picked, self.picked_to = message, command

    def _accept(self, buffer: Buffer) -> bool:
        text = buffer.text
        if self.picked is not None and not self._is_command(text):
            if not text.strip() or self.picked.where != self._model.current:
                self.end_picking()
                return True
            text = text.removeprefix("/") if text.startswith("//") else text
            named = _NAMED_EMOJI.fullmatch(text.strip())
            if self.picked_to == "react" and named:
                text = emoji_by_name().get(named[1].lower(), text)
            text = f"/{self.picked_to} {self.picked.number} {text}"
        if not self.deeds.enter(text):
            return True  # stays in the line; remembered it is anyway
        self._pasted = 0
        self.end_picking()
        return False

    @staticmethod
    def _is_command(text: str) -> bool:
        return text.startswith("/") and not text.startswith("//")

    def _is_at(self, cycle: Cycle) -> bool:
        return (self.buffer.text, self.buffer.cursor_position) == (cycle.text, cycle.cursor)

    def _changed(self, buffer: Buffer) -> None:
        self._pasted = 0
        self.deeds.typed(buffer.text)

    def _turn_to_question(self) -> None:
        if self._app is not None:
            self._app.layout.focus(self._question.window if self.is_asking else self.window)
            self._app.invalidate()

    def _lead(self) -> StyleAndTextTuples:
        return [("class:prompt bold", f"[{clean(self._model.current) or '-'}] ")]

    def _picked(self) -> StyleAndTextTuples:
        picked = self.picked
        if picked is None:
            return []
        does = {"reply": "reply to", "edit": "edit", "react": "react to"}[self.picked_to]
        what = f"{does} {picked.number} {preview(picked.who, picked.text)}"
        return cells([("class:picked bold", what), ("class:picked", "  (Esc ends)")])
