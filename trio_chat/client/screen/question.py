"""A question in place of the input line: what is answered is never remembered, nor sent as typing.

Law: an answer that is hidden goes nowhere but to whoever asked: not into the history, not among
what Ctrl-Y brings back, not onto the screen.
"""

from __future__ import annotations

from collections.abc import Callable

import trio
from prompt_toolkit.filters import Condition
from prompt_toolkit.formatted_text import StyleAndTextTuples
from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent
from prompt_toolkit.keys import Keys
from prompt_toolkit.layout import ConditionalContainer, FormattedTextControl, Window

from trio_chat.client.screen import graphemes
from trio_chat.client.screen.cells import cells
from trio_chat.client.screen.line import Line
from trio_chat.client.text import clean, typed

LONGEST_ANSWER = 1_000
"""Characters: no password is longer, and a paste by mistake may be."""

_SHOWN = "*"


class Question:
    """Asks one question at a time. `changed` is called when it begins, ends, or looks different."""

    def __init__(self, changed: Callable[[], None], leave: Callable[[], None]) -> None:
        self._changed = changed
        self._leave = leave
        self._turn = trio.Lock()
        self._text = ""
        self._hidden = False
        self._answer: str | None = ""
        self._answered = trio.Event()
        self.is_open = False
        self.window = Window(
            FormattedTextControl(
                self._fragments, focusable=True, key_bindings=self._keys(), show_cursor=True
            ),
            wrap_lines=True,
            dont_extend_height=True,
        )
        self.container = ConditionalContainer(self.window, Condition(lambda: self.is_open))

    async def ask(self, question: str, *, hidden: bool = False) -> str | None:
        """What the person answers; None if they do not want to."""
        async with self._turn:
            self._text, self._hidden = clean(question), hidden
            self._answer, self._answered = "", trio.Event()
            self.is_open = True
            self._changed()
            try:
                await self._answered.wait()
                return self._answer
            finally:
                self._answer, self.is_open = "", False
                self._changed()

    def _fragments(self) -> StyleAndTextTuples:
        answer = self._answer or ""
        shown = _SHOWN * len(answer) if self._hidden else answer
        line: Line = [("class:question bold", f"{self._text} "), ("", shown)]
        return [*cells(line), ("[SetCursorPosition]", ""), ("", " ")]

    def _end(self, answer: str | None) -> None:
        self._answer = answer
        self._answered.set()

    def _add(self, text: str) -> None:
        # The end of a line is pasted along with a password more often than not.
        text = "".join(typed(text).split("\n"))
        self._answer = ((self._answer or "") + text)[:LONGEST_ANSWER]

    def _keys(self) -> KeyBindings:
        keys = KeyBindings()

        @keys.add(Keys.Any)
        def _(event: KeyPressEvent) -> None:
            if not isinstance(event.key_sequence[0].key, Keys):  # a character, and not F5
                self._add(event.data)

        @keys.add(Keys.BracketedPaste)
        def _(event: KeyPressEvent) -> None:
            self._add(event.data.replace("\r", "\n"))

        @keys.add("backspace")
        def _(event: KeyPressEvent) -> None:
            answer = self._answer or ""
            self._answer = answer[: graphemes.before(answer, len(answer))]

        @keys.add("c-u")
        @keys.add("c-w")
        def _(event: KeyPressEvent) -> None:
            self._answer = ""

        @keys.add("enter")
        @keys.add("c-j")
        def _(event: KeyPressEvent) -> None:
            self._end(self._answer)

        @keys.add("escape")
        @keys.add("c-c")
        @keys.add("c-d")
        @keys.add("c-g")
        def _(event: KeyPressEvent) -> None:
            self._end(None)

        @keys.add("<sigint>")
        def _(event: KeyPressEvent) -> None:
            self._leave()

        return keys
