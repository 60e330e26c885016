"""A server that means no good, or is broken: the client goes on, and keeps no more than so much."""

from __future__ import annotations

import itertools
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import pytest
import trio
import trio.testing
from hypothesis import given, settings
from hypothesis import strategies as st

from trio_chat.client import events
from trio_chat.client.chat import Chat
from trio_chat.client.connect import bare, connect
from trio_chat.client.connection import OUTBOX, WRITE_LIMIT
from trio_chat.client.errors import ConnectionLost, LoginFailed, NickInUse
from trio_chat.client.inbox import LIMIT
from trio_chat.client.login import Login
from trio_chat.client.model.model import Model
from trio_chat.client.registration import AFTER_WELCOME, TIME_LIMIT
from trio_chat.wire.message import MAX_BODY

from .hostile import OFFER, OFFER_WITHOUT_LABELS, OUTPUT, QUESTIONS, ask, kept
from .scripted_server import ScriptedServer

CORPUS = {
    path.stem: path.read_bytes()
    for path in sorted((Path(__file__).parent / "corpus").glob("*.irc"))
}
"""What a server has said, or might say; the first line of each file tells what it is."""


@asynccontextmanager
async def attacked(capabilities: str = OFFER) -> AsyncIterator[tuple[ScriptedServer, Chat]]:
    """A client in the room #a that has asked everything there is to ask, and its server."""
    server = ScriptedServer()
    async with trio.open_nursery() as nursery:
        nursery.start_soon(server.welcome_to, "#a", capabilities)
        async with connect(nick="me", rooms=["#a"], stream=server.stream) as chat:
            async with trio.open_nursery() as questions:
                for question in QUESTIONS:
                    questions.start_soon(ask, chat, question)
                await trio.testing.wait_all_tasks_blocked()
                yield server, chat
                questions.cancel_scope.cancel()
            nursery.start_soon(server.hang_up)


def model_of(chat: Chat) -> Model:
    """What a person has before them, as `Console.use` keeps it."""
    model = Model("me")
    model.rooms = chat.rooms
    model.name_by(chat.isupport.get("CASEMAPPING", "rfc1459"))
    return model


async def survives(server: ScriptedServer, chat: Chat, output: bytes, step: int) -> None:
    """The client takes what the server sends, so much at a time, and hears what follows it."""
    model = model_of(chat)
    data = output + b"\r\n:irc.test BATCH -r\r\n:probe!p@h PRIVMSG #a :still there?\r\n"

    async def send() -> None:
        for start in range(0, len(data), step):
            await server.send_bytes(data[start : start + step])

    async with trio.open_nursery() as nursery:
        nursery.start_soon(send)
        with trio.fail_after(60):
            async for event in chat:
                model.take(event, trio.current_time())
                if isinstance(event, events.Said) and event.text == "still there?":
                    break


@given(OUTPUT, st.sampled_from([1, 7, 100_000]), st.sampled_from([OFFER, OFFER_WITHOUT_LABELS]))
@settings(max_examples=60, deadline=None)
async def test_whatever_a_server_says_is_survived(output: bytes, step: int, offer: str) -> None:
    async with attacked(offer) as (server, chat):
        await survives(server, chat, output, step)


@pytest.mark.parametrize("offer", [OFFER, OFFER_WITHOUT_LABELS], ids=["labels", "no-labels"])
@pytest.mark.parametrize("step", [1, 100_000])
@pytest.mark.parametrize("name", CORPUS)
async def test_what_was_survived_once_is_survived_again(name: str, step: int, offer: str) -> None:
    comment, _, output = CORPUS[name].partition(b"\n")
    assert comment.startswith(b"# ")
    async with attacked(offer) as (server, chat):
        await survives(server, chat, output, step)


def test_there_is_a_corpus() -> None:
    assert len(CORPUS) > 10


# --- floods ---

FLOODS = (
    ":me!u@h JOIN #§",
    ":me!u@h JOIN #§\r\n:irc.test 332 me #§ :topic",
    ":irc.test 353 me = #a :§ @§1 +§2",
    ":irc.test 353 me = #never :§ §1 §2",
    ":irc.test 005 me TOKEN§=§ PREFIX=(ov§)@+ :are supported",
    ":irc.test 005 me CASEMAPPING=ascii :are supported\r\n:irc.test 005 me CASEMAPPING=rfc1459 :x",
    ":irc.test BATCH +§ chathistory #a",
    ":irc.test BATCH +§ netjoin #a",
    ":irc.test BATCH +§ draft/multiline #a\r\n@batch=§ :bob!b@h PRIVMSG #a :text",
    "@batch=m :bob!b@h PRIVMSG #a :§",
    "@batch=§ :irc.test BATCH +§1 labeled-response",
    "@batch=r;msgid=§ :bob!b@h PRIVMSG #a :§",
    "@label=1 :irc.test BATCH +§ labeled-response",
    "@label=§ :irc.test ACK",
    "@batch=l :irc.test 352 me #a u h s nick§ H :0 §",
    ":irc.test 352 me #a u h s nick§ H :0 §",
    ":irc.test 322 me #§ § :topic",
    ":irc.test FAIL * CODE § :no",
    ":irc.test CAP me NEW :cap§=§",
    ":irc.test CAP me LS * :cap§=§",
    ":irc.test CAP me ACK :cap§",
    ":irc.test 372 me :- §",
    ":irc.test 001 n§ :hi",
    ":bob!b@h NICK n§",
    ":me!u@h NICK n§",
    ":me!u@h NICK n§\r\n:n§!u@h NICK me",
    ":irc.test RENAME #a #§\r\n:irc.test RENAME #§ #a",
    ":irc.test MODE #a +ovovov § §1 §2 §3",
    ":nick§!u@h PRIVMSG me :hi",
    ":nick§!u@h PRIVMSG #a :hi",
    ":nick§!u@h JOIN #a",
    ":bob!b@h PRIVMSG #§ :hi",
    ":bob!b@h INVITE me #§",
    ":me!u@h PRIVMSG nick§ :hi",
    "@+typing=active :nick§!u@h TAGMSG #a",
    "@+draft/react=§;+draft/reply=§ :bob!b@h TAGMSG #a",
    ":bob!b@h REDACT #a § :x",
    ":bob!b@h EDIT #a § :x",
    ":bob!b@h PIN #a §",
    ":irc.test 730 me :a,b,c,d,e,f,g,h,§",
    ":irc.test MARKREAD #§ timestamp=2024-01-01T00:00:00.000Z",
    ":bob!b@h AWAY :§",
    "PING §",
    "ERROR :§",
)
"""Each line is sent by the thousand, with a number in the place of §."""

OPENED = (
    "@label=2 :irc.test BATCH +l labeled-response",
    ":irc.test BATCH +r chathistory #a",
    ":irc.test BATCH +m draft/multiline #a",
)


FLOOD = 1_200
"""Lines of one half: more than anything is kept of, but what is bounded lower here."""

LONG = "x" * 300


async def flood(server: ScriptedServer, chat: Chat, model: Model, lines: Iterator[str]) -> None:
    """The client takes so many lines, as a person's client does."""

    async def send() -> None:
        await server.send_bytes("".join(f"{line}\r\n" for line in lines).encode())
        await server.send(":probe!p@h PRIVMSG #a :end")

    async with trio.open_nursery() as nursery:
        nursery.start_soon(send)
        async for event in chat:
            model.take(event, trio.current_time())
            if isinstance(event, events.Said) and event.text == "end":
                break


@pytest.mark.parametrize("line", FLOODS)
async def test_a_flood_fills_no_memory(line: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is kept after a part of it is about what is kept after all of it."""
    monkeypatch.setattr("trio_chat.client.rooms.MOST_MEMBERS", 500)
    monkeypatch.setattr("trio_chat.client.answers.MOST_REPLIES", 500)
    monkeypatch.setattr("trio_chat.client.batches.MOST_HELD", 50_000)
    monkeypatch.setattr("trio_chat.client.rooms.MOST_ROOMS", 200)
    line += " :" * (" :" not in line) + LONG
    async with attacked() as (server, chat):
        model = model_of(chat)
        await server.send(*OPENED)
        sizes = []
        for start in (1_000, 2_200):
            numbers = map(str, range(start, start + FLOOD))
            await flood(server, chat, model, (line.replace("§", number) for number in numbers))
            sizes.append(kept((chat, model)))
    # What waits to be written may be more, or less, at one moment than at another.
    assert sizes[1] < sizes[0] * 1.1 + OUTBOX * MAX_BODY


# --- lines without an end, and registrations ---


async def test_a_line_of_ten_megabytes_is_passed_over(autojump_clock: trio.abc.Clock) -> None:
    async with attacked() as (server, chat):

        async def send() -> None:
            for _ in range(160):
                await server.send_bytes(b"x" * 65_536)
            await trio.testing.wait_all_tasks_blocked()
            assert kept(chat) < 100_000
            await server.send("", ":bob!b@h PRIVMSG #a :still there?")

        async with trio.open_nursery() as nursery:
            nursery.start_soon(send)
            async for event in chat:
                if isinstance(event, events.Said):
                    assert event.text == "still there?"
                    break


ENDLESS = {
    "capabilities": ":irc.test CAP * LS * :cap§",
    "notices": ":irc.test NOTICE * :*** §",
    "pings": "PING :§",
    "nothing": "",
    "taken nicks": ":irc.test 433 * me§ :Nickname is already in use",
    "naks": ":irc.test CAP * NAK :x§",
}


@pytest.mark.parametrize("line", ENDLESS.values(), ids=list(ENDLESS))
async def test_a_registration_without_end_is_given_up(
    line: str, autojump_clock: trio.abc.Clock
) -> None:
    server = ScriptedServer()
    sizes: list[int] = []

    async def say(number: int) -> None:
        await server.send(line.replace("§", str(number)) + LONG)

    with pytest.raises((ConnectionLost, NickInUse)):
        async with endlessly(server, say), connect(nick="me", stream=server.stream):
            pass
    assert trio.current_time() <= TIME_LIMIT
    assert not sizes or max(sizes) < 1_000_000


@pytest.mark.parametrize(
    "line", [":irc.test 372 me :- §", ":irc.test 001 me :hi §", ":irc.test 005 me A=§ :are"]
)
async def test_a_welcome_without_end_is_a_welcome(
    line: str, autojump_clock: trio.abc.Clock
) -> None:
    server = ScriptedServer()

    async def say(number: int) -> None:
        if number == 0:
            await server.take_registration()
            await server.send(":irc.test 001 me :hi")
        await server.send(line.replace("§", str(number)))

    async with endlessly(server, say), connect(nick="me", stream=server.stream) as chat:
        assert trio.current_time() == pytest.approx(AFTER_WELCOME)
        assert len(chat._inbox) <= LIMIT
        await server.hang_up()


@pytest.mark.parametrize("chunk", ["+", "A" * 400, "QUJD"])
async def test_a_login_without_end_fails(chunk: str, autojump_clock: trio.abc.Clock) -> None:
    server = ScriptedServer()

    async def say(number: int) -> None:
        if number == 0:
            await server.take_opening()
            await server.send(":irc.test CAP * LS :sasl=PLAIN,SCRAM-SHA-256")
            await server.send(":irc.test CAP * ACK :sasl")
        await server.send(f"AUTHENTICATE {chunk}")

    login = Login("me", "sesame")
    with pytest.raises(LoginFailed) as failed:
        async with endlessly(server, say), connect(nick="me", stream=server.stream, login=login):
            pass
    assert "sesame" not in repr(failed.value)
    assert trio.current_time() < TIME_LIMIT


@asynccontextmanager
async def endlessly(
    server: ScriptedServer, say: Callable[[int], Awaitable[None]]
) -> AsyncIterator[None]:
    """A server that says something ten times a second for as long as it is heard."""

    async def go_on() -> None:
        with suppress(trio.BrokenResourceError, trio.ClosedResourceError):
            for number in itertools.count():
                await say(number)
                await trio.sleep(0.1)

    # Whatever goes wrong with the client is not to come out in a group.
    async with bare(), trio.open_nursery() as nursery:
        nursery.start_soon(go_on)
        yield
        nursery.cancel_scope.cancel()


# --- a server that does not read ---


async def test_a_server_that_talks_but_does_not_read_is_lost(
    autojump_clock: trio.abc.Clock,
) -> None:
    server = ScriptedServer(lockstep=True)

    async def talk() -> None:
        await server.welcome()
        with suppress(trio.BrokenResourceError, trio.ClosedResourceError):
            for number in itertools.count():
                await server.send(f":bob!b@h PRIVMSG me :{number}", f"PING {number}")
                await trio.sleep(1)

    async with trio.open_nursery() as nursery:
        nursery.start_soon(talk)
        async with connect(nick="me", stream=server.stream) as chat:
            with pytest.raises(ConnectionLost, match="has read nothing for 90 s"):
                async for _ in chat:
                    pass
            assert trio.current_time() < WRITE_LIMIT + 10
            with pytest.raises(ConnectionLost):
                await chat.say("bob", "hello")


async def test_a_server_that_reads_slowly_is_kept(autojump_clock: trio.abc.Clock) -> None:
    """Fifty bytes a second, as servers take lines from who sends too many."""
    server = ScriptedServer(lockstep=True)
    said = [f"this is line {number}" for number in range(400)]
    read = bytearray()

    async def read_slowly() -> None:
        await server.welcome()
        while not read.endswith(b"QUIT\r\n"):
            read.extend(await server.receive_bytes(50))
            await trio.sleep(1)
            await server.send(":irc.test NOTICE me :go on")
        await server.hang_up()

    async with trio.open_nursery() as nursery:
        nursery.start_soon(read_slowly)
        async with connect(nick="me", stream=server.stream) as chat:
            for line in said:
                await chat.say("bob", line)
            while said[-1].encode() not in read:
                await chat.__anext__()
    assert trio.current_time() > 2 * WRITE_LIMIT
    assert read.count(b"\r\n") == len(said) + 1
