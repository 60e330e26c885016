"""Lines printed above a running inline prompt, without ever touching what is being typed.

Laws:

* The terminal stays in raw mode all the time. prompt_toolkit's own ways to print while a prompt
  runs (`patch_stdout`, `run_in_terminal`) leave it for a moment, and lose keys under load: 10 of
  677 pairs were measured.
* This is the one module that touches private names of prompt_toolkit (`_redraw`, `_cursor_pos`,
  `_last_screen`, `_last_size`, `_min_available_height`, `_request_absolute_cursor_position`,
  `_running_in_terminal`); its version is capped for that, and tests look at the screen.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import trio
from prompt_toolkit.application import Application
from prompt_toolkit.output import Output
from prompt_toolkit.renderer import CPR_Support

from trio_chat.client.screen.ansi import Pen
from trio_chat.client.screen.line import Line
from trio_chat.client.screen.wrap import wrap

INTERVAL = 0.02
"""Seconds between two prints: lines in between go out together. The first goes out at once."""

PROMPT_INTERVAL = 0.25
"""Seconds between two drawings of the prompt on account of what was printed.

Printing leaves the prompt alone, but a count in the status bar may be another now. To draw it costs
3 ms, ten times a print: after each, that was a quarter of the work at 1,000 lines/s.
"""

MOST_WAITING = 2_000
"""Lines that may wait to be printed before `wait_for_room` waits: a flood waits at the server."""

_CURSOR_PATIENCE = 0.1
"""Seconds to wait for a terminal to tell where the cursor is; then we draw without knowing."""


class LinePrinter:
    """Prints lines above an application's prompt."""

    def __init__(
        self,
        app: Application[Any],
        pen: Pen,
        refresh: Callable[[], None] = lambda: None,
        interval: float = INTERVAL,
    ) -> None:
        self._app = app
        self.pen = pen
        self._refresh = refresh
        self._interval = interval
        self._lines: list[Line] = []
        self._wake = trio.Event()
        self._printed = trio.Event()
        self._drawn = trio.Event()
        app.after_render += lambda _: self._drawn.set()

    def put(self, line: Line) -> None:
        """Add a line."""
        self._lines.append(line)
        self._wake.set()

    def change(self) -> None:
        """Something around the input line is another: `refresh` it, and draw."""
        self._wake.set()

    async def wait_for_room(self) -> None:
        """Wait while too many lines are waiting to be printed."""
        # No checkpoint while there is room: who asks after each line has one for each line, and in
        # a guest's loop that costs as much as to read it.
        while len(self._lines) >= MOST_WAITING:
            self._printed = trio.Event()
            await self._printed.wait()

    async def run(self) -> None:
        """Print what is put, until cancelled, and draw the prompt now and then meanwhile."""
        drawn, due = -math.inf, math.inf
        while True:
            with trio.move_on_at(due):
                await self._wake.wait()
            if self._wake.is_set():
                await self._until_cursor_is_known()
                self.flush()
                due = min(due, drawn + PROMPT_INTERVAL)
            if trio.current_time() >= due:
                self._refresh()
                self._app.invalidate()
                drawn, due = trio.current_time(), math.inf
            await trio.sleep(self._interval)

    def flush(self) -> None:
        """Print what waits, now."""
        self._wake = trio.Event()
        lines, self._lines = self._lines, []
        if lines:
            print_above(self._app, lines, self.pen)
        self._printed.set()

    async def _until_cursor_is_known(self) -> None:
        """An answer to "where is the cursor" that is under way would be wrong after a print."""
        renderer = self._app.renderer
        with trio.move_on_after(_CURSOR_PATIENCE):
            await trio.lowlevel.checkpoint()
            while renderer.waiting_for_cpr and renderer.cpr_support is CPR_Support.SUPPORTED:
                # The answer is a key like any other: after it the prompt is drawn.
                self._drawn = trio.Event()
                await self._drawn.wait()


def print_above(app: Application[Any], lines: list[Line], pen: Pen) -> None:
    """Write lines, wrapped, above the prompt of an inline application, if one runs."""
    output = app.output
    columns = output.get_size().columns
    rows = [pen(row) for line in lines for row in wrap(line, columns)]
    if not app.is_running or app._running_in_terminal:
        output.write_raw("".join(f"{row}\r\n" for row in rows))
        output.flush()
        return
    top = _rows_above(app)
    with _one_write(output):
        if top >= 2:
            _scroll_in(output, top, rows)
        else:
            _push_down(app, rows)


def _rows_above(app: Application[Any]) -> int:
    """Rows above a prompt that stands on the last rows of the screen; 0 if it may not, or moves.

    It does not as long as the screen has not filled up, while its position is asked for, and when
    it has just become lower than the space it holds (the tail of a long input was deleted).
    """
    renderer, size = app.renderer, app.output.get_size()
    screen = renderer._last_screen
    if (
        screen is None
        or renderer._last_size != size
        or renderer._min_available_height <= 0
        or renderer.waiting_for_cpr
    ):
        return 0
    used = max(renderer._min_available_height, screen.height)
    wanted = app.layout.container.preferred_height(size.columns, size.rows).preferred
    return size.rows - used if used == wanted else 0


def _scroll_in(output: Output, top: int, rows: list[str]) -> None:
    """Scroll the first `top` rows alone (DECSTBM), and write at the end of them.

    What scrolls out at the top goes to the terminal's own history, as ever. The cursor, its
    colours and the rows of the prompt stay as they are: DECSC and DECRC save and restore them.
    """
    text = "".join(f"\r\n{row}" for row in rows)
    output.write_raw(f"\x1b7\x1b[?7h\x1b[1;{top}r\x1b[{top};1H{text}\x1b[m\x1b[r\x1b8\x1b[?7l")


def _push_down(app: Application[Any], rows: list[str]) -> None:
    """Erase the prompt, write the lines in its place, and draw it below them."""
    renderer, output = app.renderer, app.output
    output.cursor_backward(renderer._cursor_pos.x)
    output.cursor_up(renderer._cursor_pos.y)
    # Not `renderer.erase`, which erases all below at once: in the first cell of the screen tmux
    # takes that for a clearing of the screen, and keeps the prompt in its history.
    output.erase_end_of_line()
    output.cursor_forward(1)
    output.erase_down()
    output.cursor_backward(1)
    output.reset_attributes()
    output.enable_autowrap()
    output.write_raw("".join(f"{row}\r\n" for row in rows))
    renderer.reset()
    app._request_absolute_cursor_position()
    app._redraw()


@contextmanager
def _one_write(output: Output) -> Iterator[None]:
    """Hold back `flush`, which erasing and drawing each do: in one write, nothing flickers."""
    flush = output.flush
    output.flush = lambda: None  # type: ignore[method-assign]
    try:
        yield
    finally:
        output.flush = flush  # type: ignore[method-assign]
        output.flush()
