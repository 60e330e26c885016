"""The invariants find what is wrong with a world: each contradiction planted is named."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from trio_chat.core.events import Event, Opened, Received
from trio_chat.core.masks import parse_mask
from trio_chat.core.privileges import Operator
from trio_chat.core.registered import register
from trio_chat.core.room import Entry
from trio_chat.core.settings import Settings
from trio_chat.core.state import Membership, Room, User, World
from trio_chat.core.step import step
from trio_chat.testing import Violated, VirtualChat, check_links, check_world
from trio_chat.testing.invariants import check_backlogs
from trio_chat.wire.caps import SERVER_TIME, SETNAME
from trio_chat.wire.frames import WEBSOCKET_TEXT
from trio_chat.wire.message import parse


def say(session: int, line: str) -> Event:
    return Received(session, parse(line.encode()), 0.0)


@pytest.fixture
def world() -> World:
    """Alice and bob in #tea, and somebody who has not registered."""
    world = World(Settings(), "test", 0.0)
    for number, nick in enumerate(("alice", "bob"), start=1):
        step(world, Opened(number, "127.0.0.1", 0.0))
        for line in (f"NICK {nick}", "USER u 0 * :r", "JOIN #tea"):
            step(world, say(number, line))
    step(world, Opened(3, "127.0.0.1", 0.0))
    return world


def tea(world: World) -> Room:
    return world.rooms["#tea"]


def alice(world: World) -> User:
    return world.users["alice"]


def entry(text: str) -> Entry:
    mask = parse_mask(text)
    assert mask is not None
    return Entry(mask, "x", 0.0)


def test_a_healthy_world_is_not_complained_of(world: World) -> None:
    check_world(world)


def forget_membership(world: World) -> None:
    alice(world).rooms.clear()


def forget_member(world: World) -> None:
    del tea(world).members[alice(world)]
    tea(world)._audience = None


def double_membership(world: World) -> None:
    alice(world).rooms[tea(world)] = Membership("o")


def keep_audience(world: World) -> None:
    assert tea(world).audience
    del tea(world).members[alice(world)]
    alice(world).rooms.clear()


def leave_empty_room(world: World) -> None:
    world.rooms["#ghost"] = Room("#ghost", 0.0)


def misfile_room(world: World) -> None:
    world.rooms["#TEA"] = world.rooms.pop("#tea")


def misfile_user(world: World) -> None:
    world.users["Alice"] = world.users.pop("alice")


def misfile_session(world: World) -> None:
    world.sessions[9] = world.sessions.pop(1)


def forget_user(world: World) -> None:
    del world.users["alice"]


def forget_session(world: World) -> None:
    del world.sessions[1]


def lose_session(world: World) -> None:
    alice(world).sessions = ()


def share_stranger(world: World) -> None:
    stranger = world.sessions[3]
    stranger.user.sessions += (stranger,)


def count_session_twice(world: World) -> None:
    alice(world).sessions *= 2


def crowd_user(world: World) -> None:
    alice(world).sessions *= 21


def believe_away(world: World) -> None:
    alice(world).away = "lunch"


def believe_secure(world: World) -> None:
    world.set_mode(alice(world), "Z", True)


def give_operator_to_nobody(world: World) -> None:
    alice(world).operator = Operator(
        "root", "$argon2id$v=19$m=8,t=1,p=1$c2FsdHNhbHQ$aGFzaGhhc2hoYXNo"
    )


def give_mode_of_operator(world: World) -> None:
    world.set_mode(alice(world), "o", True)


def say_another_reason(world: World) -> None:
    world.sessions[1].away = "lunch"
    alice(world).away = "tea"


def keep_address(world: World) -> None:
    world.sessions[1].address = "192.0.2.99"


def unregister(world: World) -> None:
    world.sessions[1].registered = False


def give_unknown_rank(world: World) -> None:
    tea(world).members[alice(world)].ranks = "vo"


def give_stale_source(world: World) -> None:
    alice(world).nick = "Alice"


def give_unsorted_flags(world: World) -> None:
    tea(world).flags = "tn"


def give_too_many_entries(world: World) -> None:
    for number in range(101):
        tea(world).add_entry("beI"[number % 3], entry(str(number)))


def keep_empty_list(world: World) -> None:
    tea(world).lists["e"] = {}


def set_flag_unnoticed(world: World) -> None:
    tea(world).flags = "mnt"


def clear_flag_unnoticed(world: World) -> None:
    tea(world).set_flag("S", given=True)
    tea(world).flags = "nt"


def ban_unnoticed(world: World) -> None:
    tea(world).lists["b"] = {"x": entry("x")}


def believe_plain_room_restrained(world: World) -> None:
    tea(world).is_plain = False


def give_too_many_rooms(world: World) -> None:
    for number in range(100):
        world.enter(world.new_room(f"#{number}"), alice(world))


def give_unknown_capability(world: World) -> None:
    world.sessions[1].set_caps(1 << 60)


def give_stale_variant(world: World) -> None:
    world.sessions[1].variant = SERVER_TIME


def give_caps_without_variant(world: World) -> None:
    world.sessions[1].caps = SETNAME | SERVER_TIME


def give_framing_without_variant(world: World) -> None:
    world.sessions[1].framing = WEBSOCKET_TEXT


def keep_variant_of_other_framing(world: World) -> None:
    world.sessions[1].set_framing(WEBSOCKET_TEXT)
    world.sessions[1].variant = 0


def miss_stranger(world: World) -> None:
    world.strangers = 0


def count_stranger_twice(world: World) -> None:
    world.strangers += 1


def miss_most_users(world: World) -> None:
    world.most_users = 1


def set_mode_uncounted(world: World) -> None:
    alice(world).set_mode("i", True)


def count_mode_of_nobody(world: World) -> None:
    world.with_mode["o"] = 1


def count_mode_of_stranger(world: World) -> None:
    world.set_mode(world.sessions[3].user, "w", True)


def forget_deadline(world: World) -> None:
    world._deadlines.pop()


def forget_registration(world: World) -> None:
    tea(world).registration = None


def forget_registered_room(world: World) -> None:
    world.registered.clear()


def change_registered_room_unnoticed(world: World) -> None:
    tea(world).key = "sesame"


def misfile_registered_room(world: World) -> None:
    world.registered["#other"] = world.registered["#tea"]


def keep(world: World, **changes: Any) -> None:
    world.registered["#tea"] = replace(world.registered["#tea"], **changes)


def give_room_to_another(world: World) -> None:
    keep(world, founder="bob")


def give_room_to_both(world: World) -> None:
    keep(world, ranks=(("alice", "q"), ("bob", "q")))


def keep_no_rank(world: World) -> None:
    keep(world, ranks=(("alice", "q"), ("bob", "")))


@pytest.mark.parametrize(
    ("damage", "complaint"),
    [
        (forget_registration, "#tea is kept as a registered room, and is none"),
        (forget_registered_room, "#tea is registered, and nothing is kept of it"),
        (change_registered_room_unnoticed, "#tea is not kept as it is"),
        (misfile_registered_room, "#tea is kept under '#other'"),
        (give_room_to_another, "#tea belongs to bob, who is not its founder"),
        (give_room_to_both, "#tea has several founders"),
        (keep_no_rank, "#tea keeps an account without a rank"),
    ],
)
def test_damage_to_a_registered_room_is_named(
    world: World, damage: Callable[[World], None], complaint: str
) -> None:
    list(register(world, tea(world), "alice"))
    check_world(world)
    test_damage_is_named(world, damage, complaint)


def break_heap(world: World) -> None:
    world._deadlines[0] = (1e9, world._deadlines[0][1])


@pytest.mark.parametrize(
    ("damage", "complaint"),
    [
        (forget_membership, "alice is in #tea without knowing"),
        (forget_member, "alice believes to be in #tea"),
        (double_membership, "alice is in #tea without knowing"),
        (keep_audience, "#tea is heard by"),
        (leave_empty_room, "#ghost is empty"),
        (misfile_room, "#tea is filed under '#TEA'"),
        (misfile_user, "alice is filed under 'Alice'"),
        (misfile_session, "session 1 is filed under 9"),
        (forget_user, "alice is in #tea and is no user"),
        (forget_session, "session 1, which is not connected"),
        (lose_session, "session 1 is none of alice's"),
        (count_session_twice, "session 1 is alice's more than once"),
        (share_stranger, "session 3 shares a user before it has registered"),
        (crowd_user, "alice has 21 sessions"),
        (believe_away, "alice is wrong about being away"),
        (say_another_reason, "away for a reason none of their sessions gave"),
        (believe_secure, "alice is wrong about being secure"),
        (give_operator_to_nobody, "alice is another operator than their sessions"),
        (give_mode_of_operator, "alice has the modes 'o' and the operator None"),
        (keep_address, "not that of their first session"),
        (unregister, "session 1, which is not registered"),
        (give_unknown_rank, "the ranks 'vo'"),
        (give_stale_source, "the source 'alice!~u@127.0.0.1'"),
        (give_unsorted_flags, "the modes 'tn'"),
        (give_too_many_entries, "#tea has 101 entries in its lists"),
        (keep_empty_list, "#tea keeps an empty list"),
        (set_flag_unnoticed, "#tea is wrong about being plain"),
        (clear_flag_unnoticed, "#tea is wrong about being plain"),
        (ban_unnoticed, "#tea is wrong about being plain"),
        (believe_plain_room_restrained, "#tea is wrong about being plain"),
        (give_too_many_rooms, "alice is in 101 rooms"),
        (give_unknown_capability, "not on offer"),
        (give_stale_variant, "session 1 has the variant of other capabilities"),
        (give_caps_without_variant, "session 1 has the variant of other capabilities"),
        (give_framing_without_variant, "session 1 has the variant of other capabilities"),
        (keep_variant_of_other_framing, "session 1 has the variant of other capabilities"),
        (miss_stranger, "0 sessions are said not to have registered"),
        (count_stranger_twice, "2 sessions are said not to have registered"),
        (miss_most_users, "there were at most 1 users"),
        (set_mode_uncounted, "0 users are said to have the mode i"),
        (count_mode_of_nobody, "1 users are said to have the mode o"),
        (count_mode_of_stranger, "1 users are said to have the mode w"),
        (forget_deadline, "has 0 deadlines"),
        (break_heap, "no heap"),
    ],
)
def test_damage_is_named(world: World, damage: Callable[[World], None], complaint: str) -> None:
    damage(world)
    with pytest.raises(Violated) as caught:
        check_world(world)
    assert complaint in str(caught.value)


class Outlet:
    """What the check of the links looks at."""

    def __init__(self, session: int) -> None:
        self.session = session
        self.is_finished = False
        self.out: list[bytes] = []
        self.backlog = 0


@pytest.fixture
def linked(world: World) -> World:
    for session in world.sessions.values():
        session.outlet = Outlet(session.id)
    return world


def test_lists_as_full_as_they_may_be_are_not_complained_of(world: World) -> None:
    for number in range(100):
        tea(world).add_entry("beI"[number % 3], entry(str(number)))
    check_world(world)


def test_healthy_links_are_not_complained_of(linked: World) -> None:
    check_links(linked, 100)


@pytest.mark.parametrize(
    ("attribute", "value", "complaint"),
    [
        ("session", 2, "is that of session 2"),
        ("is_finished", True, "is finished, yet"),
        ("out", [b"x"], "1 lines that were never flushed"),
        ("backlog", 101, "keeps 101 bytes, more than its 100"),
    ],
)
def test_damage_to_a_link_is_named(
    linked: World, attribute: str, value: object, complaint: str
) -> None:
    setattr(linked.sessions[1].outlet, attribute, value)
    with pytest.raises(Violated, match=complaint):
        check_links(linked, 100)


def test_a_session_without_a_link_is_named(linked: World) -> None:
    linked.sessions[1].outlet = None
    with pytest.raises(Violated, match="session 1 \\(alice\\) is missing"):
        check_links(linked, 100)


async def test_more_than_may_be_kept_for_somebody_is_noticed_at_any_time(chat: VirtualChat) -> None:
    await chat.user("alice")
    link = chat.world.users["alice"].sessions[0].outlet
    link._kept_bytes = 1001
    with pytest.raises(Violated, match=r"\(alice\) 1001 bytes are kept, more than its 1000"):
        check_backlogs(chat.world, 1000)
    link._kept_bytes = 1000
    check_backlogs(chat.world, 1000)
    link._kept_bytes = 0
