"""Ranks: who may give and take which, and who has power over whom."""

from __future__ import annotations

import pytest

from trio_chat.wire.modes import LEVELS

from .language import Chat, Client

RANKS = "qaohv"


def court(*ranks: str) -> tuple[Chat, list[Client]]:
    """People in one room, each with these ranks (letters), called u0, u1 and so on."""
    chat = Chat()
    people = chat.users(*(f"u{number}" for number in range(len(ranks))), room="#tea")
    room = chat.world.rooms["#tea"]
    room.set_rank(people[0].session.user, "o", given=False)
    for person, letters in zip(people, ranks, strict=True):
        for letter in letters:
            room.set_rank(person.session.user, letter, given=True)
    return chat, people


def ranks_of(chat: Chat, person: Client) -> str:
    return chat.world.rooms["#tea"].members[person.session.user].ranks


@pytest.mark.parametrize(
    ("mine", "may_give"),
    [("q", "qaohv"), ("a", "ohv"), ("o", "ohv"), ("h", "v"), ("v", ""), ("", "")],
)
def test_what_one_may_give_depends_on_ones_rank(mine: str, may_give: str) -> None:
    for rank in RANKS:
        chat, (me, other) = court(mine, "")
        if rank in may_give:
            assert me.does(f"MODE #tea +{rank} u1") == [f"u0 MODE #tea +{rank} u1"]
            assert ranks_of(chat, other) == rank
        else:
            assert me.does(f"MODE #tea +{rank} u1") == ["482 u0 #tea"]
            assert ranks_of(chat, other) == ""


@pytest.mark.parametrize(
    ("mine", "may_take"),
    [("q", "qaohv"), ("a", "ohv"), ("o", "ohv"), ("h", "v"), ("v", ""), ("", "")],
)
def test_what_one_may_take_depends_on_ones_rank(mine: str, may_take: str) -> None:
    for rank in RANKS:
        chat, (me, other) = court(mine, rank)
        if rank in may_take:
            assert me.does(f"MODE #tea -{rank} u1") == [f"u0 MODE #tea -{rank} u1"]
        else:
            assert me.does(f"MODE #tea -{rank} u1") == ["482 u0 #tea"]
        assert ranks_of(chat, other) == ("" if rank in may_take else rank)


@pytest.mark.parametrize(("mine", "theirs"), [("o", "ao"), ("o", "qv"), ("a", "ao"), ("h", "hv")])
def test_nothing_is_taken_from_those_one_has_no_power_over(mine: str, theirs: str) -> None:
    chat, (me, other) = court(mine, theirs)
    assert me.does(f"MODE #tea -{theirs[-1]} u1") == ["482 u0 #tea"]
    assert ranks_of(chat, other) == theirs


@pytest.mark.parametrize("rank", RANKS)
def test_everyone_may_lay_down_their_own_rank(rank: str) -> None:
    chat, (me,) = court(rank)
    assert me.does(f"MODE #tea -{rank} u0") == [f"u0 MODE #tea -{rank} u0"]
    assert ranks_of(chat, me) == ""
    assert me.does(f"MODE #tea +{rank} u0") == ["482 u0 #tea"]


@pytest.mark.parametrize(
    ("mine", "may_kick"),
    [("q", "qaohv-"), ("a", "ohv-"), ("o", "ohv-"), ("h", "v-"), ("v", ""), ("", "")],
)
def test_whom_one_may_kick(mine: str, may_kick: str) -> None:
    for rank in (*RANKS, ""):
        _, (me, other) = court(mine, rank)
        if (rank or "-") in may_kick:
            assert me.does("KICK #tea u1 :out") == ["u0 KICK #tea u1 :out"]
            assert other.hears() == ["u0 KICK #tea u1 :out"]
        else:
            assert me.does("KICK #tea u1 :out") == ["482 u0 #tea"]
            assert other.hears() == []


def test_half_operators_change_all_but_ranks_and_forwards() -> None:
    _, (half, _) = court("h", "")
    modes = "+beIklCMRSTcimps-nt"
    assert half.does(f"MODE #tea {modes} a b c key 9") == [
        "u0 MODE #tea +beIklCMRSTcimps-nt a!*@* b!*@* c!*@* key 9"
    ]
    for mode in ("+f #other", "+E"):
        assert half.does(f"MODE #tea {mode}") == ["482 u0 #tea"]
    assert half.does("TOPIC #tea :mine") == ["u0 TOPIC #tea :mine"]


def test_somebody_without_rank_is_refused_once_however_much_they_ask() -> None:
    _, (me, _) = court("", "o")
    assert me.does("MODE #tea +mohv-t+b u1 u1 u1 x") == ["482 u0 #tea"]


def test_names_show_the_highest_rank_or_all_of_them() -> None:
    chat, _ = court("qaohv", "ohv", "v")
    plain = chat.user("plain", "#tea")
    every = chat.user("every", "#tea", caps="multi-prefix")
    assert plain.does("NAMES #tea")[0] == "353 plain = #tea :~u0 @u1 +u2 plain every"
    assert every.does("NAMES #tea")[0] == "353 every = #tea :~&@%+u0 @%+u1 +u2 plain every"


def test_levels_fall_from_founder_to_voice() -> None:
    assert sorted(RANKS, key=LEVELS.__getitem__, reverse=True) == list(RANKS)


def test_kicking_several_takes_one_message_each_and_names_who_is_missing() -> None:
    chat, (me, _, _) = court("o", "", "")
    chat.user("away")
    assert me.does("KICK #tea u1,nobody,away,U2 :out") == [
        "u0 KICK #tea u1 :out",
        "401 u0 nobody",
        "441 u0 away #tea",
        "u0 KICK #tea u2 :out",
    ]


def test_kicking_from_several_rooms_pairs_rooms_with_nicks() -> None:
    chat, (me, other) = court("o", "")
    me.sends("JOIN #coffee")
    other.sends("JOIN #coffee")
    chat.forget()
    assert me.does("KICK #tea,#coffee u1,u1") == ["u0 KICK #tea u1 :u0", "u0 KICK #coffee u1 :u0"]
    assert me.does("KICK #tea,#coffee u1") == ["461 u0 KICK"]
    assert me.does("KICK #nowhere u1,u0") == ["403 u0 #nowhere"]
