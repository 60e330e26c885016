"""WHO: who is found, and how they are told; with WHOX."""

from __future__ import annotations

import pytest

from .language import Chat, limited
from .staff import operator, staffed


def found(lines: list[str]) -> list[str]:
    """The nicks of a WHO in the form of RFC 1459."""
    return [line.split()[6] for line in lines if line.startswith("352 ")]


# -- whom it finds


def test_a_room_shows_its_members() -> None:
    chat = Chat()
    alice, _ = chat.users("alice", "bob", room="#tea")
    assert alice.does("WHO #TEA") == [
        "352 alice #tea ~alice 192.0.2.1 trio-chat.local alice H@ :0 Real alice",
        "352 alice #tea ~bob 192.0.2.1 trio-chat.local bob H :0 Real bob",
        "315 alice #TEA",
    ]


@pytest.mark.parametrize("mask", ["bob", "BOB", "b*", "?ob", "~bob", "203.0.113.*", "Real bob"])
def test_a_mask_is_matched_with_all_that_one_is_known_by(mask: str) -> None:
    chat = Chat()
    alice = chat.user("alice")
    chat.user("bob", address="203.0.113.9")
    assert found(alice.does(f"WHO :{mask}")) == ["bob"]


@pytest.mark.parametrize("line", ["WHO", "WHO *", "WHO 0", "WHO trio-chat.local"])
def test_everyone(line: str) -> None:
    chat = Chat()
    alice = chat.user("alice")
    chat.user("bob")
    assert found(alice.does(line)) == ["alice", "bob"]


def test_the_end_repeats_the_mask_as_far_as_it_is_one_word() -> None:
    alice = Chat().user("alice")
    assert alice.does("WHO nobody") == ["315 alice nobody"]
    assert alice.does("WHO :") == ["315 alice *"]


def test_invisible_people_are_found_by_those_who_know_them() -> None:
    chat = Chat()
    alice, bob, carol = chat.user("alice"), chat.user("bob", "#tea"), chat.user("carol", "#tea")
    bob.sends("MODE bob +i")
    assert found(alice.does("WHO b*")) == []
    assert found(alice.does("WHO #tea")) == ["carol"]
    assert found(alice.does("WHO bob")) == ["bob"]  # whoever knows the nick may ask
    assert found(bob.does("WHO b*")) == ["bob"]
    assert found(carol.does("WHO b*")) == ["bob"]


def test_a_secret_room_is_shown_to_nobody_outside() -> None:
    chat = Chat()
    alice, bob = chat.user("alice"), chat.user("bob", "#secret")
    bob.sends("MODE #secret +s")
    assert alice.does("WHO #secret") == ["315 alice #secret"]
    assert alice.does("WHO bob")[0].split()[2] == "*"


def test_an_operator_may_see_what_is_hidden() -> None:
    chat = staffed()
    alice, bob = operator(chat, "alice"), chat.user("bob", "#secret")
    bob.sends("MODE #secret +s")
    bob.sends("MODE bob +i")
    assert found(alice.does("WHO #secret")) == ["bob"]
    assert found(alice.does("WHO b*")) == ["bob"]
    assert alice.does("WHO bob")[0].split()[2] == "#secret"


def test_operators_alone() -> None:
    chat = staffed()
    alice, bob = operator(chat, "alice", "#tea"), chat.user("bob", "#tea")
    assert found(bob.does("WHO * o")) == ["alice"]
    assert found(bob.does("WHO #tea o")) == ["alice"]
    assert alice.does("WHO bob o") == ["315 alice bob"]


def test_a_mask_that_finds_too_many_says_so() -> None:
    chat = Chat(limited(who_matches=2))
    alice, *_ = chat.users("alice", "bob", "carol", room="#tea")
    lines = alice.does("WHO *")
    assert found(lines) == ["alice", "bob"]
    assert lines[2:] == ["416 alice *", "315 alice *"]
    assert len(found(alice.does("WHO #tea"))) == 3


def test_of_a_large_room_a_part_is_listed() -> None:
    chat = Chat(limited(who_members=2))
    alice, *_ = chat.users("alice", "bob", "carol", room="#tea")
    lines = alice.does("WHO #tea")
    assert found(lines) == ["alice", "bob"]
    assert lines[2:] == ["416 alice #tea", "315 alice #tea"]


# -- how they are told


def test_the_flags_are_in_order() -> None:
    chat = staffed()
    alice, bob = operator(chat, "alice", "#tea"), chat.user("bob", "#tea", caps="multi-prefix")
    for line in ("AWAY :gone", "MODE alice +B", "MODE #tea +v alice"):
        alice.sends(line)
    assert bob.asks("WHO alice")[0].params[6] == "G*@+B"
    assert alice.asks("WHO alice")[0].params[6] == "G*@B"
    assert alice.asks("WHO bob")[0].params[6] == "H"


# -- WHOX


def test_the_fields_wanted_come_in_the_order_of_the_specification() -> None:
    chat = Chat()
    alice, bob = chat.users("alice", "bob", room="#tea")
    bob.session.user.account = "robert"
    chat.passes(7)
    where = "~bob 192.0.2.1 192.0.2.1 trio-chat.local"
    assert alice.does("WHO bob %tcuihsnfdlaor,042") == [
        f"354 alice 042 #tea {where} bob H 0 7 robert n/a :Real bob",
        "315 alice bob",
    ]
    assert alice.does("WHO bob %antc,7")[0] == "354 alice 7 #tea bob robert"
    assert alice.does("WHO alice %na")[0] == "354 alice alice 0"
    assert alice.does("WHO alice %r")[0] == "354 alice :Real alice"


@pytest.mark.parametrize("token", ["", ",", ",1234", ",x", ",-1", ",²"])
def test_a_token_that_is_none_is_told_as_0(token: str) -> None:
    assert Chat().user("alice").does(f"WHO alice %tn{token}")[0] == "354 alice 0 alice"


def test_unknown_fields_are_passed_over() -> None:
    assert Chat().user("alice").does("WHO alice %zn!")[0] == "354 alice alice"
    assert Chat().user("alice").does("WHO alice %")[0] == "354 alice"


def test_flags_before_the_percent_count_too() -> None:
    chat = staffed()
    alice = operator(chat, "alice")
    chat.user("bob")
    assert alice.does("WHO * o%nf") == ["354 alice alice H*", "315 alice *"]


def test_an_address_that_others_do_not_see_is_not_told() -> None:
    chat = staffed()
    alice, bob = operator(chat, "alice"), chat.user("bob")
    user = bob.session.user
    user.host = "hidden.example"
    chat.world.rename(user, "bob")
    assert chat.user("carol").does("WHO bob %ih")[0] == "354 carol 255.255.255.255 hidden.example"
    assert bob.does("WHO bob %ih")[0] == "354 bob 192.0.2.1 hidden.example"
    assert alice.does("WHO bob %ih")[0] == "354 alice 192.0.2.1 hidden.example"
