"""For each planted bug the ordinary test that would find it: it passes, and fails with the bug.

They know what to look for, as somebody does who has the bug before them. What the simulation is
worth, is shown by its finding the same bugs without.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import trio
import trio.testing

from trio_chat.core.events import Received
from trio_chat.net.connection import ConnectionLimits
from trio_chat.net.link import Link
from trio_chat.testing import EPOCH, User, VirtualChat, failed, left, open_chat, renamed, said
from trio_chat.testing.chat import CONFIG
from trio_chat.testing.patterns import Pattern
from trio_chat.wire.lines import SERVER_LINE
from trio_chat.wire.message import parse

from ..harness.test_history import comes, read, say
from ..net.test_holding import FULL, Disk

ECHO = ("echo-message", "message-tags", "standard-replies")

Ordinary = Callable[[Path], Awaitable[None] | None]

ORDINARY: dict[str, Ordinary] = {}
"""By the name of the bug."""


def finds(test: Ordinary) -> Ordinary:
    """Enter the test for the bug whose name it has."""
    ORDINARY[test.__name__.replace("_", "-")] = test
    return test


async def happen_at_once(chat: VirtualChat, *lines: tuple[User, str]) -> None:
    """Have the hub find these lines in its inbox together."""
    for user, line in lines:
        known = chat.world.find_user(user.nick)
        assert known is not None
        session = known.sessions[0]
        event = Received(session.id, parse(line.encode()), chat.server._hub.clock())
        chat.server._hub.inbox.send_nowait((session.outlet, (event,)))
    await trio.testing.wait_all_tasks_blocked()


def texts(user: User) -> list[str]:
    """What somebody has heard said so far."""
    return [each.params[-1] for each in user.received if each.command == "PRIVMSG"]


@asynccontextmanager
async def stopped(disk: Disk) -> AsyncIterator[None]:
    """Have a disk take nothing while the block runs."""
    disk.stop()
    try:
        yield
    finally:
        with trio.CancelScope(shield=True):
            await disk.go_on()


def file_nothing(chat: VirtualChat) -> None:
    """Leave in the journal what is written from now on."""
    chat.archive.file = lambda: 0  # type: ignore[method-assign]


# -- delivery


@finds
async def lost_on_join(directory: Path) -> None:
    async with open_chat() as chat:
        (alice,) = await chat.users("alice", room="#tea")
        bob = await chat.user("bob")
        await alice.say("#tea", "nobody else is here")
        await alice.rest()
        await happen_at_once(chat, (bob, "JOIN #tea"), (alice, "PRIVMSG #tea :hi"))
        await bob.expect(said("hi"))


@finds
async def order_differs(directory: Path) -> None:
    async with open_chat() as chat:
        alice, bob, *others = await chat.users(*("alice", "bob", "c", "d", "e", "f"), room="#tea")
        for number in range(10):
            lines = ((each, f"PRIVMSG #tea :{each.nick}{number}") for each in (alice, bob))
            await happen_at_once(chat, *lines)
        assert all(texts(each) == texts(others[0]) for each in others)


@finds
async def echo_overtaken(directory: Path) -> None:
    async with open_chat() as chat:
        alice, bob = await chat.users("alice", "bob", room="#tea", caps=ECHO)
        async with stopped(Disk(chat)):
            await alice.say("#tea", "one")
            await bob.expect(said("one"))
            await bob.say("#tea", "two")
            await bob.rest()
        await alice.expect(said("one"))
        await alice.expect(said("two"))


@finds
async def drain_loses_tail(directory: Path) -> None:
    async with open_chat(window=2048) as chat:
        alice, bob = await chat.users("alice", "bob", room="#tea")
        bob.stop_reading()
        for number in range(60):
            await alice.say("#tea", f"{number} {'x' * 100}")
        await alice.rest()
        bob.resume_reading()
        await bob.rest()
        assert len(texts(bob)) == 60


class Busy:
    """A transport that takes nothing until it is told to."""

    def __init__(self) -> None:
        self.peer = ""
        self.is_free = False
        self.taken = b""

    def send_nowait(self, data: bytes, /) -> int:
        if not self.is_free:
            raise BlockingIOError
        self.taken += data
        return len(data)

    async def wait_writable(self) -> None:
        await trio.sleep_forever()

    async def receive_some(self, max_bytes: int) -> bytes:
        return b""

    def send_eof(self) -> None:
        pass

    def close(self) -> None:
        pass


def overfull(busy: Busy) -> tuple[Link, list[str]]:
    """A link that has been given more than it may keep, and why it was ended."""
    ends: list[str] = []
    link = Link(1, busy, lambda: 10, lambda link: None, ends.append)
    link.out.append(b"more than ten bytes")
    link.flush()
    return link, ends


@finds
def sends_after_close(directory: Path) -> None:
    busy = Busy()
    link, _ = overfull(busy)
    busy.is_free = True
    link.out.append(b"late")
    link.flush()
    assert not busy.taken


@finds
def sendq_unbounded(directory: Path) -> None:
    _, ends = overfull(Busy())
    assert ends == ["SendQ exceeded"]


@finds
async def label_twice(directory: Path) -> None:
    async with open_chat() as chat:
        caps = ("batch", "labeled-response", "message-tags", "draft/chathistory")
        (alice,) = await chat.users("alice", room="#tea", caps=caps)
        await alice.send("@label=x CHATHISTORY LATEST #tea * 10")
        assert [each.tags.get("label") for each in await alice.rest()].count("x") == 1


# -- people


@finds
async def kick_stale_audience(directory: Path) -> None:
    async with open_chat() as chat:
        alice, bob = await chat.users("alice", "bob", room="#tea")
        await alice.send("KICK #tea bob")
        await alice.say("#tea", "are they gone?")
        await alice.rest()
        assert texts(bob) == []


@finds
async def nick_freed_early(directory: Path) -> None:
    async with open_chat() as chat:
        alice, bob, carol = await chat.users("alice", "bob", "carol", room="#tea")
        await bob.vanish()
        await alice.rest()
        await carol.send("NICK bob")
        await alice.expect(renamed("carol", "bob"))
        seen = [each.command for each in alice.received]
        assert "QUIT" in seen[: seen.index("NICK")]


@finds
async def nick_checked_early(directory: Path) -> None:
    async with open_chat() as chat:
        alice, bob, carol = await chat.users("alice", "bob", "carol", room="#tea")
        async with trio.open_nursery() as nursery:
            nursery.start_soon(alice.send, "NICK dave")
            nursery.start_soon(bob.send, "NICK dave")
        nicks = [each.params[0] for each in await carol.rest() if each.command == "NICK"]
        assert nicks == ["dave"]


@finds
async def quit_untold(directory: Path) -> None:
    async with open_chat() as chat:
        bob, *_ = await chat.users("bob", "carol", "dave", room="#big")
        await bob.join("#tea")
        (alice,) = await chat.users("alice", room="#tea")
        await bob.quit()
        await alice.expect(left("bob"))


@finds
async def ghost_on_cancel(directory: Path) -> None:
    config = replace(CONFIG, connection=ConnectionLimits(sendq=SERVER_LINE))
    async with open_chat(config, window=2048) as chat:
        alice, bob = await chat.users("alice", "bob", room="#tea")
        bob.stop_reading()
        for _ in range(30):
            await alice.say("#tea", "x" * 400)
        await alice.expect(left("bob"))


@finds
async def ping_timeout_never(directory: Path) -> None:
    async with open_chat() as chat:
        alice, bob = await chat.users("alice", "bob", room="#tea")
        bob.stop_reading()
        await alice.expect(left("bob"), within=200)


@finds
async def timer_forgotten(directory: Path) -> None:
    async with open_chat() as chat:
        alice, bob = await chat.users("alice", "bob", room="#tea")
        await trio.sleep(50)
        await bob.say("#tea", "still here")
        bob.stop_reading()
        await alice.expect(left("bob"), within=200)


@finds
async def history_to_outsiders(directory: Path) -> None:
    async with open_chat() as chat:
        alice, bob = await chat.users(
            *("alice", "bob"), room="#tea", caps=("batch", "draft/chathistory", *ECHO)
        )
        async with stopped(Disk(chat)):
            await alice.say("#tea", "one")
            await bob.send("CHATHISTORY LATEST #tea * 10")
            await bob.rest()
            await alice.send("KICK #tea bob")
            await bob.expect("KICK")
        await bob.expect("FAIL")


@finds
async def time_runs_back(directory: Path) -> None:
    async with open_chat() as chat:
        alice, bob = await chat.users("alice", "bob", room="#tea", caps=("server-time",))
        await bob.say("#tea", "one")
        await alice.rest()
        chat.server._hub.clock = lambda: EPOCH - 100
        await bob.say("#tea", "two")
        await alice.rest()
        first, second = (each.tags["time"] for each in alice.received if each.command == "PRIVMSG")
        assert first <= second


# -- connections


@finds
async def torn_line_dropped(directory: Path) -> None:
    async with open_chat() as chat:
        alice, bob = await chat.users("alice", "bob", room="#tea")
        await bob.send_bytes(b"PRIVMSG #tea :one\r\nPRIVMSG #tea :t")
        await alice.expect(said("one"))
        await bob.send_bytes(b"wo\r\n")
        await alice.expect(said("two"))


@finds
async def stranger_leaked(directory: Path) -> None:
    async with open_chat() as chat:
        stranger = await chat.newcomer()
        await stranger.close()
        await trio.sleep(100)
        assert not chat.world.sessions


@finds
async def socket_leaked(directory: Path) -> None:
    async with open_chat() as chat:
        (alice,) = await chat.users("alice", room="#tea")
        await alice.vanish()
        await trio.sleep(10)
        assert not chat.network.half_closed


@finds
async def door_left_open(directory: Path) -> None:
    async with open_chat() as chat:
        chat.server.stop()
        await trio.sleep(10)
        try:
            await chat.open_stream()
        except ConnectionRefusedError:
            return
        raise AssertionError("a server that has stopped lets somebody in")


# -- keeping


@finds
async def echo_before_commit(directory: Path) -> None:
    async with open_chat() as chat:
        (alice,) = await chat.users("alice", room="#tea", caps=ECHO)
        async with stopped(Disk(chat)):
            await alice.say("#tea", "one")
            assert await alice.rest() == []
        await alice.expect(said("one"))


@finds
async def commit_unchecked(directory: Path) -> None:
    async with open_chat() as chat:
        (alice,) = await chat.users("alice", room="#tea", caps=ECHO)
        disk = Disk(chat)
        disk.error = FULL
        await alice.say("#tea", "one")
        await alice.expect(failed("NOT_KEPT"))
        disk.error = None
        chat.complaints.clear()


@finds
async def restart_forgets(directory: Path) -> None:
    async with open_chat(data=directory) as chat:
        await chat.account("alice")
        alice = await comes(chat, "alice", "#tea")
        file_nothing(chat)
        await say(alice, "#tea", "one")
    async with open_chat(data=directory) as chat:
        alice = await comes(chat, "alice", "#tea")
        assert await read(alice, "LATEST #tea * 10") == "one"


@finds
async def msgid_reused(directory: Path) -> None:
    ids: list[str] = []
    for _ in range(2):
        async with open_chat(data=directory) as chat:
            (alice,) = await chat.users("alice", room="#tea", caps=ECHO)
            await alice.say("#tea", "one")
            ids.append((await alice.expect(Pattern("PRIVMSG"))).tags["msgid"])
    assert ids[0] != ids[1]


@finds
async def page_overlaps(directory: Path) -> None:
    async with open_chat() as chat:
        await chat.account("alice")
        alice = await comes(chat, "alice", "#tea")
        ids = await say(alice, "#tea", "one", "two")
        assert await read(alice, f"BEFORE #tea msgid={ids[1]} 10") == "one"


@finds
async def seam_lost(directory: Path) -> None:
    async with open_chat() as chat:
        await chat.account("alice")
        alice = await comes(chat, "alice", "#tea")
        await trio.sleep(60)
        file_nothing(chat)
        await say(alice, "#tea", "one")
        assert await read(alice, "LATEST #tea * 10") == "one"
