"""Always-on accounts in the whole server: over restarts, with what is on disk."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import trio.testing

from trio_chat.core.account_questions import SetAlwaysOn
from trio_chat.server import WATCH_SECONDS
from trio_chat.testing import User, VirtualChat, numeric, open_chat

from .test_accounts import plain


async def comes(chat: VirtualChat, name: str, *, device: str = "", caps: str = "") -> User:
    """A client logs in to the account alice and comes in as `name`."""
    user = await chat.newcomer()
    await user.send(f"CAP REQ :sasl {caps}".rstrip(), f"NICK {name}", f"USER {name} 0 * :{name}")
    await user.send("AUTHENTICATE PLAIN")
    await user.expect("AUTHENTICATE")
    account = f"alice@{device}" if device else "alice"
    await user.send(f"AUTHENTICATE {plain(account, 'secret')}")
    await user.expect(numeric("903"))
    await user.send("CAP END")
    await user.expect(numeric("001"))
    user.nick = name
    return user


async def always_on(chat: VirtualChat) -> None:
    """The account alice, whose user stays."""
    await chat.account("alice")
    chat.archive.holdings.set_always_on(SetAlwaysOn("alice", True))
    await trio.sleep(WATCH_SECONDS * 1.01)


async def test_who_stays_is_there_after_a_restart(
    tmp_path: Path, autojump_clock: trio.testing.MockClock
) -> None:
    async with open_chat(data=tmp_path) as chat:
        await always_on(chat)
        alice = await comes(chat, "alice", device="phone")
        await alice.join("#tea")
        await alice.send("TOPIC #tea :Leaves", "MODE #tea +k key")
        await alice.expect("MODE")
        await alice.quit()
        bob = await chat.user("bob")
        await bob.send("PRIVMSG alice :hi")
        await bob.expect(numeric("301"))
    async with open_chat(data=tmp_path) as chat:
        (room,) = chat.world.rooms.values()
        assert (room.key, [user.nick for user in room.members]) == ("key", ["alice"])
        bob = await chat.user("bob")
        await bob.send("WHOIS alice")
        await bob.expect(numeric("301", "alice"))
        alice = await comes(chat, "alice_")
        await alice.expect("JOIN")
        await alice.expect(numeric("332", "#tea", "Leaves"))
        residence = chat.world.users["alice"].residence
        assert residence is not None
        assert list(residence.devices) == ["phone", ""]
    async with open_chat(data=tmp_path) as chat:
        chat.archive.holdings.set_always_on(SetAlwaysOn("alice", False))
        await trio.sleep(WATCH_SECONDS * 1.01)
        assert not chat.world.users
        assert not chat.world.rooms
    async with open_chat(data=tmp_path) as chat:
        assert chat.world.rooms == {}


async def test_each_device_is_shown_what_it_has_missed_also_over_a_restart(
    tmp_path: Path, autojump_clock: trio.testing.MockClock
) -> None:
    async with open_chat(data=tmp_path) as chat:
        await always_on(chat)
        phone = await comes(chat, "alice", device="phone")
        await phone.join("#tea")
        bob = await chat.user("bob", room="#tea")
        await phone.quit()
        await trio.sleep(1)
        await bob.say("#tea", "first")
        await trio.sleep(1)
        await chat.settle()
        desk = await comes(chat, "alice", device="desk", caps="draft/chathistory batch")
        await bob.say("#tea", "second")
        await desk.expect("PRIVMSG")
        assert not any("first" in line for line in desk.lines)
    async with open_chat(data=tmp_path) as chat:
        phone = await comes(chat, "alice", device="phone", caps="batch server-time")
        begin = await phone.expect("BATCH")
        assert begin.params[1:] == ("chathistory", "#tea")
        texts = [(await phone.expect("PRIVMSG")).params[-1] for _ in range(2)]
        assert texts == ["first", "second"]
        asking = await comes(chat, "alice", device="phone", caps="draft/chathistory batch")
        await asking.send("PING done")
        await asking.expect("PONG")
        assert not any("PRIVMSG #" in line for line in asking.lines)


async def test_who_may_not_stay_any_longer_is_forgotten_at_the_next_start(
    tmp_path: Path, autojump_clock: trio.testing.MockClock
) -> None:
    async with open_chat(data=tmp_path) as chat:
        await always_on(chat)
        alice = await comes(chat, "alice")
        await alice.join("#tea")
    never = replace(chat.config.chat.accounts, always_on="never")
    config = replace(chat.config, chat=replace(chat.config.chat, accounts=never))
    async with open_chat(config, data=tmp_path) as chat:
        assert chat.world.users == {}
    async with open_chat(data=tmp_path) as chat:
        assert not chat.world.users
        assert not chat.world.rooms
