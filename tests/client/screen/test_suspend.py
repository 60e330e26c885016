"""Ctrl-Z, up to the signal itself: what that does is tried in a real terminal."""

from __future__ import annotations

import asyncio
import os
import pty
import signal
import termios
from collections.abc import Iterator

import pytest
from prompt_toolkit.application import Application
from prompt_toolkit.input import DummyInput, create_pipe_input
from prompt_toolkit.input.vt100 import Vt100Input
from prompt_toolkit.key_binding import KeyBindings
from prompt_toolkit.output import DummyOutput

from trio_chat.client.screen import suspend
from trio_chat.client.screen.suspend import bind_ctrl_z


@pytest.fixture
def keyboard() -> Iterator[tuple[int, int]]:
    """The ends of a pty: who types, who reads."""
    ends = pty.openpty()
    yield ends
    for end in ends:
        os.close(end)


def test_the_terminal_is_as_it_was_while_we_stand_still(
    keyboard: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    types, reads = keyboard
    before = termios.tcgetattr(reads)
    stopped = []

    def kill(pid: int, number: int) -> None:
        stopped.append((pid, number, termios.tcgetattr(reads) == before))

    monkeypatch.setattr(os, "kill", kill)
    keys = KeyBindings()
    with os.fdopen(os.dup(reads)) as stdin:
        tty = Vt100Input(stdin)
        bind_ctrl_z(keys, tty)
        again = []

        @keys.add(".")
        def _(event: object) -> None:
            again.append(termios.tcgetattr(reads) != before)
            app.exit()

        app: Application[None] = Application(input=tty, output=DummyOutput(), key_bindings=keys)

        def type_next(_: object) -> None:
            # Once it is drawn the terminal is raw, and Ctrl-Z a key; drawn again, it is back.
            os.write(types, b"." if stopped else b"\x1a")

        app.after_render += type_next
        asyncio.run(asyncio.wait_for(app.run_async(), 20))
    assert stopped == [(0, signal.SIGTSTP, True)]
    assert again == [True]
    assert termios.tcgetattr(reads) == before


def test_an_input_that_is_no_terminal_cannot_be_suspended() -> None:
    keys = KeyBindings()
    with create_pipe_input() as pipe:
        bind_ctrl_z(keys, pipe)
    bind_ctrl_z(keys, DummyInput())
    assert not keys.bindings


def test_without_job_control_nothing_is_suspended(
    keyboard: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    keys = KeyBindings()
    monkeypatch.setattr(suspend, "termios", None)
    with os.fdopen(os.dup(keyboard[1])) as stdin:
        bind_ctrl_z(keys, Vt100Input(stdin))
    assert not keys.bindings
