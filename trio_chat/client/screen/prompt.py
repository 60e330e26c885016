"""The application around an input line, in whatever layout it is given.

Law: an exception in a key binding or while drawing ends it, and raises.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from prompt_toolkit.application import Application
from prompt_toolkit.enums import EditingMode
from prompt_toolkit.input import Input
from prompt_toolkit.key_binding import KeyBindings
from prompt_toolkit.layout import AnyContainer, Layout
from prompt_toolkit.output import ColorDepth, Output
from prompt_toolkit.styles import BaseStyle

from trio_chat.client.screen.in_step import keep_in_step
from trio_chat.client.screen.input_line import InputLine
from trio_chat.client.screen.suspend import bind_ctrl_z

ESCAPE_PATIENCE = 0.1
"""Seconds after which an Escape is one, and not the beginning of Alt with a key: over a slow line
the two bytes of that come apart."""

VI_ESCAPE_PATIENCE = 0.02
"""The same with the keys of vi, where a command often follows Escape as fast as it can be typed."""


class Prompt:
    """An application with an input line in it, and a `container` that holds it."""

    def __init__(
        self,
        line: InputLine,
        container: AnyContainer,
        *,
        full_screen: bool = False,
        style: BaseStyle | None = None,
        color_depth: Callable[[], ColorDepth | None] | None = None,
        input: Input | None = None,
        output: Output | None = None,
    ) -> None:
        self.line = line
        self.buffer = line.buffer
        self._stopped = False
        keys = KeyBindings()
        self.app: Application[None] = Application(
            Layout(container, focused_element=line.window),
            full_screen=full_screen,
            style=style,
            color_depth=color_depth,
            key_bindings=keys,
            erase_when_done=True,
            # Draw at once: with prompt_toolkit's pauses, an echo took 23 ms where it takes 2.4 ms
            # (5,000 lines/s coming in).
            min_redraw_interval=0,
            max_render_postpone_time=0,
            before_render=self._use_keys,
            input=input,
            output=output,
        )
        bind_ctrl_z(keys, self.app.input)
        keep_in_step(self.app.output)
        line.attach(self.app)

    async def run(self) -> None:
        """Run until `stop`. An exception in a key binding or while drawing ends it, and raises."""
        loop = asyncio.get_running_loop()
        loop.set_exception_handler(self._fail)
        # SIGINT, which is not the key, is for whoever watches the other signals.
        await self.app.run_async(
            pre_run=self._stop_early, handle_sigint=False, set_exception_handler=False
        )

    def stop(self) -> None:
        """End the application, now or as soon as it starts."""
        self._stopped = True
        self._stop_early()

    def _stop_early(self) -> None:
        if self._stopped and self.app.is_running and not self.app.is_done:
            self.app.exit()

    def _fail(self, loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        error = context.get("exception") or RuntimeError(context["message"])
        if self.app.is_running and not self.app.is_done:
            self.app.exit(exception=error)
        else:
            loop.default_exception_handler(context)

    def _use_keys(self, app: Application[None]) -> None:
        emacs = self.line.is_emacs
        app.editing_mode = EditingMode.EMACS if emacs else EditingMode.VI
        app.timeoutlen = ESCAPE_PATIENCE if emacs else VI_ESCAPE_PATIENCE
        app.ttimeoutlen = min(app.timeoutlen, ESCAPE_PATIENCE)
