"""Cancellation at every await of a connection: whatever is cut short, nothing is left and the
others see somebody leave once.

One run of a scripted scene has so many scheduling points of the connection's tasks (its own and its
drain). The scene is run again for each of them, and at that one the axe falls: on the connection,
on the whole server, or as a request to stop. In the end a look at the source tells whether every
`await` had its turn.
"""

from __future__ import annotations

import ast
import inspect
import textwrap
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
from itertools import count
from types import ModuleType
from typing import Any, cast

import pytest
import trio
import trio.testing

import trio_chat.net.connection
import trio_chat.net.hub
import trio_chat.net.recorder
import trio_chat.server
import trio_chat.testing.chat
from trio_chat.config import Config, Listen
from trio_chat.core.history import Page, ReadHistory
from trio_chat.core.privileges import Operator
from trio_chat.core.questions import Question
from trio_chat.core.settings import Limits, Settings
from trio_chat.net.connection import ITEM_LINES, ConnectionLimits, Terms, serve_client
from trio_chat.net.errands import Errands
from trio_chat.net.hub import Hub, Item
from trio_chat.net.link import Link
from trio_chat.net.recorder import Recorder
from trio_chat.net.transport import Bare, Transport
from trio_chat.server import STOP_SECONDS, serve
from trio_chat.testing import NotReceived, User, VirtualChat, left, numeric, open_chat, said

from .secure import HANDSHAKE, OpenSecret
from .test_errands import CHEAP
from .web import Browser

CONFIG = Config(
    listen=(Listen(tls=True),),
    chat=Settings(operators=(Operator("root", CHEAP),), limits=Limits(lines_per_second=1000)),
    connection=ConnectionLimits(sendq=9_000, recvq=64, unregistered_recvq=64),
)
WINDOW = 2_000
"""Little is taken at a time, so that everything is waited for more often."""

VICTIM = "10.0.0.3"
"""The address of the second user of a chat."""

ENDINGS = ("QUIT", "QUIT while lagging", "end of file", "reset", "SendQ", "WebSocket", "TLS")

ROUNDS = 10

Place = tuple[str, int]
"""A file and a line."""


@dataclass(slots=True, eq=False)
class Axe(trio.abc.Instrument):
    """Falls after the connection's tasks have been scheduled `at` times; 0 is before the first."""

    at: int
    victim: trio.lowlevel.Task | None = None
    steps: int = 0
    fall: Callable[[], object] = lambda: None
    transports: list[Transport] = field(default_factory=list)
    seen: set[Place] = field(default_factory=set)
    """Where the connection's tasks were waiting when it fell."""

    def watch(self, transport: Transport) -> None:
        """Called by the connection's task, when it begins."""
        self.transports.append(transport)
        self.victim = trio.lowlevel.current_task()
        if self.at == 0:
            self.fall()

    def after_task_step(self, task: trio.lowlevel.Task) -> None:
        parent = task.parent_nursery.parent_task if task.parent_nursery else None
        if self.victim is not None and self.victim in (task, parent):
            self.steps += 1
            if self.steps == self.at:
                if inspect.getcoroutinestate(task.coro) != inspect.CORO_CLOSED:
                    frames = task.iter_await_frames()
                    self.seen |= {(frame.f_code.co_filename, line) for frame, line in frames}
                self.fall()

    @property
    def has_fallen(self) -> bool:
        return self.victim is not None and self.steps >= self.at


class Reluctant:
    """An inbox that never has room at once, so that everything told to the hub is awaited."""

    def __init__(self, inbox: trio.MemorySendChannel[Item]) -> None:
        self._inbox = inbox

    def send_nowait(self, item: Item) -> None:
        raise trio.WouldBlock

    async def send(self, item: Item) -> None:
        await self._inbox.send(item)


@contextmanager
def raised_over(target: str, axe: Axe, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Let the axe fall on the connection of the victim, or on all of `serve`."""

    async def serve_one(transport: Bare, hub: Hub, limits: ConnectionLimits, terms: Terms) -> None:
        if transport.peer != VICTIM or axe.transports:
            await serve_client(transport, hub, limits, terms)
            return
        with trio.CancelScope() as scope:
            if target == "connection":
                axe.fall = scope.cancel
            axe.watch(transport)
            hub.inbox = cast("Any", Reluctant(hub.inbox))
            await serve_client(transport, hub, limits, terms)

    async def serve_all(*args: Any, **options: Any) -> None:
        with trio.CancelScope() as scope:
            if target == "server":
                axe.fall = scope.cancel
            await serve(*args, **options)

    with monkeypatch.context() as patch:
        patch.setattr(trio_chat.server, "serve_client", serve_one)
        patch.setattr(trio_chat.testing.chat, "serve", serve_all)
        patch.setattr(Errands, "answer", answer_slowly)
        patch.setattr(Recorder, "_try_to_write", write_slowly)
        patch.setattr(trio_chat.net.recorder, "BEHIND", 0)
        yield


async def answer_slowly(errands: Errands, question: Question) -> object:
    """Stands for the thread of an errand, whose time a clock that jumps cannot know."""
    await trio.sleep(0.01)
    return Page(()) if isinstance(question, ReadHistory) else False


async def write_slowly(recorder: Recorder, *args: object) -> None:
    """Stands for the disk."""
    await trio.sleep(0.01)


async def play(alice: User, bob: User, ending: str) -> None:
    """The scene: alice comes in, talks, lags behind, catches up or does not, and goes."""
    with suppress(NotReceived, trio.BrokenResourceError):
        await alice.send_bytes(b"P")  # as a request by POST or PUT begins
        await trio.testing.wait_all_tasks_blocked()
        await alice.send_bytes(b"ASS no\r\n")
        await alice.register("alice", ["echo-message"])
        await alice.send("OPER root wrong", *["PONG"] * (ITEM_LINES + 1))  # they wait with it
        await alice.expect(numeric("464"))
        await alice.join("#tea")
        await alice.send_bytes(b"PONG\n" * (ITEM_LINES + 1))  # more than go to the hub at a time
        await alice.say("#tea", "hello")
        await alice.send("PONG")  # which waits for the disk
        await alice.expect(said("hello"))
        alice.stop_reading()
        lines = 40 if ending == "SendQ" else 20
        flood = [f"PRIVMSG #tea :{number} {'x' * 400}" for number in range(lines)]
        async with trio.open_nursery() as nursery:  # both at once, so that they wait for the hub
            nursery.start_soon(alice.send, *["PONG"] * 6)
            nursery.start_soon(bob.send, *["PONG"] * 6 + flood)
        await trio.testing.wait_all_tasks_blocked()
        match ending:
            case "QUIT":
                alice.resume_reading()
                await alice.expect(said(f"{lines - 1} {'x' * 400}"))
                await alice.send("NOTICE #tea :last words", "QUIT")
                await alice.expect_end()
            case "QUIT while lagging":
                await alice.send("QUIT")
                await trio.testing.wait_all_tasks_blocked()
                alice.resume_reading()
                await alice.expect_end()
            case "end of file":
                alice.resume_reading()
                await alice.hang_up()
                await alice.expect_end()
            case "reset":
                await alice.vanish()
            case _:
                await trio.sleep(CONFIG.connection.close_seconds)
    await trio.sleep(CONFIG.connection.close_seconds + STOP_SECONDS)


async def browse(chat: VirtualChat, axe: Axe) -> None:
    """Another scene: alice comes by WebSocket."""
    browser = Browser(await chat.open_stream(source=VICTIM))
    with suppress(AssertionError, trio.BrokenResourceError):
        assert await browser.connect("text.ircv3.net", in_pieces=True)
        await browser.register("alice", "#tea")
        await browser.send("PRIVMSG #tea :hello")
        await browser.close()
    await trio.sleep(CONFIG.connection.close_seconds + STOP_SECONDS)
    await browser.stream.aclose()
    await trio.sleep(CONFIG.connection.close_seconds + STOP_SECONDS)


def check_what_bob_saw(bob: User) -> None:
    """He saw alice come and go, each once or not at all, and heard her only in between."""
    seen = [message for message in bob.received if message.nick == "alice"]
    shown = [message.command for message in seen if message.command != "NOTICE"]
    assert shown in ([], ["JOIN", "QUIT"], ["JOIN", "PRIVMSG", "QUIT"]), shown


async def cut_connection(ending: str, axe: Axe) -> None:
    """The scene with only alice's connection at stake."""
    with trio.fail_after(60):
        async with open_chat(CONFIG, window=WINDOW) as chat:
            chat.server.tls = OpenSecret()
            bob = await chat.user("bob", room="#tea")
            if ending == "WebSocket":
                await browse(chat, axe)
            elif ending == "TLS":
                alice = await chat.newcomer()
                with suppress(trio.BrokenResourceError):
                    await alice.send_bytes(HANDSHAKE)
                    await trio.testing.wait_all_tasks_blocked()
                await play(alice, bob, "QUIT")
            else:
                await play(await chat.newcomer(), bob, ending)
            await assert_closed(axe)
            await bob.rest()
            check_what_bob_saw(bob)
            assert list(chat.world.users) == ["bob"]
            await chat.settle()
            alice = await chat.user("alice", room="#tea")
            await alice.say("#tea", "back again")
            await bob.expect(said("back again", by="alice"))
            await alice.vanish()
            await bob.expect(left("alice"))


async def cut_server(ending: str, axe: Axe, *, by_stop: bool) -> None:
    """The scene with the whole server at stake."""
    with trio.fail_after(60):
        async with open_chat(CONFIG, window=WINDOW) as chat:
            if by_stop:
                axe.fall = chat.server.stop
            bob = await chat.user("bob", room="#tea")
            alice = await chat.newcomer()
            await play(alice, bob, ending)
            if axe.has_fallen:
                assert "Server shutting down" in await bob.expect_end(within=STOP_SECONDS + 0.01)
                await assert_stopped(chat)
            await assert_closed(axe)


async def assert_closed(axe: Axe) -> None:
    """The server has closed its side of the victim's connection."""
    (transport,) = axe.transports
    with pytest.raises(trio.ClosedResourceError):
        await transport.receive_some(1)


async def assert_stopped(chat: VirtualChat) -> None:
    assert chat.server.client_count == 0
    with pytest.raises(ConnectionRefusedError):
        await chat.open_stream()


def cut_at_every_point(
    target: str, scene: Callable[[Axe], Any], monkeypatch: pytest.MonkeyPatch
) -> set[Place]:
    """Play the scene again and again, until the axe would fall after its end.

    Returns where the connection was waiting when it fell.
    """
    seen: set[Place] = set()
    for at in count():
        axe = Axe(at)
        try:
            with raised_over(target, axe, monkeypatch):
                clock = trio.testing.MockClock(autojump_threshold=0)
                trio.run(scene, axe, clock=clock, instruments=[axe])
        except BaseException as error:
            error.add_note(f"the axe fell at point {at}")
            raise
        if not axe.has_fallen:
            break
        seen |= axe.seen
    return seen


def missed_awaits(seen: set[Place], *sources: ModuleType | Callable[..., Any]) -> Iterator[str]:
    """The places in these sources where something is awaited and that were not seen."""
    for source in sources:
        file = inspect.getfile(source)
        lines, first = inspect.getsourcelines(source)
        lines_seen = {line for seen_file, line in seen if seen_file == file}
        for node in ast.walk(ast.parse(textwrap.dedent("".join(lines)))):
            if isinstance(node, ast.Await | ast.AsyncWith | ast.AsyncFor):
                begin = node.lineno + max(first, 1) - 1
                last = begin + (node.end_lineno or node.lineno) - node.lineno
                if isinstance(node, ast.AsyncWith):
                    last = begin
                if not lines_seen & set(range(begin, last + 1)):
                    yield f"{file}:{begin}: {lines[node.lineno - 1].strip()}"


def test_a_connection_can_be_cancelled_at_every_await(monkeypatch: pytest.MonkeyPatch) -> None:
    sources = (trio_chat.net.connection, Link.drain, Link.wait_finished, Link.wait_kept)
    seen: set[Place] = set()
    # Trio shuffles who runs first, and some awaits come about in one order only: one round misses
    # one of them in a dozen tries.
    for _ in range(ROUNDS):
        for ending in ENDINGS:
            seen |= cut_at_every_point("connection", partial(cut_connection, ending), monkeypatch)
        missed = list(missed_awaits(seen, *sources))
        if not missed:
            break
    assert not missed, "\n".join(missed)


@pytest.mark.parametrize("ending", ["QUIT", "QUIT while lagging"])
@pytest.mark.parametrize("by_stop", [True, False], ids=["stopped", "cancelled"])
def test_the_server_can_be_ended_at_every_point_of_a_connection(
    ending: str, by_stop: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    scene = partial(cut_server, ending, by_stop=by_stop)
    assert cut_at_every_point("stop" if by_stop else "server", scene, monkeypatch)
