"""The services before a real archive: what belongs to an account is there after a restart."""

from __future__ import annotations

from pathlib import Path

import pytest
import trio
from trio.testing import MockClock

from trio_chat.core.records import RoomRecord
from trio_chat.testing import EPOCH, User, VirtualChat, numeric, open_chat
from trio_chat.testing.patterns import Pattern


async def rank(user: User, rank: str) -> None:
    """Wait until this user is given a rank."""
    await user.expect(Pattern("MODE", ("#Tea", rank, user.nick)))


async def found_room(chat: VirtualChat) -> None:
    """Somebody registers an account and a room by message, and does all that is kept of it."""
    await chat.account("bob")
    alice = await chat.user("alice", room="#Tea")
    await alice.send("PRIVMSG NickServ :REGISTER sesame")
    await alice.expect(numeric("900"))
    await alice.send("PRIVMSG ChanServ :REGISTER #tea")
    await rank(alice, "+q")
    await trio.sleep(5)
    await alice.send("TOPIC #tea :Green", "MODE #tea +imb *!*@spam", "CS FLAGS #tea bob +v")
    await alice.expect(Pattern("NOTICE", (None, "bob has +v in #Tea.")))


async def test_a_registered_room_outlives_the_server(
    autojump_clock: MockClock, tmp_path: Path
) -> None:
    async with open_chat(data=tmp_path) as chat:
        await found_room(chat)
    async with open_chat(data=tmp_path) as chat:
        alice = await chat.user("ally")
        await alice.send("JOIN #tea")
        await alice.expect(numeric("473"))
        assert chat.world.rooms == {}
        await alice.send("NS IDENTIFY alice sesame", "NS REGAIN alice", "JOIN #tea", "MODE #tea b")
        await alice.expect(Pattern("NICK", ("alice",)))
        alice.nick = "alice"
        await rank(alice, "+q")
        topic, who = await alice.expect(numeric("332")), await alice.expect(numeric("333"))
        assert topic.params[1:] == ("#Tea", "Green")
        assert who.params[2:] == (alice_source(who.params[2]), str(int(EPOCH) + 5))
        ban = await alice.expect(numeric("367"))
        assert ban.params[2] == "*!*@spam"
        assert ban.params[4] == str(int(EPOCH) + 5)
        await alice.send("MODE #tea", "MODE #tea -i")
        modes = await alice.expect(numeric("324"))
        assert modes.params[2] == "+imnt"
        bob = await chat.user("bobby", room="#Tea")
        await bob.send("NS IDENTIFY bob secret")
        await rank(bob, "+v")


def alice_source(source: str) -> str:
    """The source that was alice's when she set the topic."""
    assert source.startswith("alice!~alice@")
    return source


@pytest.mark.parametrize("line", ["NS ERASE sesame", "CS DROP #tea #tea"])
async def test_a_room_that_was_let_go_of_is_gone_from_the_archive(
    autojump_clock: MockClock, tmp_path: Path, line: str
) -> None:
    async with open_chat(data=tmp_path) as chat:
        await found_room(chat)
        assert isinstance(chat.archive.restore(EPOCH).records[0], RoomRecord)
        alice = await chat.user("ally")
        await alice.send("NS IDENTIFY alice sesame", line)
        await alice.expect("NOTICE")
        await chat.settle()
        assert chat.archive.restore(EPOCH).records == ()
    async with open_chat(data=tmp_path) as chat:
        await chat.user("eve", room="#tea")
        assert [each.ranks for each in chat.world.rooms["#tea"].members.values()] == ["o"]
