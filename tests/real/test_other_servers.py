"""Other people's servers: the client chats there too, and does without what they lack."""

from __future__ import annotations

import signal
from collections.abc import AsyncIterator
from pathlib import Path
from typing import TypeVar

import pytest
import trio

from trio_chat.client import connection, events
from trio_chat.client.chat import Chat
from trio_chat.client.connect import connect
from trio_chat.client.errors import NickInUse, Refused, Unsupported
from trio_chat.client.reconnect import Lost, RoomRefused, keep_connected

from .chatting import open_client
from .other_servers import KINDS, PING_EVERY, Kind, OtherServer, other_server
from .programs import needs
from .terminal import Tmux
from .waiting import PATIENCE

pytestmark = [pytest.mark.slow, needs("inspircd", "ngircd")]


@pytest.fixture(params=KINDS, ids=lambda kind: kind.name)
async def server(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[OtherServer]:
    kind: Kind = request.param
    async with other_server(kind, tmp_path) as running:
        yield running


Seen = TypeVar("Seen", bound=events.Event)


async def seen(chat: Chat, kind: type[Seen]) -> Seen:
    """The next event of a kind."""
    with trio.fail_after(PATIENCE):
        async for event in chat:
            if isinstance(event, kind):
                return event
    raise AssertionError(f"the chat ended without {kind.__name__}")


async def test_two_people_chat(server: OtherServer) -> None:
    async with (
        connect(port=server.port, nick="alice", rooms=["#tea"]) as alice,
        connect(port=server.port, nick="bob", rooms=["#tea"]) as bob,
    ):
        assert {member.nick for member in bob.rooms["#tea"].members.values()} == {"alice", "bob"}
        assert alice.rooms["#TEA"].members["alice"].signs == "@"

        await alice.say("#tea", "naïve café ☕")
        said = await seen(bob, events.Said)
        assert (said.where, said.nick, said.text) == ("#tea", "alice", "naïve café ☕")
        await alice.act("#tea", "waves")
        assert (await seen(bob, events.Said)).action
        sent = [await seen(alice, events.Sent) for _ in range(2)]
        assert [(one.text, one.kind) for one in sent] == [
            ("naïve café ☕", "say"),
            ("waves", "act"),
        ]
        await bob.say("alice", "psst")
        assert (await seen(alice, events.Said)).where == "bob"
        await bob.say("#tea", "long " * 300)
        heard = ""
        while len(heard) < 5 * 300 - 10:
            heard += f"{(await seen(alice, events.Said)).text} "
        assert heard.split() == ["long"] * 300


async def test_people_come_and_go_and_change(server: OtherServer) -> None:
    async with connect(port=server.port, nick="alice", rooms=["#tea"]) as alice:
        async with connect(port=server.port, nick="bob", rooms=["#tea"]) as bob:
            await bob.set_nick("rob")
            changed = await seen(alice, events.NickChanged)
            assert (changed.old, changed.new) == ("bob", "rob")
            with pytest.raises(NickInUse):
                await bob.set_nick("alice")
            await alice.set_topic("#tea", "all about tea")
            assert (await seen(bob, events.TopicChanged)).topic == "all about tea"
            await alice.set_mode("#tea", "+o", "rob")
            await seen(bob, events.ModeChanged)
            assert bob.rooms["#tea"].members["rob"].signs == "@"
            await alice.kick("#tea", "rob", "enough")
            kicked = await seen(bob, events.Kicked)
            assert (kicked.by, kicked.reason, kicked.own) == ("alice", "enough", True)
            assert list(bob.rooms) == []
            await alice.set_mode("#tea", "+k", "sesame")
            with pytest.raises(Refused):
                await bob.join("#tea")
            assert (await bob.join("#tea", "sesame")).topic == "all about tea"
            await bob.part("#tea", "later")
            assert (await bob.whois("alice")).nick == "alice"
            assert "#tea" in [each.name for each in await bob.list_rooms()]
            assert [person.nick for person in await alice.who("#tea")] == ["alice"]
        assert (await alice.names("#tea"))[0].nick == "alice"


async def test_what_these_servers_lack_is_said(server: OtherServer) -> None:
    async with connect(port=server.port, nick="alice", rooms=["#tea"]) as alice:
        with pytest.raises(Unsupported):
            await alice.history("#tea")
        with pytest.raises(Unsupported):
            await alice.search("tea")
        with pytest.raises(Unsupported):
            await alice.edit("#tea", "some-id", "text")
        with pytest.raises(Unsupported):
            await alice.redact("#tea", "some-id")
        with pytest.raises(Unsupported):
            await alice.register_account("sesame")


async def test_many_rooms_are_joined_at_once(server: OtherServer) -> None:
    names = [f"#room{number}" for number in range(10)]
    async with connect(port=server.port, nick="alice") as alice:
        assert await alice.join_all(dict.fromkeys(names, ""), PATIENCE) == {}
        assert list(alice.rooms) == names
        await alice.part("#room3")
        [trouble] = (await alice.join_all({"#room3": "", "no room": ""}, 3)).items()
        assert trouble[0] == "no room"


async def test_who_says_nothing_stays(server: OtherServer) -> None:
    async with connect(port=server.port, nick="alice", rooms=["#tea"]) as alice:
        await trio.sleep(2.5 * PING_EVERY)
        assert (await alice.names("#tea"))[0].nick == "alice"


async def test_a_restart_and_a_server_that_stands_still_are_survived(
    server: OtherServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, "QUIET", 1.0)
    monkeypatch.setattr(connection, "PATIENCE", 1.0)
    news: list[Lost | RoomRefused] = []
    visits: list[list[str]] = []

    async def use(chat: Chat) -> None:
        visits.append(list(chat.rooms))
        if len(visits) == 1:
            await chat.join("#more")
            await server.stop()
            await server.start()
        if len(visits) == 2:
            server.signal(signal.SIGSTOP)
        if len(visits) < 3:
            async for _ in chat:
                pass
        while chat.nick != "alice":  # what is left of the last connection is gone in a moment
            await seen(chat, events.NickChanged)

    def told(what: Lost | RoomRefused) -> None:
        news.append(what)
        if len(visits) == 2:
            server.signal(signal.SIGCONT)

    with trio.fail_after(4 * PATIENCE):
        await keep_connected(use, port=server.port, nick="alice", rooms=["#tea"], told=told)
    assert visits == [["#tea"], ["#tea", "#more"], ["#tea", "#more"]]
    assert "silent" in news[-1].reason
    assert not [what for what in news if isinstance(what, RoomRefused)]


@needs("tmux")
async def test_the_terminal_client_chats_there(server: OtherServer, tmux: Tmux) -> None:
    async with connect(port=server.port, nick="bob", rooms=["#tea"]) as bob:
        carol = await open_client(tmux, server.port, "carol", room="#tea")
        await carol.enter("hello there")
        assert (await seen(bob, events.Said)).text == "hello there"
        await bob.say("#tea", "and hello to you")
        await carol.wait_for("<bob> and hello to you")
        await bob.say("carol", "psst")
        await carol.wait_for("psst")
        await carol.enter("/nick caro")
        await carol.wait_for("you are now caro")
        assert (await seen(bob, events.NickChanged)).new == "caro"
        await carol.enter("/history")
        await carol.wait_for("no history")
        await carol.enter("/quit bye")
        assert (await seen(bob, events.Quitted)).nick == "caro"
