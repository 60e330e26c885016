"""The plain client: lines for screen readers, pipes and programs."""

from __future__ import annotations

import io
import json
import os
import random
import re
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

import pytest
import trio
import trio.testing

from tests.client.scripted_server import ScriptedServer
from trio_chat.client.screen.plain import BROKEN_PIPE, PlainClient, Streams
from trio_chat.client.setup.options import Options
from trio_chat.client.setup.settings import Settings


class Desk:
    """A plain client, what it reads and writes, and the server it talks to."""

    def __init__(self) -> None:
        self.reading, self.writing = os.pipe()
        self.output, self.errors = io.StringIO(), io.StringIO()
        self.server = ScriptedServer()
        self.client: PlainClient

    def run(
        self,
        script: Callable[[], Awaitable[None]],
        *,
        is_piped: bool = False,
        open_stream: Callable[[], Awaitable[trio.abc.Stream]] | None = None,
        **options: Any,
    ) -> int:
        """Run the client and a script of what the other side does; the exit code."""
        settings = Settings(time="off", numbers=False)
        self.client = PlainClient(
            Options("irc.test", 6667, "me", ("#tea",), settings=settings, **options),
            Streams(lambda: self.reading, self.output, self.errors, is_piped),
            open_stream=open_stream or self._open_stream,
            dice=random.Random(1),
        )
        main = self.client.main

        async def both() -> None:
            async with trio.open_nursery() as nursery:
                nursery.start_soon(script)
                with trio.fail_after(20):
                    await main()

        self.client.main = both  # type: ignore[method-assign]
        return self.client.run()

    async def _open_stream(self) -> trio.abc.Stream:
        await trio.lowlevel.checkpoint()
        return self.server.stream

    async def welcome(self, capabilities: str = "") -> None:
        """Let the client in, up to where it has told so."""
        await self.server.welcome(capabilities=capabilities)
        await self.server.let_in("#tea", "@alice")
        while not self.client.model.members:
            await trio.testing.wait_all_tasks_blocked()

    def type(self, text: str) -> None:
        os.write(self.writing, text.encode())

    def end(self) -> None:
        os.close(self.writing)

    @property
    def lines(self) -> list[str]:
        return self.output.getvalue().splitlines()


@pytest.fixture
def desk() -> Iterator[Desk]:
    desk = Desk()
    yield desk
    os.close(desk.reading)


def test_every_event_is_one_line_without_escapes(desk: Desk) -> None:
    async def script() -> None:
        await desk.welcome()
        await desk.server.send(
            ":alice!a@h PRIVMSG #tea :\x0304,01red\x03 \x1b[2J and \x02bold\x02",
            ":bob!b@h PRIVMSG me :psst",
        )
        desk.type("hello\n")
        await desk.server.expect("PRIVMSG", "#tea", "hello")
        desk.end()
        await desk.server.take_quit()

    assert desk.run(script) == 0
    assert "<alice> red [2J and bold" in desk.lines
    assert "[bob → you] psst" in desk.lines
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f]", desk.output.getvalue())


def test_a_person_may_enter_commands(desk: Desk) -> None:
    async def script() -> None:
        await desk.welcome()
        desk.type("/me waves\n")
        await desk.server.expect("PRIVMSG", "#tea", "\x01ACTION waves\x01")
        desk.type("/quit bye\n")
        await desk.server.take_quit()
        desk.end()

    assert desk.run(script) == 0


def test_what_a_pipe_brings_is_said_as_it_is(desk: Desk) -> None:
    desk.type("/quit\nexit\n//x\n\nlast")
    desk.end()

    async def script() -> None:
        await desk.welcome()
        for text in ["/quit", "exit", "//x", "last"]:
            await desk.server.expect("PRIVMSG", "#tea", text)
        await desk.server.take_quit()

    assert desk.run(script, is_piped=True) == 0


def test_it_leaves_once_all_is_acknowledged(desk: Desk) -> None:
    desk.type("one\n")
    desk.end()

    async def script() -> None:
        await desk.welcome("batch echo-message labeled-response")
        said = await desk.server.expect("PRIVMSG", "#tea", "one")
        label = said.tags["label"]
        await trio.testing.wait_all_tasks_blocked(0.01)
        assert not desk.client.console.leaving.is_set()
        await desk.server.send(f"@label={label} :me!m@h PRIVMSG #tea :one")
        await desk.server.take_quit()

    assert desk.run(script, is_piped=True) == 0


def test_a_pipe_that_is_refused_ends_with_an_error(desk: Desk) -> None:
    desk.type("one\n")
    desk.end()

    async def script() -> None:
        await desk.welcome("batch echo-message labeled-response")
        said = await desk.server.expect("PRIVMSG", "#tea", "one")
        await desk.server.send(
            f"@label={said.tags['label']} :irc.test 404 me #tea :Cannot send to channel"
        )
        await desk.server.take_quit()

    assert desk.run(script, is_piped=True) == 1
    assert "Cannot send to channel" in desk.errors.getvalue()


def test_a_pipe_does_not_wait_for_a_server_that_is_not_there(desk: Desk) -> None:
    async def nothing() -> trio.abc.Stream:
        await trio.lowlevel.checkpoint()
        raise ConnectionRefusedError(111, "Connection refused")

    desk.type("one\n")
    desk.end()
    assert desk.run(trio.lowlevel.checkpoint, is_piped=True, open_stream=nothing) == 1
    assert "not connected: " in desk.errors.getvalue()
    assert "next try" not in desk.errors.getvalue()


def test_a_tail_says_nothing_and_shows_its_rooms_alone(desk: Desk) -> None:
    async def script() -> None:
        await desk.welcome()
        await desk.server.send(
            ":me!me@h JOIN #py",
            ":alice!a@h PRIVMSG #tea :in tea",
            ":alice!a@h PRIVMSG #py :in py",
            ":bob!b@h PRIVMSG me :psst",
        )
        await trio.testing.wait_all_tasks_blocked()
        desk.client.console.leave()
        await desk.server.take_quit()

    desk.type("not to be said\n")
    desk.run(script, tail=("#TEA",))
    assert "<alice> in tea" in desk.lines
    assert not [line for line in desk.lines if "in py" in line or "psst" in line]
    desk.end()


def test_json_has_an_object_on_each_line(desk: Desk) -> None:
    async def script() -> None:
        await desk.welcome()
        await desk.server.send("@msgid=m1 :alice!a@h PRIVMSG #tea :two\x02 words")
        desk.type("/quit\n")
        await desk.server.take_quit()

    desk.run(script, json=True)
    told = [json.loads(line) for line in desk.lines]
    [said] = [each for each in told if each["kind"] == "said"]
    assert (said["nick"], said["text"], said["where"]) == ("alice", "two\x02 words", "#tea")
    desk.end()


def test_a_reader_that_is_gone_ends_it(desk: Desk) -> None:
    reading, writing = os.pipe()
    os.close(reading)

    async def script() -> None:
        await desk.server.welcome()

    with os.fdopen(writing, "w") as desk.output:  # type: ignore[assignment]
        assert desk.run(script) == BROKEN_PIPE
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, writing)  # for what it holds still
        os.close(nowhere)
    desk.end()
