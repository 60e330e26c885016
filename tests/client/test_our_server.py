"""The async client with our own server, in memory: everything that both of them know."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta

import pytest
import trio
import trio.testing

from trio_chat.client import events
from trio_chat.client.capabilities import WANTED
from trio_chat.client.chat import Chat
from trio_chat.client.connect import connect
from trio_chat.client.errors import Refused
from trio_chat.client.login import Login
from trio_chat.testing.chat import VirtualChat
from trio_chat.wire.message import Message

LONG = "a rather long line of text, " * 30


@asynccontextmanager
async def client(
    chat: VirtualChat, nick: str, *, account: bool = True, room: str = "#tea"
) -> AsyncIterator[Chat]:
    """Somebody who uses the client, logged in to an account of their nick's name."""
    if account:
        await chat.account(nick)
    async with connect(
        nick=nick,
        login=Login(nick, "secret") if account else None,
        stream=await chat.open_stream(),
        rooms=[room],
    ) as connected:
        yield connected


async def told(chat: Chat, kind: type[events.Event]) -> list[events.Event]:
    """The events of a kind that are waiting."""
    await trio.testing.wait_all_tasks_blocked()
    waiting = [await chat.__anext__() for _ in range(len(chat._inbox))]
    return [event for event in waiting if isinstance(event, kind)]


async def test_all_that_is_known_of_the_capabilities_is_in_use(chat: VirtualChat) -> None:
    async with client(chat, "alice") as alice:
        assert alice.capabilities == set(WANTED)
        assert alice.account == "alice"
        assert alice.capability("draft/multiline") == "max-bytes=16384,max-lines=100"
        assert alice.capability("setname") == ""
        assert alice.capability("sasl") is None


async def test_what_was_said_is_asked_for_in_every_way(chat: VirtualChat) -> None:
    async with client(chat, "alice") as alice:
        ids = [await alice.say("#tea", f"number {number}") for number in range(6)]
        first, second, *_, last = said = [
            event for event in await alice.history("#tea") if isinstance(event, events.Sent)
        ]
        assert [event.text for event in said] == [f"number {number}" for number in range(6)]
        assert [event.msgid for event in said] == ids
        assert all(event.history for event in said)

        async def numbers(**point: object) -> list[int]:
            told = await alice.history("#tea", **point)  # type: ignore[arg-type]
            return [int(each.text[-1]) for each in told if isinstance(each, events.Sent)]

        assert await numbers(limit=2) == [4, 5]
        assert await numbers(since=ids[2]) == [3, 4, 5]
        assert await numbers(before=last, limit=2) == [3, 4]
        assert await numbers(after=first, limit=2) == [1, 2]
        assert await numbers(around=ids[3], limit=1) == [3]
        assert await numbers(between=(second, last)) == [2, 3, 4]
        assert await numbers(between=(last, second), limit=1) == [4]
        assert await numbers(before=first.at - timedelta(days=1)) == []
        # None of it is an event as well.
        assert all(not event.history for event in await told(alice, events.Event))


async def test_two_choices_at_once_are_none(chat: VirtualChat) -> None:
    async with client(chat, "alice") as alice:
        with pytest.raises(ValueError, match="one point"):
            await alice.history("#tea", before="1", after="2")


async def test_the_history_of_a_room_one_is_not_in_is_refused(chat: VirtualChat) -> None:
    async with client(chat, "alice") as alice:
        with pytest.raises(Refused) as caught:
            await alice.history("#coffee")
        assert caught.value.code == "INVALID_TARGET"


async def test_a_conversation_is_of_both_and_found_among_all(chat: VirtualChat) -> None:
    async with client(chat, "alice") as alice, client(chat, "bob") as bob:
        begin = (await told(alice, events.Joined))[0].at
        await trio.sleep(1)
        await alice.say("bob", "hello")
        await trio.sleep(1)
        await bob.say("alice", "hi")
        sent, said = await alice.history("bob")
        assert isinstance(sent, events.Sent)
        assert (sent.where, sent.text) == ("bob", "hello")
        assert isinstance(said, events.Said)
        assert (said.where, said.text) == ("bob", "hi")
        last = await alice.conversations(begin, begin + timedelta(minutes=1))
        assert ("bob", said.at) in [(each.where, each.at) for each in last]
        # Until now is the machine's now, which is long before that of the test's server.
        assert isinstance(await alice.conversations(begin - timedelta(days=1)), list)


async def test_what_happened_comes_with_what_was_said_and_changes_nothing(
    chat: VirtualChat,
) -> None:
    async with client(chat, "alice") as alice, client(chat, "bob") as bob:
        msgid = await bob.say("#tea", "tea?")
        await alice.react("#tea", msgid, "🍵")
        await alice.set_topic("#tea", "green")
        await bob.part("#tea")
        await bob.join("#tea")
        past = await alice.history("#tea")
        kinds = [type(event) for event in past]
        for kind in (events.Joined, events.Said, events.Reacted, events.TopicChanged):
            assert kind in kinds
        parted = next(event for event in past if isinstance(event, events.Parted))
        assert parted.nick == "bob"
        assert "bob" in alice.rooms["#tea"].members


async def test_words_are_found(chat: VirtualChat) -> None:
    async with client(chat, "alice") as alice, client(chat, "bob") as bob:
        await alice.say("#tea", "green tea; black tea")
        await trio.sleep(1)
        await bob.say("#tea", "black coffee")
        await bob.say("alice", "black night")
        await trio.sleep(1)

        async def found(text: str = "", **narrowed: object) -> list[str]:
            events_found = await alice.search(text, **narrowed)  # type: ignore[arg-type]
            return [each.text for each in events_found if hasattr(each, "text")]

        assert await found("black") == ["green tea; black tea", "black coffee", "black night"]
        assert await found("black", where="#tea", nick="bob") == ["black coffee"]
        assert await found("black", limit=1) == ["black night"]
        assert await found('"tea black"') == ["green tea; black tea"]
        assert await found("white") == []
        [sent] = await alice.search("green")
        assert await found("", where="#tea", after=sent.at + timedelta(seconds=1)) == [
            "black coffee"
        ]
        assert await found("", before=sent.at) == ["green tea; black tea"]
        with pytest.raises(Refused):
            await alice.search(where="#nowhere")


async def test_several_lines_are_one_message(chat: VirtualChat) -> None:
    text = f"one\n\n  three\n{LONG.strip()}"
    async with client(chat, "alice") as alice, client(chat, "bob") as bob:
        await told(bob, events.Event)
        msgid = await alice.say("#tea", text, token="t1")
        [sent] = await told(alice, events.Sent)
        [said] = await told(bob, events.Said)
        assert isinstance(sent, events.Sent)
        assert isinstance(said, events.Said)
        assert (said.text, said.msgid, sent.text, sent.msgid) == (text, msgid, text, msgid)
        assert (sent.token, sent.kind) == ("t1", "say")
        [past] = [each for each in await bob.history("#tea") if isinstance(each, events.Said)]
        assert past.text == text
        assert past.history


async def test_more_than_one_batch_may_have_goes_out_as_several(chat: VirtualChat) -> None:
    text = "\n".join(f"line {number}" for number in range(250))
    async with client(chat, "alice") as alice:
        await alice.say("#tea", text, token="t")
        sent = [each for each in await told(alice, events.Sent) if isinstance(each, events.Sent)]
        assert len(sent) == 3
        assert "\n".join(each.text for each in sent) == text
        assert {each.token for each in sent} == {"t"}


async def test_an_answer_points_at_what_it_answers(chat: VirtualChat) -> None:
    async with client(chat, "alice") as alice, client(chat, "bob") as bob:
        msgid = await alice.say("#tea", "tea?")
        [said] = await told(bob, events.Said)
        assert isinstance(said, events.Said)
        await bob.reply(said, "yes\nplease")
        [answer] = await told(alice, events.Said)
        assert answer.reply_to == msgid
        assert answer.account == "bob"


async def test_reactions_come_and_go(chat: VirtualChat) -> None:
    async with client(chat, "alice") as alice, client(chat, "bob") as bob:
        msgid = await alice.say("bob", "tea?")
        await told(alice, events.Event)
        await bob.react("alice", msgid, "🍵")
        await bob.unreact("alice", msgid, "🍵")
        for who, own, where in ((alice, False, "bob"), (bob, True, "alice")):
            reacted, taken = await told(who, events.Reacted)
            assert isinstance(reacted, events.Reacted)
            assert (reacted.target, reacted.reaction, reacted.own) == (msgid, "🍵", own)
            assert reacted.where == where
            assert isinstance(taken, events.Reacted)
            assert (reacted.removed, taken.removed) == (False, True)


async def test_messages_are_edited_and_taken_back(chat: VirtualChat) -> None:
    async with client(chat, "alice") as alice, client(chat, "bob") as bob:
        msgid = await alice.say("#tea", "green te")
        await alice.edit("#tea", msgid, "green tea; hot")
        for who, own in ((alice, True), (bob, False)):
            [edited] = await told(who, events.Edited)
            assert isinstance(edited, events.Edited)
            assert (edited.target, edited.text, edited.own) == (msgid, "green tea; hot", own)
        with pytest.raises(Refused) as caught:
            await bob.edit("#tea", msgid, "coffee")
        assert caught.value.code == "EDIT_FORBIDDEN"
        await alice.redact("#tea", msgid, "never mind")
        for who, own in ((alice, True), (bob, False)):
            [redacted] = await told(who, events.Redacted)
            assert isinstance(redacted, events.Redacted)
            assert (redacted.target, redacted.reason, redacted.own) == (msgid, "never mind", own)
            assert redacted.where == "#tea"


async def test_private_messages_are_edited_and_taken_back_too(chat: VirtualChat) -> None:
    async with client(chat, "alice") as alice, client(chat, "bob") as bob:
        msgid = await alice.say("bob", "te")
        await alice.edit("bob", msgid, "tea")
        await alice.redact("bob", msgid)
        for who, where in ((alice, "bob"), (bob, "alice")):
            edited, redacted = await told(who, (events.Edited, events.Redacted))  # type: ignore[arg-type]
            assert isinstance(edited, events.Edited)
            assert isinstance(redacted, events.Redacted)
            assert edited.where == redacted.where == where


async def test_pins_are_set_shown_and_taken_away(chat: VirtualChat) -> None:
    async with client(chat, "alice") as alice, client(chat, "bob") as bob:
        msgid = await bob.say("#tea", "read\nthis")
        await alice.pin("#tea", msgid)
        [pinned] = await bob.pins("#tea")
        assert isinstance(pinned, events.Sent)
        assert (pinned.msgid, pinned.text, pinned.history) == (msgid, "read\nthis", True)
        with pytest.raises(Refused):
            await bob.unpin("#tea", msgid)
        await alice.unpin("#tea", msgid)
        assert await bob.pins("#tea") == []
        changed = [
            (each.pinned, each.own)
            for each in await told(bob, events.PinChanged)
            if isinstance(each, events.PinChanged)
        ]
        assert changed == [(True, False), (False, False)]


async def test_markers_move_forward_on_all_devices(chat: VirtualChat) -> None:
    async with client(chat, "alice") as alice:
        [marker] = await told(alice, events.MarkerSet)
        assert isinstance(marker, events.MarkerSet)
        assert (marker.target, marker.read_to) == ("#tea", None)
        assert await alice.read_marker("bob") is None
        msgid = await alice.say("#tea", "one")
        await trio.sleep(1)
        [sent] = await told(alice, events.Sent)
        assert sent.msgid == msgid
        assert await alice.set_read("#tea", sent.at) == sent.at
        assert await alice.set_read("#tea", sent.at - timedelta(hours=1)) == sent.at
        assert await alice.read_marker("#TEA") == sent.at


async def test_typing_is_told_every_three_seconds(chat: VirtualChat) -> None:
    async with client(chat, "alice") as alice, client(chat, "bob") as bob:

        async def seen() -> list[str]:
            return [each.state for each in await told(bob, events.Typed)]  # type: ignore[attr-defined]

        await alice.typing("#tea", "done")
        assert await seen() == []
        await alice.typing("#tea", "active")
        await alice.typing("#tea", "active")
        await alice.typing("bob", "active")
        assert await seen() == ["active", "active"]
        await trio.sleep(3)
        await alice.typing("#tea", "active")
        await trio.sleep(3)
        await alice.typing("#tea", "paused")
        await trio.sleep(3)
        await alice.typing("#tea", "paused")
        await alice.typing("#tea", "done")
        assert await seen() == ["active", "paused", "done"]
        await trio.sleep(3)
        await alice.typing("#tea", "active")
        await alice.say("#tea", "there")
        await trio.sleep(3)
        await alice.typing("#tea", "done")
        assert await seen() == ["active"]
        assert await told(alice, events.Typed) == []


async def test_a_refused_notification_is_nobody_s_business(chat: VirtualChat) -> None:
    async with client(chat, "alice") as alice:
        await told(alice, events.Event)
        await alice.typing("nobody", "active")
        assert await told(alice, events.Event) == []


async def test_accounts_are_registered(chat: VirtualChat) -> None:
    async with client(chat, "alice", account=False) as alice:
        registered = await alice.register_account("correct horse battery staple")
        assert (registered.account, registered.verified) == ("alice", True)
        assert registered.text
        assert alice.account == "alice"
        with pytest.raises(Refused):
            await alice.verify_account("alice", "123456")


async def test_rooms_and_people(chat: VirtualChat) -> None:
    async with client(chat, "alice") as alice, client(chat, "bob") as bob:
        await alice.set_topic("#tea", "green")
        [room] = await alice.list_rooms()
        assert (room.name, room.members, room.topic) == ("#tea", 2, "green")
        assert await alice.list_rooms(">5") == []

        await alice.set_mode("#tea", "+v", "bob")
        assert alice.rooms["#tea"].members["bob"].signs == "+"
        await alice.set_mode("#tea", "+v", "bob")
        with pytest.raises(Refused):
            await bob.set_mode("#tea", "+o", "bob")
        await alice.set_mode("alice", "+i")

        await bob.away("lunch")
        who = await alice.whois("bob")
        assert (who.nick, who.realname, who.account) == ("bob", "bob", "bob")
        assert (who.away, who.rooms, who.operator) == ("lunch", ("+#tea",), False)
        assert who.idle is not None
        assert isinstance(who.since, datetime)
        with pytest.raises(Refused):
            await alice.whois("nobody")
        await bob.away()
        assert (await alice.whois("bob")).away == ""

        await alice.set_mode("#tea", "+b", "*!*@spam.example")
        [ban] = await bob.bans("#tea")
        assert (ban.mask, ban.by) == ("*!*@spam.example", "alice")
        assert ban.at is not None

        await alice.kick("#tea", "bob", "closing time")
        [kicked] = await told(bob, events.Kicked)
        assert isinstance(kicked, events.Kicked)
        assert (kicked.own, kicked.reason) == (True, "closing time")
        await alice.invite("bob", "#tea")
        [invited] = await told(bob, events.Invited)
        assert isinstance(invited, events.Invited)
        assert invited.own


async def test_who_is_monitored_is_told_of(chat: VirtualChat) -> None:
    async with client(chat, "alice") as alice:
        await alice.monitor("bob", "carol")
        async with client(chat, "bob", room="#coffee") as bob:
            await bob.away("lunch")
            online = [(each.nick, each.online) for each in await told(alice, events.PresenceTold)]  # type: ignore[attr-defined]
            assert online == [("bob", False), ("carol", False), ("bob", True)]
        assert len(await told(alice, events.PresenceTold)) == 1
        await alice.unmonitor("bob", "carol")
        with pytest.raises(Refused):
            await alice.monitor(*(f"nick{number}" for number in range(200)))


async def test_a_renamed_room_is_the_same_room(chat: VirtualChat) -> None:
    async with client(chat, "alice") as alice, client(chat, "bob") as bob:
        room = bob.rooms["#tea"]
        await alice.send(Message("RENAME", ("#tea", "#coffee", "stronger")))
        [renamed] = await told(bob, events.RoomRenamed)
        assert isinstance(renamed, events.RoomRenamed)
        assert (renamed.old, renamed.new) == ("#tea", "#coffee")
        assert bob.rooms["#coffee"] is room


async def test_a_bot_is_shown_nothing_of_before(chat: VirtualChat) -> None:
    talker = await chat.user("talker", room="#tea")
    await talker.send("PRIVMSG #tea :!echo old")
    async with client(chat, "bot", account=False) as bot:
        assert await told(bot, events.Said) == []
        assert await told(bot, events.Replayed) == []
