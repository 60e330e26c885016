"""What is typed, deleted, pasted and moved about stays intact, however much comes in meanwhile.

Each test types for a few seconds: TRIO_CHAT_TYPING_SECONDS in the environment says for how many,
and TRIO_CHAT_TYPING_SEED with which seed.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from benchmarks.client.clients import CLIENTS
from benchmarks.client.sitting import Sitting
from benchmarks.stage import Pace

from .editing import Editor

pytestmark = pytest.mark.slow

SECONDS = float(os.environ.get("TRIO_CHAT_TYPING_SECONDS", "3"))
SEED = os.environ.get("TRIO_CHAT_TYPING_SEED", "0")


@contextmanager
def sitting(client: str, home: Path) -> Iterator[Sitting]:
    """Somebody at a client that is in the room, its screen full."""
    opened = Sitting(CLIENTS[client], home)
    try:
        opened.start()
        yield opened
    finally:
        opened.close()


def type_on(somebody: Sitting, editor: Editor, rate: int) -> None:
    """Type while lines come in, enter what stands there, and wait until all has been shown."""
    somebody.run(SECONDS, Pace(rate), editor)
    somebody.terminal.type(editor.finish())
    somebody.see(somebody.said - 1, 0.1)
    somebody.settle()
    somebody.eyes.look()


def differences(entered: list[str], heard: list[bytes]) -> str:
    """Where what the server has heard begins to differ from what was entered, if anywhere."""
    told = [line.decode(errors="replace") for line in heard]
    for number, (ours, theirs) in enumerate(zip(entered, told, strict=False)):
        if ours != theirs:
            return f"line {number} of {len(entered)} is {theirs!r}, not {ours!r}"
    return "" if len(told) == len(entered) else f"{len(told)} lines, not {len(entered)}: {told}"


@pytest.mark.parametrize("rate", [100, 1000, 5000])
@pytest.mark.parametrize("client", ["trio-chat", "trio-chat-full"])
def test_what_is_typed_arrives_as_it_was_edited(client: str, rate: int, tmp_path: Path) -> None:
    editor = Editor(f"{SEED} {rate}")
    with sitting(client, tmp_path) as somebody:
        type_on(somebody, editor, rate)
        assert len(editor.entered) > SECONDS / 2
        assert not differences(editor.entered, somebody.host.heard)
        if client == "trio-chat":
            # Inline, what was said goes to the terminal's own history: each line, once, in order.
            assert somebody.eyes.all_tokens() == list(range(somebody.said))
