"""Registered rooms: what is kept of them, who finds what on coming back, and how they end."""

from __future__ import annotations

from dataclasses import replace

import pytest

from trio_chat.core.accounts import Account
from trio_chat.core.events import AccountsChanged, Restored
from trio_chat.core.records import Entry, RoomForgotten, RoomRecord
from trio_chat.core.settings import Settings
from trio_chat.core.state import Room

from .language import START, Chat, Client, limited
from .owners import ALICE, BOB, log_in, numerics, owned, owner
from .service_talk import kept, register_room, told
from .staff import ROOT, operator

CAROL = Account("carol", START)
RECORD = RoomRecord("#Tea", "Alice", START, 100.0, ranks=(("Alice", "q"), ("bob", "o")))


def restored(record: RoomRecord = RECORD, settings: Settings | None = None) -> Chat:
    """A chat that has just started, with a registered room."""
    chat = Chat(settings, None)
    chat.happens(Restored((ALICE, BOB, CAROL), (record,), "", START))
    return chat


def room(chat: Chat, name: str = "#tea") -> Room:
    found = chat.world.find_room(name)
    assert found is not None
    return found


def ranks(client: Client, name: str = "#tea") -> str:
    """The ranks of a client's user in a room."""
    return client.session.user.rooms[room(client.chat, name)].ranks


# -- what is kept


def test_a_registered_room_is_kept_as_it_is() -> None:
    chat = owned()
    alice = owner(chat, ALICE)
    alice.sends("JOIN #Tea")
    alice.sends("TOPIC #tea :Green")
    alice.sends("MODE #tea +ikl-t key 7")
    alice.sends("MODE #tea +b *!*@spam")
    assert kept(chat) == []
    chat.passes(5)
    assert told(alice, "CS REGISTER #tea") == [
        "#Tea belongs to your account Alice now.",
        "MODE #Tea +q Alice",
    ]
    (record,) = kept(chat)
    assert record == RoomRecord(
        "#Tea",
        "Alice",
        START + 5,
        START,
        "Green",
        alice.source,
        START,
        "in",
        "key",
        7,
        "",
        (("b", (Entry("*!*@spam", alice.source, START),)),),
        (("Alice", "q"),),
    )


@pytest.mark.parametrize(
    ("line", "field", "value"),
    [
        ("TOPIC #tea :Black", "topic", "Black"),
        ("MODE #tea +m", "flags", "mnt"),
        ("MODE #tea +l 3", "limit", 3),
        ("MODE #tea +k x", "key", "x"),
        ("MODE #tea +f #hall", "forward", "#hall"),
    ],
)
def test_each_change_is_kept(line: str, field: str, value: object) -> None:
    chat = owned()
    alice = owner(chat, ALICE, "#hall")
    register_room(alice)
    alice.sends(line)
    (record,) = kept(chat)
    assert getattr(record, field) == value
    alice.sends(line)
    assert kept(chat) == ([record] if line.startswith("TOPIC") else [])


def test_lists_and_a_topic_that_is_taken_away_are_kept() -> None:
    chat = owned()
    alice = owner(chat, ALICE)
    register_room(alice)
    alice.sends("TOPIC #tea :Black")
    alice.sends("MODE #tea +I-t+e x!*@* y!*@*")
    (record,) = kept(chat)
    assert isinstance(record, RoomRecord)
    assert [letter for letter, _ in record.lists] == ["I", "e"]
    alice.sends("TOPIC #tea :")
    assert chat.world.registered["#tea"].topic == ""


def test_a_rank_given_by_mode_is_not_kept() -> None:
    chat = owned()
    alice = owner(chat, ALICE)
    register_room(alice)
    bob = chat.user("bo", "#tea")
    alice.sends("MODE #tea +o bo")
    assert kept(chat) == []
    assert ranks(bob) == "o"


# -- coming back


def test_whoever_comes_next_finds_the_room_as_it_was() -> None:
    lists = (("b", (Entry("*!*@spam", "alice!a@h", 50.0), Entry("", "x", 1.0))),)
    chat = restored(
        replace(RECORD, topic="Green", topic_by="alice!a@h", topic_at=60.0, flags="mn", lists=lists)
    )
    eve = chat.user("eve")
    heard = eve.does("JOIN #TEA")
    assert heard[:3] == ["eve JOIN #Tea", "332 eve #Tea Green", "333 eve #Tea alice!a@h 60"]
    assert ranks(eve) == ""
    assert eve.does("MODE #tea") == ["324 eve #Tea +mn", "329 eve #Tea 100"]
    assert eve.does("MODE #tea b") == ["367 eve #Tea *!*@spam alice!a@h 50", "368 eve #Tea"]


def test_it_is_not_there_before_somebody_comes() -> None:
    chat = restored()
    eve = chat.user("eve")
    assert numerics(eve.does("LIST")) == ["323"]
    assert eve.does("TOPIC #tea") == ["403 eve #tea"]
    assert eve.does("MODE #tea") == ["403 eve #tea"]
    assert eve.does("KNOCK #tea") == ["403 eve #tea"]
    assert chat.world.rooms == {}


BARS = [
    ({"flags": "i"}, "473"),
    ({"key": "k"}, "475"),
    ({"flags": "R"}, "477"),
    ({"lists": (("b", (Entry("*!*@*", "x", 1.0),)),)}, "474"),
]


@pytest.mark.parametrize(("modes", "numeric"), BARS)
def test_what_bars_the_way_bars_it_when_the_room_is_empty(modes: object, numeric: str) -> None:
    chat = restored(replace(RECORD, **modes))  # type: ignore[arg-type]
    eve = chat.user("eve")
    assert eve.does("JOIN #tea") == [f"{numeric} eve #Tea"]
    assert chat.world.rooms == {}


@pytest.mark.parametrize(("modes", "numeric"), BARS)
@pytest.mark.parametrize(("account", "rank"), [(ALICE, "q"), (BOB, "o")])
def test_who_rules_it_by_account_is_not_barred(
    modes: object, numeric: str, account: Account, rank: str
) -> None:
    chat = restored(replace(RECORD, **modes))  # type: ignore[arg-type]
    its = owner(chat, account)
    heard = its.does("JOIN #tea")
    nick = account.name
    assert heard[:2] == [f"{nick} JOIN #Tea", f"MODE #Tea +{rank} {nick}"]
    sign = {"q": "~", "o": "@"}[rank]
    assert f"353 {nick} = #Tea {sign}{nick}" in heard
    assert ranks(its) == rank


def test_a_full_room_has_room_for_them_too() -> None:
    chat = restored(replace(RECORD, limit=1))
    eve, dan, alice = chat.user("eve", "#tea"), chat.user("dan"), owner(chat, ALICE)
    assert dan.does("JOIN #tea") == ["471 dan #Tea"]
    assert alice.does("JOIN #tea")[0] == "Alice JOIN #Tea"
    assert eve.hears() == ["Alice JOIN #Tea", "MODE #Tea +q Alice"]


def test_a_voice_by_account_does_not_open_the_door() -> None:
    chat = restored(replace(RECORD, flags="i", ranks=(("Alice", "q"), ("carol", "v"))))
    assert owner(chat, CAROL).does("JOIN #tea") == ["473 carol #Tea"]


def test_an_operator_who_may_override_comes_in_and_has_no_rank() -> None:
    chat = restored(replace(RECORD, flags="i"), Settings(operators=(ROOT,)))
    root = operator(chat, "root")
    assert root.does("JOIN #tea")[0] == "root JOIN #Tea"
    assert ranks(root) == ""


def test_another_room_can_forward_into_an_empty_registered_one() -> None:
    chat = restored()
    dan, eve = chat.user("dan", "#door"), chat.user("eve")
    room(chat, "#door").forward = "#Tea"
    dan.sends("MODE #door +i")
    assert eve.does("JOIN #door")[:2] == ["470 eve #door #Tea", "eve JOIN #Tea"]
    assert ranks(eve) == ""


def test_an_empty_registered_room_forwards_as_well() -> None:
    chat = restored(replace(RECORD, flags="i", forward="#hall"))
    chat.user("dan", "#hall")
    eve = chat.user("eve")
    assert eve.does("JOIN #tea")[:2] == ["470 eve #Tea #hall", "eve JOIN #hall"]
    assert "#tea" not in chat.world.rooms


def test_a_room_left_by_all_is_remembered_and_its_ranks_come_back() -> None:
    chat = owned()
    alice, eve = owner(chat, ALICE), chat.user("eve")
    register_room(alice)
    alice.sends("MODE #tea +m")
    alice.sends("PART #tea")
    eve.sends("JOIN #tea")
    assert (ranks(eve), room(chat).flags) == ("", "mnt")
    alice.sends("JOIN #tea")
    assert ranks(alice) == "q"
    alice.sends("MODE #tea -q Alice")
    assert ranks(alice) == ""


def test_a_rank_one_has_already_is_not_told_again() -> None:
    chat = owned()
    alice, dan = owner(chat, ALICE, "#tea"), chat.user("dan", "#tea")
    register_room(alice)
    assert alice.does("CS OWNER #tea") == []
    assert dan.hears() == []


# -- logging in and out


def test_who_logs_in_while_in_the_room_is_given_their_ranks() -> None:
    chat = restored()
    eve, bob = chat.users("eve", "bo", room="#tea", caps="sasl")
    log_in(chat, bob, BOB)
    assert ranks(bob) == "o"
    assert "MODE #Tea +o bo" in eve.hears()


def test_with_a_disabled_account_ranks_are_lost_at_once_and_the_room_is_kept() -> None:
    chat = restored()
    alice, eve = owner(chat, ALICE, "#tea"), chat.user("eve", "#tea")
    chat.happens(AccountsChanged((replace(ALICE, disabled=True),), (), chat.at))
    assert ranks(alice) == ""
    assert "MODE #Tea -q Alice" in eve.hears()
    assert chat.world.registered["#tea"].founder == "Alice"


def test_with_a_deleted_account_its_rooms_are_like_others() -> None:
    chat = restored()
    alice = owner(chat, ALICE, "#tea")
    chat.happens(AccountsChanged((), ("Alice",), chat.at))
    assert kept(chat) == [RoomForgotten("#Tea")]
    assert room(chat).registration is None
    assert ranks(alice) == "q"
    alice.sends("PART #tea")
    eve = chat.user("eve", "#tea")
    assert ranks(eve) == "o"


@pytest.mark.parametrize("is_there", [True, False])
def test_a_deleted_account_has_no_ranks_elsewhere(is_there: bool) -> None:
    chat = restored()
    bob = owner(chat, BOB, *["#tea"] * is_there)
    chat.happens(AccountsChanged((), ("BOB",), chat.at))
    (record,) = kept(chat)
    assert isinstance(record, RoomRecord)
    assert record.ranks == (("Alice", "q"),)
    if is_there:
        assert ranks(bob) == ""


# -- renaming


def test_the_name_of_an_empty_registered_room_is_taken() -> None:
    chat = restored()
    eve = chat.user("eve", "#new")
    assert eve.does("RENAME #new #tea") == ["FAIL RENAME CHANNEL_NAME_IN_USE #new #Tea"]


def test_only_its_founder_renames_a_registered_room() -> None:
    chat = restored()
    alice, bob = owner(chat, ALICE, "#tea"), owner(chat, BOB, "#tea")
    assert bob.does("RENAME #tea #coffee") == ["482 bob #Tea"]
    alice.sends("RENAME #tea #coffee")
    assert kept(chat) == [RoomForgotten("#Tea"), replace(RECORD, name="#coffee")]
    alice.sends("RENAME #coffee #COFFEE")
    assert kept(chat) == [RoomForgotten("#coffee"), replace(RECORD, name="#COFFEE")]
    for client in (alice, bob):
        client.sends("PART #coffee")
    eve = chat.user("eve", "#tea")
    assert ranks(eve) == "o"


# -- by another case mapping


def test_names_are_the_same_by_the_case_mapping() -> None:
    chat = restored(
        replace(RECORD, name="#T[a]", founder="a[b]", ranks=(("a[b]", "q"),)),
        Settings(casemapping="rfc1459"),
    )
    chat.world.accounts.put(Account("a[b]", START))
    its = owner(chat, Account("A{B}", START))
    assert its.does("JOIN #t{A}")[0] == "A{B} JOIN #T[a]"
    assert ranks(its, "#t{a}") == "q"


def test_metadata_of_a_room_are_not_kept() -> None:
    chat = owned()
    alice = owner(chat, ALICE, caps="draft/metadata-2")
    register_room(alice)
    alice.sends("METADATA #tea SET url :x")
    assert kept(chat) == []
    for line in ("PART #tea", "JOIN #tea"):
        alice.sends(line)
    assert room(chat).metadata == {}


def test_the_key_is_shown_to_members_alone() -> None:
    chat = restored(replace(RECORD, key="sesame"))
    alice, eve = owner(chat, ALICE, "#tea"), chat.user("eve")
    assert alice.does("MODE #tea")[0] == "324 Alice #Tea +k sesame"
    assert eve.does("MODE #tea")[0] == "324 eve #Tea +k *"
    assert not any("sesame" in line for line in told(eve, "CS INFO #tea"))


def test_an_account_has_only_so_many_rooms() -> None:
    chat = owned(settings=limited(rooms_per_account=1))
    alice = owner(chat, ALICE, "#two")
    register_room(alice)
    assert told(alice, "CS REGISTER #two") == ["An account may have 1 rooms: DROP another first."]
    alice.sends("CS DROP #tea #TEA")
    assert kept(chat) == [RoomForgotten("#tea")]
    alice.sends("CS REGISTER #two")
    assert list(chat.world.registered) == ["#two"]
