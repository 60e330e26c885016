"""The inline client on a screen: what a person sees, and that what they type is theirs."""

from __future__ import annotations

import random
import signal
from collections.abc import Awaitable, Callable, Iterator

import pytest
import trio

from tests.client.scripted_server import ScriptedServer
from trio_chat.client.screen import guest, inline
from trio_chat.client.screen.inline import MOST_WAITING
from trio_chat.client.screen.inline_client import InlineClient
from trio_chat.client.setup.options import Options
from trio_chat.client.setup.settings import Settings

from .terminals import Terminal, terminal


class NoPause(random.Random):
    """Dice that leave no pause between two attempts to connect."""

    def uniform(self, a: float, b: float) -> float:
        return 0.0


class Desk:
    """A person's terminal with the client on it, and the server it talks to."""

    def __init__(self, screen: Terminal) -> None:
        self.screen = screen
        self.server = ScriptedServer()
        self._listen, self._listening = trio.open_memory_channel[ScriptedServer](1)
        self.listen(self.server)
        self.client = InlineClient(
            Options("irc.test", 6667, "me", ("#tea",), settings=Settings(numbers=False)),
            input=screen.input,
            output=screen.output,
            open_stream=self._open_stream,
            dice=NoPause(),
        )

    def listen(self, server: ScriptedServer) -> None:
        """The server the client finds next."""
        self._listen.send_nowait(server)

    async def _open_stream(self) -> trio.abc.Stream:
        return (await self._listening.receive()).stream

    def run(self, script: Callable[[], Awaitable[None]]) -> None:
        """Run the client and a script of what person and server do, until the client ends."""

        async def main() -> None:
            async with trio.open_nursery() as nursery:
                nursery.start_soon(script)
                with trio.fail_after(30):
                    await self.client.main()
                nursery.cancel_scope.cancel()

        try:
            guest.run(main)
        except BaseExceptionGroup as group:
            error: BaseException = group
            while isinstance(error, BaseExceptionGroup):
                [error] = error.exceptions
            raise error from group

    async def welcome(self) -> None:
        """Let the client in, up to where it shows the room."""
        await self.server.welcome()
        await self.server.let_in("#tea", "@alice")
        await self.until(lambda: "here: me, @alice" in "\n".join(self.screen.rows))

    async def fill_the_screen(self) -> None:
        """Say so much that the prompt stands on the last rows."""
        await self.server.send(*[":alice!a@h PRIVMSG #tea :filling"] * 20)
        await self.server.send(":alice!a@h PRIVMSG #tea :full")
        await self.until(lambda: any(row.endswith("full") for row in self.screen.rows))

    async def until(self, condition: Callable[[], bool]) -> None:
        await self.screen.until(self.client.prompt.app, condition)

    async def typed(self, text: str) -> None:
        """Type, and wait until it is drawn."""
        self.screen.type(text)
        await self.until(lambda: self.screen.prompt().endswith(text.rstrip()))

    async def leave(self) -> None:
        """Leave by Ctrl-D, on an empty line."""
        self.screen.type("\x03\x04")
        await self.server.take_quit()


@pytest.fixture
def desk(monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    monkeypatch.setenv("NO_COLOR", "1")
    with terminal() as screen:
        yield Desk(screen)


def test_the_prompt_is_not_drawn_for_each_line(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    async def script() -> None:
        await desk.welcome()
        await desk.fill_the_screen()
        monkeypatch.setattr(inline, "PROMPT_INTERVAL", 1_000.0)
        before = desk.client.prompt.app.render_counter
        for number in range(20):
            await desk.server.send(f":alice!a@h PRIVMSG #tea :number {number}")
            await trio.sleep(inline.INTERVAL)
        assert any("number" in row for row in desk.screen.rows)
        assert desk.client.prompt.app.render_counter < before + 10  # some have reasons of their own
        await desk.leave()

    desk.run(script)


def test_what_is_said_stands_above_the_prompt(desk: Desk) -> None:
    async def script() -> None:
        await desk.welcome()
        await desk.server.send(":alice!a@h PRIVMSG #tea :hello", ":bob!b@h PRIVMSG me :psst")
        await desk.until(lambda: any("psst" in row for row in desk.screen.rows))
        *_, hello, psst, prompt, bar = [row for row in desk.screen.rows if row]
        assert hello.endswith("<alice> hello")
        assert psst.endswith("[bob → you] psst (Alt-2)")
        assert prompt == "[#tea]"
        assert bar == " me  1:#tea  2 here  2:bob(1!)"
        await desk.leave()

    desk.run(script)


def test_what_is_on_its_way_stands_above_the_prompt_until_the_server_has_it(desk: Desk) -> None:
    def rows() -> list[str]:
        return [row for row in desk.screen.rows if row]

    async def script() -> None:
        await desk.server.welcome(capabilities="echo-message")
        await desk.server.let_in("#tea", "@alice")
        await desk.until(lambda: "here: me, @alice" in "\n".join(desk.screen.rows))
        desk.screen.type("slow tea\r")
        await desk.server.expect("PRIVMSG", "#tea", "slow tea")
        await desk.until(lambda: rows()[-3].endswith("<me> slow tea …"))
        assert rows()[-2] == "[#tea]"
        await desk.server.send(":alice!a@h PRIVMSG #tea :meanwhile")
        await desk.until(lambda: rows()[-4].endswith("<alice> meanwhile"))
        await desk.server.send(":me!u@h PRIVMSG #tea :slow tea")
        await desk.until(lambda: rows()[-3].endswith("<me> slow tea"))
        assert rows()[-4].endswith("<alice> meanwhile")
        await desk.until(lambda: rows()[-2] == "[#tea]")
        await desk.leave()

    desk.run(script)


def test_going_to_another_room_prints_what_was_said_there(desk: Desk) -> None:
    async def script() -> None:
        await desk.welcome()
        await desk.server.send(":bob!b@h PRIVMSG me :psst", ":bob!b@h PRIVMSG me :are you there?")
        await desk.until(lambda: "2:bob(2!)" in "\n".join(desk.screen.rows))
        assert "are you there?" not in "\n".join(desk.screen.rows)
        desk.screen.type("\x1b2")
        await desk.until(lambda: "are you there?" in "\n".join(desk.screen.rows))
        shown = "\n".join(desk.screen.rows)
        assert "── 2:bob ──" in shown
        assert desk.screen.prompt() == "[bob]"
        await desk.leave()

    desk.run(script)


def test_no_prompt_stays_behind_in_the_history(desk: Desk) -> None:
    async def script() -> None:
        await desk.welcome()
        await desk.fill_the_screen()
        shown = desk.screen.history + desk.screen.rows
        assert "connecting to irc.test" in shown[0]
        assert [row for row in shown if row.startswith("[")] == ["[#tea]"]
        await desk.leave()

    desk.run(script)


@pytest.mark.parametrize("lines", [3_000])
def test_the_line_being_typed_stays_whole_in_a_flood(desk: Desk, lines: int) -> None:
    text = "the quick brown föx jumps over 13 läzy dogs"
    back = 5

    async def script() -> None:
        await desk.welcome()
        sent = 0
        for character in text:
            desk.screen.type(character)
            burst = lines // len(text)
            await desk.server.send(
                *(f":alice!a@h PRIVMSG #tea :line {sent + number}" for number in range(burst))
            )
            sent += burst
            await trio.lowlevel.checkpoint()
        desk.screen.type("\x1b[D" * back)
        await desk.server.send(":alice!a@h PRIVMSG #tea :the end")
        await desk.until(lambda: any(row.endswith("the end") for row in desk.screen.rows))
        await desk.until(lambda: desk.screen.prompt() == f"[#tea] {text}")
        cursor = (len("[#tea] ") + len(text) - back, 10)
        await desk.until(lambda: desk.screen.cursor == cursor)
        shown = [row for row in desk.screen.history + desk.screen.rows if "<alice> line" in row]
        assert [row.split()[-1] for row in shown] == [str(number) for number in range(sent)]

        desk.screen.type("X\r")
        await desk.server.expect("PRIVMSG", "#tea", f"{text[:-back]}X{text[-back:]}")
        await desk.leave()

    desk.run(script)


def test_lines_wider_than_the_screen_are_whole(desk: Desk) -> None:
    text = "".join(str(number % 10) for number in range(150))

    async def script() -> None:
        await desk.welcome()
        await desk.typed("typing")
        for _ in range(6):
            await desk.server.send(f":alice!a@h PRIVMSG #tea :{text}")
        await desk.server.send(":alice!a@h PRIVMSG #tea :the end")
        await desk.until(lambda: any(row.endswith("the end") for row in desk.screen.rows))
        assert "".join(desk.screen.history + desk.screen.rows).count(text) == 6
        assert desk.screen.prompt() == "[#tea] typing"
        await desk.leave()

    desk.run(script)


def test_a_long_text_breaks_between_words(desk: Desk) -> None:
    async def script() -> None:
        await desk.welcome()
        await desk.server.send(f":alice!a@h PRIVMSG #tea :{'word ' * 20}")
        rest = "      " + " ".join(["word"] * 11)
        await desk.until(lambda: rest in desk.screen.rows)
        await desk.leave()

    desk.run(script)


def test_an_input_of_several_rows_grows_and_shrinks_in_a_flood(desk: Desk) -> None:
    long = "word " * 30

    async def script() -> None:
        await desk.welcome()
        for number in range(20):
            await desk.server.send(f":alice!a@h PRIVMSG #tea :before {number}")
        await desk.until(lambda: any(row.endswith("before 19") for row in desk.screen.rows))
        desk.screen.type(long)
        await desk.until(lambda: desk.client.prompt.buffer.text == long)
        for number in range(20):
            await desk.server.send(f":alice!a@h PRIVMSG #tea :during {number}")
        await desk.until(lambda: any(row.endswith("during 19") for row in desk.screen.rows))
        typed = "".join(desk.screen.rows[desk.screen.cursor[1] - 2 : desk.screen.cursor[1] + 1])
        assert typed.replace(" ", "") == f"[#tea] {long}".replace(" ", "")
        desk.screen.type("\x03")
        for number in range(20):
            await desk.server.send(f":alice!a@h PRIVMSG #tea :after {number}")
        await desk.until(lambda: any(row.endswith("after 19") for row in desk.screen.rows))
        await desk.until(lambda: desk.screen.cursor == (7, 10))
        assert desk.screen.rows[10:] == ["[#tea]", " me  1:#tea  2 here"]
        said = [row for row in desk.screen.history + desk.screen.rows if "<alice>" in row]
        assert [row.partition("> ")[2] for row in said] == [
            f"{when} {number}" for when in ("before", "during", "after") for number in range(20)
        ]
        await desk.leave()

    desk.run(script)


def test_nothing_from_outside_moves_the_cursor(desk: Desk) -> None:
    async def script() -> None:
        await desk.welcome()
        await desk.typed("typing")
        await desk.server.send(
            ":alice!a@h PRIVMSG #tea :\x1b[2J\x1b[H\x9b31m\x07\u202eevil\x03" + "04,05red\x0f",
            ":alice!a@h TOPIC #tea :\x1b]0;title\x07",
            ":\x1b[2J!a@h PRIVMSG #tea :nick",
            ":alice!a@h PRIVMSG #tea :the end",
        )
        await desk.until(lambda: any(row.endswith("the end") for row in desk.screen.rows))
        shown = "\n".join(desk.screen.rows)
        assert "<alice> [2J[H31mevilred" in shown
        assert "alice set the topic: ]0;title" in shown
        assert "<[2J> nick" in shown
        assert desk.screen.prompt() == "[#tea] typing"
        await desk.leave()

    desk.run(script)


def test_tab_completes_and_shows_the_candidates(desk: Desk) -> None:
    async def script() -> None:
        await desk.welcome()
        await desk.server.send(":alfred!a@h JOIN #tea")
        await desk.until(lambda: "alfred" in desk.client.model.nicks())
        desk.screen.type("al\t")
        await desk.until(lambda: desk.screen.prompt() == "[#tea] alfred:")
        await desk.until(lambda: " alfred  alice" in desk.screen.rows)
        desk.screen.type("\t")
        await desk.until(lambda: desk.client.prompt.buffer.text == "alice: ")
        desk.screen.type("hi\r")
        await desk.server.expect("PRIVMSG", "#tea", "alice: hi")
        await desk.leave()

    desk.run(script)


def test_a_pasted_text_of_several_lines_waits_for_enter(desk: Desk) -> None:
    async def script() -> None:
        await desk.welcome()
        desk.screen.type("\x1b[200~one\r\ntwo\x1b[201~")
        await desk.until(lambda: desk.client.prompt.buffer.text == "one\ntwo")
        desk.screen.type("\r")
        await desk.server.expect("PRIVMSG", "#tea", "one")
        await desk.server.expect("PRIVMSG", "#tea", "two")
        await desk.leave()

    desk.run(script)


@pytest.mark.parametrize(
    "keys", ["\x1a", "\x11\x02", "\x11\x1a", "\x1b[200~\x02\x1b[2J\x07\x1b[201~"]
)
def test_control_characters_do_not_get_into_the_line(desk: Desk, keys: str) -> None:
    async def script() -> None:
        await desk.welcome()
        desk.screen.type(f"one {keys} two\r")
        said = await desk.server.receive()
        assert said.params[1].replace("[2J", "") == "one  two"
        await desk.leave()

    desk.run(script)


@pytest.mark.parametrize("way", ["exit\r", "/quit\r", "\x04"])
def test_ways_to_leave(desk: Desk, way: str) -> None:
    async def script() -> None:
        await desk.welcome()
        desk.screen.type(way)
        await desk.server.take_quit()

    desk.run(script)
    assert not any(row.startswith("[#tea]") for row in desk.screen.rows)


def test_ctrl_d_deletes_in_a_line_that_is_not_empty(desk: Desk) -> None:
    async def script() -> None:
        await desk.welcome()
        await desk.typed("abc")
        desk.screen.type("\x01\x04")
        await desk.until(lambda: desk.client.prompt.buffer.text == "bc")
        await desk.leave()

    desk.run(script)


def test_what_is_typed_and_entered_survives_a_reconnect(desk: Desk) -> None:
    again = ScriptedServer()

    async def script() -> None:
        await desk.welcome()
        await desk.typed("unfinished")
        await desk.server.send("ERROR :Restarting")
        await desk.server.hang_up()
        await desk.until(lambda: "not connected: Restarting" in "\n".join(desk.screen.rows))
        desk.screen.type("\r")
        await desk.until(lambda: "not sent" in "\n".join(desk.screen.rows))
        assert desk.screen.prompt() == "[#tea] unfinished"
        desk.listen(again)
        await again.welcome()
        await again.let_in("#tea")
        await desk.until(lambda: desk.client.model.connection == "connected")
        desk.screen.type(", now finished\r")
        await again.expect("PRIVMSG", "#tea", "unfinished, now finished")
        desk.screen.type("\x03\x04")
        await again.take_quit()

    desk.run(script)


def test_a_crash_in_a_task_leaves_the_terminal_as_it_was(desk: Desk) -> None:
    async def script() -> None:
        await desk.welcome()
        await desk.fill_the_screen()
        await desk.typed("typing")
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        desk.run(script)
    assert_restored(desk)


def test_a_crash_in_a_key_binding_leaves_the_terminal_as_it_was(desk: Desk) -> None:
    async def script() -> None:
        await desk.welcome()
        await desk.fill_the_screen()
        desk.client.prompt.buffer.insert_text = None  # type: ignore[assignment, method-assign]
        desk.screen.type("x")

    with pytest.raises(TypeError):
        desk.run(script)
    assert_restored(desk)


def assert_restored(desk: Desk) -> None:
    """The prompt is gone, and every mode of the terminal as it was."""
    assert not any(row.startswith("[#tea]") for row in desk.screen.rows)
    assert desk.screen.is_as_it_was


def test_asked_to_end_by_a_signal_it_says_goodbye(desk: Desk) -> None:
    async def script() -> None:
        await desk.welcome()
        await desk.fill_the_screen()
        signal.raise_signal(signal.SIGTERM)
        await desk.server.take_quit()

    desk.run(script)
    assert_restored(desk)


def test_the_exit_code_tells_how_it_ended(desk: Desk) -> None:
    desk.screen.type("\x04")
    assert desk.client.run() == 0


def test_the_exit_code_tells_of_a_signal(desk: Desk) -> None:
    # The first time a key is pressed, so the client runs by then.
    desk.client.prompt.buffer.on_text_changed += lambda _: signal.raise_signal(signal.SIGTERM)
    desk.screen.type("x")
    assert desk.client.run() == 128 + signal.SIGTERM


def test_shift_tab_goes_back_and_alt_enter_makes_a_line(desk: Desk) -> None:
    async def script() -> None:
        await desk.welcome()
        await desk.typed("/he")
        desk.screen.type("\x1b[Z")
        await desk.until(lambda: desk.client.prompt.buffer.text == "/help ")
        desk.screen.type("\x03one\x1b\rtwo")
        await desk.until(lambda: desk.client.prompt.buffer.text == "one\ntwo")
        await desk.leave()

    desk.run(script)


def test_clear_empties_the_screen_and_leaves_the_prompt(desk: Desk) -> None:
    async def script() -> None:
        await desk.welcome()
        desk.screen.type("/help\r")
        await desk.until(lambda: any("/help COMMAND" in row for row in desk.screen.rows))
        desk.screen.type("/clear\r")
        await desk.until(lambda: not any("/help COMMAND" in row for row in desk.screen.rows))
        desk.screen.type("after")
        await desk.until(lambda: any(row.endswith("after") for row in desk.screen.rows))
        await desk.leave()

    desk.run(script)


def test_a_flood_waits_for_the_printer(desk: Desk) -> None:
    printer = desk.client.printer

    async def main() -> None:
        for number in range(MOST_WAITING):
            printer.put([("", f"line {number}")])
        with trio.move_on_after(0) as scope:
            await printer.wait_for_room()
        assert scope.cancelled_caught
        async with trio.open_nursery() as nursery:
            nursery.start_soon(printer.wait_for_room)
            printer.flush()

    trio.run(main)
    assert desk.screen.rows[-2] == f"line {MOST_WAITING - 1}"
