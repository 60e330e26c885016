"""The pages about the client: the bots they show run, and the tables are those of the code."""

from __future__ import annotations

import inspect
import re
from pathlib import Path

import pytest
import trio

import trio_chat
from trio_chat.client import connect

from .scripted_server import ScriptedServer

DOCS = Path(__file__).parents[2] / "docs"
BOTS = re.findall(r"```python\n(.*?)```", (DOCS / "bots.md").read_text(), re.DOTALL)


@pytest.mark.parametrize(
    ("code", "nick", "question", "answer"),
    [
        (BOTS[0], "echo", "!echo one two", "one two"),
        (BOTS[1], "polite", "!hello", "hello alice"),
    ],
)
async def test_the_bots_on_the_page_answer(
    code: str, nick: str, question: str, answer: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = ScriptedServer()

    async def find(*_: object) -> trio.abc.Stream:
        await trio.lowlevel.checkpoint()
        return server.stream

    monkeypatch.setattr(connect, "open_stream", find)
    async with trio.open_nursery() as nursery:
        monkeypatch.setattr(trio, "run", nursery.start_soon)
        exec(compile(code, "bots.md", "exec"), {})
        await server.welcome()
        assert server.nick == nick
        await server.let_in("#lobby", "alice")
        # Its own words must not make it answer.
        await server.send(f":{nick}!u@h PRIVMSG #lobby :{question}")
        await server.send(f":alice!a@h PRIVMSG #lobby :{question}")
        await server.expect("PRIVMSG", "#lobby", answer)
        nursery.cancel_scope.cancel()


def test_the_first_bot_has_ten_lines() -> None:
    assert len(BOTS[0].splitlines()) <= 10


def test_every_event_and_error_is_on_the_page() -> None:
    page = (DOCS / "bots.md").read_text()
    public = [getattr(trio_chat, name) for name in trio_chat.__all__]
    for thing in public:
        if isinstance(thing, type) and issubclass(thing, (trio_chat.Event, trio_chat.ChatError)):
            assert thing is trio_chat.Event or thing.__name__ in page


def test_every_method_of_a_chat_is_on_the_page() -> None:
    page = (DOCS / "bots.md").read_text()
    internal = {"read", "register"}  # of `connect`
    methods = [
        name
        for name, method in inspect.getmembers(trio_chat.Chat, inspect.iscoroutinefunction)
        if not name.startswith("_") and name not in internal
    ]
    assert len(methods) > 30
    for name in methods:
        assert re.search(rf"`(await chat\.)?{name}[(`]", page), name
