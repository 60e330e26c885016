"""Whatever somebody can make the server remember has a bound, and so has how often they do it."""

from __future__ import annotations

from collections.abc import Callable, Sized
from dataclasses import fields

import pytest

from trio_chat.core.room import Room
from trio_chat.core.settings import Limits, Settings
from trio_chat.core.state import Session, User

from .language import Chat, Client, limited

MOST = 3
"""The bound that is set for each."""

SETTINGS = Settings(
    limits=Limits(
        rooms_per_user=MOST,
        bans_per_room=MOST,
        invitations=MOST,
        monitored=MOST,
        read_markers=MOST,
        recent_messages=MOST,
        metadata_keys=MOST,
        metadata_subscriptions=MOST,
        accept_entries=MOST,
        whowas_entries=MOST,
        multiline_lines=MOST,
    )
)
MORE = range(10)
ROOMY = Settings(limits=Limits(invitations=MOST))

OPEN_BATCH = "BATCH +1 draft/multiline #own"
CAPS = "batch draft/multiline message-tags draft/read-marker draft/metadata-2"

Look = Callable[[Chat, Client], Sized]


def batch_lines(chat: Chat, client: Client) -> Sized:
    batch = client.session.batch
    return batch.lines if batch is not None else ()


GROWS: dict[str, tuple[list[str], Look]] = {
    "User.rooms": ([f"JOIN #r{n}" for n in MORE], lambda chat, me: me.session.user.rooms),
    "User.metadata": (
        [f"METADATA * SET key{n} :x" for n in MORE],
        lambda chat, me: me.session.user.metadata,
    ),
    "User.recent": (
        [f"PRIVMSG bob :{n}" for n in MORE],
        lambda chat, me: me.session.user.recent._said,  # type: ignore[union-attr]
    ),
    "User.read": (
        [f"MARKREAD bob{n} timestamp=2024-01-01T00:00:00.000Z" for n in MORE],
        lambda chat, me: me.session.user.read,
    ),
    "User.accepted": ([f"ACCEPT user{n}" for n in MORE], lambda chat, me: me.session.user.accepted),
    "Session.subscriptions": (
        [f"METADATA * SUB key{n}" for n in MORE],
        lambda chat, me: me.session.subscriptions,
    ),
    "Session.batch": (
        [OPEN_BATCH, *[f"@batch=1 PRIVMSG #own :{n}" for n in MORE]],
        batch_lines,
    ),
    "Room.lists": (
        [f"MODE #own +{'beI'[n % 3]} nick{n}" for n in MORE],
        lambda chat, me: [
            entry for entries in chat.world.rooms["#own"].lists.values() for entry in entries
        ],
    ),
    "Room.metadata": (
        [f"METADATA #own SET key{n} :x" for n in MORE],
        lambda chat, me: chat.world.rooms["#own"].metadata,
    ),
    "Room.recent": (
        [f"PRIVMSG #own :{n}" for n in MORE],
        lambda chat, me: chat.world.rooms["#own"].recent._said,  # type: ignore[union-attr]
    ),
    "World.monitors": (
        [f"MONITOR + nick{n}" for n in MORE],
        lambda chat, me: chat.world.monitors.list_of(me.session),
    ),
    "World.past": ([f"NICK nick{n}" for n in MORE], lambda chat, me: chat.world.past._all),
}

BOUNDED_ELSEWHERE = {
    "User.sessions": "a user's clients (`sessions_per_user`)",
    "User.invitations": "see below",
    "User.accepted_by": "the other side of `accepted`",
    "Session.asked": "see test_asking",
    "Session.sasl": "see test_authentication",
    "Room.members": "the other side of `rooms`",
    "Room._audience": "the members' sessions",
    "Room._ranked": "the members' sessions",
}


@pytest.mark.parametrize(("lines", "look"), GROWS.values(), ids=GROWS.keys())
def test_a_list_that_somebody_can_make_longer_has_an_end(lines: list[str], look: Look) -> None:
    chat = Chat(SETTINGS)
    for n in MORE:
        chat.user(f"user{n}")
    chat.user("bob")
    me = chat.user("me", "#own", caps=CAPS)
    sizes = []
    for line in lines:
        me.sends(line)
        if line != OPEN_BATCH:
            sizes.append(len(look(chat, me)))
    assert max(sizes) == MOST


def test_what_others_invite_to_is_forgotten_when_it_is_too_much() -> None:
    chat = Chat(ROOMY)
    bob = chat.user("bob")
    alice = chat.user("alice", *[f"#r{n}" for n in MORE])
    for n in (*MORE, 8):
        alice.sends(f"INVITE bob #r{n}")
    assert [room.name for room in bob.session.user.invitations] == ["#r7", "#r9", "#r8"]


def test_everything_that_can_grow_is_looked_at_here() -> None:
    growing = {
        f"{kind.__name__}.{each.name}"
        for kind in (User, Session, Room)
        for each in fields(kind)
        if any(
            word in str(each.type)
            for word in ("dict", "list", "tuple", "Recent", "Batch", "Exch", "Asked")
        )
    }
    known = {name for name in {*GROWS, *BOUNDED_ELSEWHERE} if not name.startswith("World.")}
    assert growing == known


# -- how often


def test_a_nick_may_be_changed_so_often_and_no_more() -> None:
    chat = Chat(limited(nick_changes=2, nick_change_seconds=60))
    alice = chat.user("alice")
    assert alice.does("NICK bob") == ["alice NICK bob"]
    assert alice.does("NICK carol") == ["bob NICK carol"]
    assert alice.does("NICK dave") == ["438 carol dave"]
    assert alice.does("NICK carol") == []  # changes nothing
    assert alice.does("NICK 1") == ["432 carol 1"]
    chat.passes(29)
    assert alice.does("NICK dave") == ["438 carol dave"]
    chat.passes(1)
    assert alice.does("NICK dave") == ["carol NICK dave"]
    chat.passes(1000)
    assert [alice.does(f"NICK {nick}")[0][:3] for nick in ("a", "b", "c")] == ["dav", "a N", "438"]


def test_rooms_may_be_joined_so_often_and_no_more() -> None:
    chat = Chat(limited(joins=2, join_seconds=60))
    chat.user("host", "#tea")
    alice = chat.user("alice")
    assert "353 alice = #tea :@host alice" in alice.does("JOIN #tea")
    alice.does("PART #tea")
    assert alice.does("JOIN #tea,#tea") != []
    assert alice.does("JOIN #tea") == []  # is there already
    assert alice.does("JOIN #new,#other") == ["437 alice #new", "437 alice #other"]
    assert "#new" not in chat.world.rooms
    chat.passes(30)
    assert alice.does("JOIN #new,#other")[-1] == "437 alice #other"


def test_keys_may_be_guessed_so_often_and_no_more() -> None:
    chat = Chat(limited(joins=2, join_seconds=60))
    chat.user("host", "#tea").sends("MODE #tea +k secret")
    alice = chat.user("alice")
    guesses = [alice.does(f"JOIN #tea {key}") for key in ("a", "b", "secret")]
    assert guesses == [["475 alice #tea"], ["475 alice #tea"], ["437 alice #tea"]]


def test_who_is_exempt_may_do_both_as_often_as_they_like() -> None:
    chat = Chat(limited(joins=1, nick_changes=1))
    alice = chat.user("alice", address="127.0.0.1")
    said = [line for nick in ("b", "c", "d") for line in alice.does(f"NICK {nick}")]
    said += [line for n in range(3) for line in alice.does(f"JOIN #r{n}")]
    assert not [line for line in said if line.startswith("43")]
