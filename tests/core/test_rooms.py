"""What there is to know of rooms: TOPIC, NAMES, LIST."""

from __future__ import annotations

import pytest

from trio_chat.core.effects import Deed, Report

from .language import Chat, limited

# -- TOPIC


def test_a_topic_is_set_told_to_all_and_remembered_with_who_and_when() -> None:
    chat = Chat()
    alice, bob = chat.users("alice", "bob", room="#Tea")
    chat.passes(3)
    assert alice.does("TOPIC #tea :green or black") == ["alice TOPIC #Tea :green or black"]
    assert bob.hears() == ["alice TOPIC #Tea :green or black"]
    assert bob.does("TOPIC #TEA") == [
        "332 bob #Tea :green or black",
        f"333 bob #Tea {alice.source} 1700000003",
    ]
    assert chat.reports == [Report(Deed.TOPIC, "alice", "#Tea", "green or black")]


def test_an_empty_topic_clears_it() -> None:
    chat = Chat()
    alice, bob = chat.users("alice", "bob", room="#tea")
    alice.sends("TOPIC #tea :x")
    chat.forget()
    assert alice.does("TOPIC #tea :") == ["alice TOPIC #tea :"]
    assert bob.hears() == ["alice TOPIC #tea :"]
    assert bob.does("TOPIC #tea") == ["331 bob #tea"]


def test_with_t_only_operators_set_the_topic() -> None:
    chat = Chat()
    alice, bob = chat.users("alice", "bob", room="#tea")
    assert bob.does("TOPIC #tea :x") == ["482 bob #tea"]
    alice.sends("MODE #tea +v bob")
    assert bob.does("TOPIC #tea :x")[-1] == "482 bob #tea"
    alice.sends("MODE #tea -t")
    bob.lines.clear()
    assert bob.does("TOPIC #tea :x") == ["bob TOPIC #tea :x"]


def test_outsiders_may_read_a_topic_and_not_set_it() -> None:
    chat = Chat()
    alice = chat.user("alice", "#tea")
    alice.sends("MODE #tea -t")
    alice.sends("TOPIC #tea :x")
    bob = chat.user("bob")
    assert bob.does("TOPIC #tea")[0] == "332 bob #tea x"
    assert bob.does("TOPIC #tea :y") == ["442 bob #tea"]
    assert bob.does("TOPIC #nowhere") == bob.does("TOPIC #nowhere :y") == ["403 bob #nowhere"]
    assert bob.does("TOPIC") == ["461 bob TOPIC"]


def test_a_long_topic_is_cut() -> None:
    alice = Chat(limited(topic_length=4)).user("alice", "#tea")
    assert alice.does("TOPIC #tea :éèêëx") == ["alice TOPIC #tea :éèêë"]


# -- NAMES


def test_names_lists_who_is_there_with_their_highest_rank() -> None:
    chat = Chat()
    alice, *_ = chat.users("alice", "bob", "carol", room="#tea")
    alice.sends("MODE #tea +vov alice bob bob")
    alice.sends("MODE #tea +v carol")
    chat.forget()
    assert alice.does("NAMES #TEA") == ["353 alice = #tea :@alice @bob +carol", "366 alice #tea"]


def test_multi_prefix_and_userhost_in_names_show_more() -> None:
    chat = Chat()
    alice = chat.user("alice", "#tea")
    alice.sends("MODE #tea +v alice")
    many = chat.user("many", caps="multi-prefix")
    assert many.does("NAMES #tea")[0] == "353 many = #tea @+alice"
    full = chat.user("full", caps="userhost-in-names")
    assert full.does("NAMES #tea")[0] == f"353 full = #tea @{alice.source}"
    both = chat.user("both", caps="userhost-in-names multi-prefix")
    assert both.does("NAMES #tea")[0] == f"353 both = #tea @+{alice.source}"


def test_who_joins_with_those_sees_more_at_once() -> None:
    chat = Chat()
    alice = chat.user("alice", caps="userhost-in-names multi-prefix")
    assert alice.does("JOIN #tea")[1] == f"353 alice = #tea @{alice.source}"


def test_several_rooms_are_listed_in_the_order_asked_for() -> None:
    chat = Chat()
    alice = chat.user("alice", "#a", "#b")
    assert alice.does("NAMES #b,#nowhere,,#a,tea") == [
        "353 alice = #b @alice",
        "366 alice #b",
        "366 alice #nowhere",
        "353 alice = #a @alice",
        "366 alice #a",
        "366 alice tea",
    ]


@pytest.mark.parametrize("line", ["NAMES", "NAMES :", "NAMES ,"])
def test_names_of_nothing_is_the_end(line: str) -> None:
    assert Chat().user("alice", "#a").does(line) == ["366 alice *"]


def test_a_crowd_is_listed_in_several_whole_lines() -> None:
    chat = Chat()
    nicks = [f"somebody-with-a-long-nick-{number}" for number in range(40)]
    chat.users(*nicks, room="#tea")
    first = chat.clients[1]
    *lists, end = first.asks("NAMES #tea")
    assert len(lists) > 2
    assert " ".join(message.params[-1] for message in lists).split() == [f"@{nicks[0]}", *nicks[1:]]
    assert end.command == "366"


def test_who_is_invisible_is_seen_from_inside_alone() -> None:
    chat = Chat()
    alice, bob = chat.users("alice", "bob", room="#tea")
    carol = chat.user("carol")
    bob.sends("MODE bob +i")
    assert alice.does("NAMES #tea")[0] == "353 alice = #tea :@alice bob"
    assert carol.does("NAMES #tea") == ["353 carol = #tea @alice", "366 carol #tea"]
    alice.sends("MODE alice +i")
    assert carol.does("NAMES #tea") == ["366 carol #tea"]


# -- LIST


def test_list_tells_each_room_its_members_and_its_topic() -> None:
    chat = Chat()
    alice = chat.user("alice", "#Tea", "#coffee")
    bob = chat.user("bob", "#tea")
    alice.sends("TOPIC #tea :green or black")
    bob.lines.clear()
    assert bob.does("LIST") == [
        "322 bob #Tea 2 :green or black",
        "322 bob #coffee 1 :",
        "323 bob",
    ]
    assert Chat().user("alice").does("LIST") == ["323 alice"]


@pytest.mark.parametrize(
    ("asked", "rooms"),
    [
        ("#tea", ["#tea"]),
        ("#TEA,#nowhere", ["#tea"]),
        ("*e*", ["#tea", "#coffee"]),
        ("#?ea", ["#tea"]),
        ("#coffee,#tea,#COFFEE", ["#coffee", "#tea"]),
        ("#coffee,#t*", ["#tea", "#coffee"]),
        (">5", []),
        ("<9", ["#tea", "#coffee"]),
        ("<1", []),
        ("C>60", []),
        (":", ["#tea", "#coffee"]),
    ],
)
def test_list_of_some_rooms(asked: str, rooms: list[str]) -> None:
    alice = Chat().user("alice", "#tea", "#coffee")
    *heard, end = alice.does(f"LIST {asked}")
    assert [line.split()[2] for line in heard] == rooms
    assert end == "323 alice"


def test_list_takes_no_more_names_and_masks_than_the_limit() -> None:
    alice = Chat(limited(targets=2)).user("alice", "#tea")
    assert alice.does("LIST #a,#tea,*") == ["407 alice #a"]
