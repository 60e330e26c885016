"""Ctrl-Z: the client stops, the shell has the terminal, and `fg` brings back what was being typed.

Law: while we stand still the terminal is wholly as it was before us. prompt_toolkit's own way to
suspend leaves its flow control off (IXON), so Ctrl-S in the shell would do something else.
"""

from __future__ import annotations

import os
import signal
from typing import Any

from prompt_toolkit.application import run_in_terminal
from prompt_toolkit.input import Input
from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent

try:
    import termios
except ImportError:  # Windows, which cannot suspend anything
    termios = None  # type: ignore[assignment]


def bind_ctrl_z(keys: KeyBindings, input: Input) -> None:
    """Have Ctrl-Z suspend an application with this input, which is not running yet.

    Without job control, or with an input that is no terminal, the key does nothing.
    """
    before = _settings(input)
    if before is None:
        return

    @keys.add("c-z")
    def _(event: KeyPressEvent) -> None:
        # The prompt is erased before, drawn below what the shell has printed afterwards.
        run_in_terminal(lambda: _stop(input, before))


def _settings(input: Input) -> list[Any] | None:
    if termios is None or not hasattr(signal, "SIGTSTP"):
        return None
    try:
        return termios.tcgetattr(input.fileno())
    except (NotImplementedError, OSError, termios.error):
        return None


def _stop(input: Input, before: list[Any]) -> None:
    """Stop this process and those it was started with (as `uv run` does) until SIGCONT."""
    ours = termios.tcgetattr(input.fileno())
    termios.tcsetattr(input.fileno(), termios.TCSADRAIN, before)
    os.kill(0, signal.SIGTSTP)
    termios.tcsetattr(input.fileno(), termios.TCSADRAIN, ours)
