"""The full-screen client on a screen: what a person sees, and where."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from trio_chat.client.screen.full_client import FullClient
from trio_chat.client.setup.options import Options
from trio_chat.client.setup.settings import Settings

from .terminals import Terminal, terminal
from .test_inline import Desk as InlineDesk
from .test_inline import NoPause


class Desk(InlineDesk):
    """The same desk, with the other client on it."""

    client: FullClient  # type: ignore[assignment]

    def __init__(self, screen: Terminal) -> None:
        super().__init__(screen)
        self.client = FullClient(
            Options("irc.test", 6667, "me", ("#tea",), settings=Settings(numbers=False)),
            input=screen.input,
            output=screen.output,
            open_stream=self._open_stream,
            dice=NoPause(),
        )

    @property
    def parts(self) -> list[list[str]]:
        """The rows between the first and the last two, divided at the rules."""
        return [[part.rstrip() for part in row.split("│")] for row in self.screen.rows[1:-2]]

    def column(self, number: int) -> list[str]:
        """One of the columns, without what is empty."""
        return [parts[number] for parts in self.parts if len(parts) > number and parts[number]]


@pytest.fixture
def desk(monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    monkeypatch.setenv("NO_COLOR", "1")
    with terminal(columns=100, rows=14) as screen:
        yield Desk(screen)


def test_every_part_stands_in_its_place(desk: Desk) -> None:
    async def script() -> None:
        await desk.welcome()
        await desk.server.send(
            ":alice!a@h TOPIC #tea :Green, mostly",
            ":alice!a@h PRIVMSG #tea :hello",
            ":bob!b@h PRIVMSG me :psst",
        )
        await desk.until(lambda: "2 bob 1!" in desk.column(0))
        assert desk.screen.rows[0].split() == ["#tea", "Green,", "mostly"]
        assert desk.column(0) == ["1 #tea", "2 bob 1!"]
        assert desk.column(1)[-1].endswith("<alice> hello")
        assert desk.column(2) == ["@alice", " me"]
        assert desk.screen.rows[-1] == "[#tea]"
        await desk.leave()

    desk.run(script)
    assert desk.screen.is_as_it_was


def test_the_line_being_typed_stays_whole_while_lines_arrive(desk: Desk) -> None:
    async def script() -> None:
        await desk.welcome()
        text = "the quick brown föx"
        for at, character in enumerate(text):
            desk.screen.type(character)
            await desk.server.send(*[f":alice!a@h PRIVMSG #tea :{at}.{n}" for n in range(50)])
        await desk.until(lambda: desk.screen.prompt() == f"[#tea] {text}")
        await desk.until(lambda: desk.column(1)[-1].endswith(f"{len(text) - 1}.49"))
        desk.screen.type("\r")
        await desk.server.expect("PRIVMSG", "#tea", text)
        await desk.leave()

    desk.run(script)


def test_pages_scroll_and_the_end_is_followed_again(desk: Desk) -> None:
    async def script() -> None:
        await desk.welcome()
        await desk.server.send(*[f":alice!a@h PRIVMSG #tea :line {n}" for n in range(60)])
        await desk.until(lambda: desk.column(1)[-1].endswith("line 59"))
        desk.screen.type("\x1b[5~")  # Page Up
        await desk.until(lambda: desk.column(1)[-1].endswith("line 49"))
        await desk.server.send(":alice!a@h PRIVMSG #tea :line 60")
        desk.screen.type("x")
        await desk.until(lambda: desk.screen.prompt().endswith("x"))
        assert desk.column(1)[-1].endswith("line 49")
        desk.screen.type("\x1b[6~\x1b[6~")  # Page Down
        await desk.until(lambda: desk.column(1)[-1].endswith("line 60"))
        await desk.leave()

    desk.run(script)


def test_going_elsewhere_shows_what_was_said_there(desk: Desk) -> None:
    async def script() -> None:
        await desk.welcome()
        await desk.server.send(":bob!b@h PRIVMSG me :psst", ":alice!a@h PRIVMSG #tea :hello")
        await desk.until(lambda: "2 bob 1!" in desk.column(0))
        desk.screen.type("\x1b2")  # Alt-2
        await desk.until(lambda: desk.screen.prompt() == "[bob]")
        assert desk.column(1)[-1].endswith("psst")
        assert len(desk.parts[0]) == 2  # who is in it, need not be told
        desk.screen.type("\x1b1")
        await desk.until(lambda: desk.screen.prompt() == "[#tea]")
        assert desk.column(1)[-1].endswith("<alice> hello")
        await desk.leave()

    desk.run(script)


@pytest.mark.parametrize(("columns", "parts"), [(100, 3), (70, 2), (40, 1)])
def test_a_narrow_screen_keeps_the_messages(
    monkeypatch: pytest.MonkeyPatch, columns: int, parts: int
) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    with terminal(columns=columns, rows=12) as screen:
        desk = Desk(screen)

        async def script() -> None:
            await desk.welcome()
            await desk.server.send(":alice!a@h PRIVMSG #tea :hello")
            await desk.until(lambda: any("<alice> hello" in row for row in screen.rows))
            assert len(desk.parts[-1]) == parts
            await desk.leave()

        desk.run(script)


def test_what_is_told_before_there_is_a_room_is_seen(desk: Desk) -> None:
    async def script() -> None:
        await desk.until(lambda: any("connecting to irc.test" in row for row in desk.screen.rows))
        await desk.welcome()
        await desk.leave()

    desk.run(script)
