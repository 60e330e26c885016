"""MODE: who may change what of a room or of oneself, and what it does."""

from __future__ import annotations

import pytest

from .language import Chat, limited


def test_the_first_in_a_room_is_its_operator_and_the_room_has_the_default_modes() -> None:
    chat = Chat()
    alice, bob = chat.users("alice", "bob", room="#tea")
    assert alice.does("NAMES #tea") == ["353 alice = #tea :@alice bob", "366 alice #tea"]
    assert bob.does("MODE #tea") == ["324 bob #tea +nt", "329 bob #tea 1700000000"]


def test_a_change_is_told_to_all_members_and_to_nobody_else() -> None:
    chat = Chat()
    alice, bob = chat.users("alice", "bob", room="#tea")
    carol = chat.user("carol", "#other")
    assert alice.does("MODE #TEA +m-t") == ["alice MODE #tea +m-t"]
    assert bob.hears() == ["alice MODE #tea +m-t"]
    assert carol.hears() == []
    assert alice.does("MODE #tea") == ["324 alice #tea +mn", "329 alice #tea 1700000000"]


@pytest.mark.parametrize(
    "modes", ["+m", "-n", "+k key", "+l 5", "+b x", "-b x", "+o bob", "+v bob", "+mi-t", "-l+m"]
)
def test_only_operators_change_modes_and_others_are_told_so_once(modes: str) -> None:
    chat = Chat()
    alice, bob, carol = chat.users("alice", "bob", "carol", room="#tea")
    dave = chat.user("dave")
    alice.sends("MODE #tea +v carol")
    chat.forget()
    for somebody in (bob, carol, dave):
        nick = somebody.session.user.nick
        assert somebody.does(f"MODE #tea {modes}") == [f"482 {nick} #tea"]
    assert alice.hears() == []


def test_what_changes_nothing_is_said_to_nobody() -> None:
    chat = Chat()
    alice, bob = chat.users("alice", "bob", room="#tea")
    assert alice.does("MODE #tea -lk") == []
    alice.sends("MODE #tea +k-t+lb key 5 bob!*@*")
    chat.forget()
    for modes in ("+n", "-m", "-t", "+k key", "+l 5", "+b BOB!*@*", "-b x", "-v bob", "+", ":"):
        assert alice.does(f"MODE #tea {modes}") == []
    assert bob.hears() == []


@pytest.mark.parametrize("query", ["MODE #tea b", "MODE #tea +b", "MODE #tea -b", "MODE #tea +b :"])
def test_bans_are_listed_in_order_with_who_set_them_and_when(query: str) -> None:
    chat = Chat()
    alice, bob = chat.users("alice", "bob", room="#tea")
    alice.sends("MODE #tea +b carol")
    chat.passes(7)
    alice.sends("MODE #tea +b *!*@*.example")
    expected = [
        f"367 bob #tea carol!*@* {alice.source} 1700000000",
        f"367 bob #tea *!*@*.example {alice.source} 1700000007",
        "368 bob #tea",
    ]
    assert bob.does(query) == expected
    assert chat.user("carol").does(query)[-1] == "368 carol #tea"  # an outsider may look, too


def test_a_list_asked_for_many_times_in_one_line_is_given_once() -> None:
    chat = Chat()
    alice = chat.user("alice", "#tea")
    assert alice.does("MODE #tea " + "b" * 400) == ["368 alice #tea"]
    assert alice.does("MODE #tea +" + "Z" * 400) == ["472 alice Z"]


def test_a_banned_user_may_neither_join_nor_speak() -> None:
    chat = Chat()
    alice, bob = chat.users("alice", "bob", room="#tea")
    carol = chat.user("carol")
    assert alice.does("MODE #tea +bb bob carol!*@*") == ["alice MODE #tea +bb bob!*@* carol!*@*"]
    assert carol.does("JOIN #tea") == ["474 carol #tea"]
    assert bob.does("PRIVMSG #tea :hi") == ["404 bob #tea"]
    assert bob.does("NOTICE #tea :hi") == []
    assert bob.does("TAGMSG #tea") == ["404 bob #tea"]
    alice.sends("MODE #tea +v bob")
    chat.forget()
    assert bob.does("PRIVMSG #tea :voiced") == []
    assert alice.hears() == ["bob PRIVMSG #tea :voiced"]
    assert alice.does("MODE #tea -b CAROL!*@*") == ["alice MODE #tea -b carol!*@*"]
    assert carol.does("JOIN #tea")[0] == "carol JOIN #tea"


@pytest.mark.parametrize("mask", ["*!*@192.0.2.*", "b?b!*@*", "*!~BOB@*", "*"])
def test_bans_match_the_whole_source(mask: str) -> None:
    chat = Chat()
    alice = chat.user("alice", "#tea")
    alice.sends(f"MODE #tea +b {mask}")
    assert chat.user("bob").does("JOIN #tea") == ["474 bob #tea"]


def test_a_full_ban_list_takes_no_more() -> None:
    chat = Chat(limited(bans_per_room=2))
    alice = chat.user("alice", "#tea")
    assert alice.does("MODE #tea +bbb a b c") == [
        "478 alice #tea b",
        "alice MODE #tea +bb a!*@* b!*@*",
    ]
    assert alice.does("MODE #tea -b+b a c") == ["alice MODE #tea -b+b a!*@* c!*@*"]


@pytest.mark.parametrize("mask", [":a b", "x" * 201 + "!*@*", "é" * 110 + "!*@*"])
def test_what_is_no_mask_is_refused(mask: str) -> None:
    chat = Chat()
    alice = chat.user("alice", "#tea")
    (answer,) = alice.does(f"MODE #tea +b {mask}")
    assert answer.startswith("696 alice #tea b ")


def test_a_key_must_be_given_to_join() -> None:
    chat = Chat()
    alice = chat.user("alice", "#tea")
    bob = chat.user("bob")
    assert alice.does("MODE #tea +k sesame") == ["alice MODE #tea +k sesame"]
    assert bob.does("JOIN #tea") == ["475 bob #tea"]
    assert bob.does("JOIN #tea Sesame") == ["475 bob #tea"]
    assert bob.does("JOIN #tea sesame")[0] == "bob JOIN #tea"
    assert alice.hears()[-1] == "bob JOIN #tea"


def test_only_members_see_the_key() -> None:
    chat = Chat()
    alice = chat.user("alice", "#tea")
    bob = chat.user("bob")
    alice.sends("MODE #tea +k sesame")
    assert "sesame" in alice.does("MODE #tea")[0]
    assert "sesame" not in bob.does("MODE #tea")[0]


@pytest.mark.parametrize("modes", ["-k", "-k sesame", "-k wrong"])
def test_a_key_is_taken_off_whether_or_not_it_is_named(modes: str) -> None:
    chat = Chat()
    alice = chat.user("alice", "#tea")
    alice.sends("MODE #tea +k sesame")
    assert alice.does(f"MODE #tea {modes}") == ["alice MODE #tea -k *"]
    assert chat.user("bob").does("JOIN #tea")[0] == "bob JOIN #tea"


@pytest.mark.parametrize("key", ["a,b", ":two words", "x" * 33, ": "])
def test_what_cannot_be_said_in_a_join_is_no_key(key: str) -> None:
    chat = Chat()
    alice = chat.user("alice", "#tea")
    (answer,) = alice.does(f"MODE #tea +k {key}")
    assert answer.startswith("696 alice #tea k ")
    assert chat.user("bob").does("JOIN #tea")[0] == "bob JOIN #tea"


def test_a_full_room_lets_nobody_in() -> None:
    chat = Chat()
    alice = chat.user("alice", "#tea")
    bob = chat.user("bob")
    assert alice.does("MODE #tea +l 1") == ["alice MODE #tea +l 1"]
    assert alice.does("MODE #tea")[0] == "324 alice #tea +ntl 1"
    assert bob.does("JOIN #tea") == ["471 bob #tea"]
    assert alice.does("MODE #tea +l 2") == ["alice MODE #tea +l 2"]
    assert bob.does("JOIN #tea")[0] == "bob JOIN #tea"
    assert alice.does("MODE #tea -l")[-1] == "alice MODE #tea -l"
    assert chat.user("carol").does("JOIN #tea")[0] == "carol JOIN #tea"


@pytest.mark.parametrize("limit", ["0", "-1", "x", "1.5", "99999999", "٣", ":1 2"])
def test_what_is_no_number_of_members_is_refused(limit: str) -> None:
    chat = Chat()
    alice = chat.user("alice", "#tea")
    (answer,) = alice.does(f"MODE #tea +l {limit}")
    assert answer.split()[:4] == ["696", "alice", "#tea", "l"]


def test_an_invitation_is_needed_for_a_room_with_i() -> None:
    chat = Chat()
    alice = chat.user("alice", "#tea")
    bob = chat.user("bob")
    alice.sends("MODE #tea +i")
    assert bob.does("JOIN #tea") == ["473 bob #tea"]
    alice.sends("INVITE bob #tea")
    assert bob.does("JOIN #tea")[0] == "bob JOIN #tea"
    bob.sends("PART #tea")
    assert bob.does("JOIN #tea") == ["473 bob #tea"]  # it was good for once


def test_only_ranked_members_speak_in_a_moderated_room() -> None:
    chat = Chat()
    alice, bob, carol = chat.users("alice", "bob", "carol", room="#tea")
    alice.sends("MODE #tea +mv bob")
    chat.forget()
    assert carol.does("PRIVMSG #tea :may I?") == ["404 carol #tea"]
    assert bob.does("PRIVMSG #tea :yes") == []
    assert alice.does("PRIVMSG #tea :hm") == []
    assert carol.hears() == ["bob PRIVMSG #tea :yes", "alice PRIVMSG #tea :hm"]


def test_without_n_one_may_speak_from_outside_but_for_m_and_b() -> None:
    chat = Chat()
    alice = chat.user("alice", "#tea")
    bob = chat.user("bob")
    assert bob.does("PRIVMSG #tea :knock") == ["404 bob #tea"]
    alice.sends("MODE #tea -n")
    chat.forget()
    assert bob.does("PRIVMSG #tea :knock") == []
    assert alice.hears() == ["bob PRIVMSG #tea :knock"]
    alice.sends("MODE #tea +m")
    assert bob.does("PRIVMSG #tea :knock") == ["404 bob #tea"]
    alice.sends("MODE #tea -m+b bob")
    assert bob.does("PRIVMSG #tea :knock") == ["404 bob #tea"]


def test_ranks_are_given_and_taken_by_nick() -> None:
    chat = Chat()
    alice, bob = chat.users("alice", "bob", room="#tea")
    assert alice.does("MODE #tea +ov BOB bob") == ["alice MODE #tea +ov bob bob"]
    assert bob.does("NAMES #tea")[0] == "353 bob = #tea :@alice @bob"
    assert bob.does("MODE #tea -o alice") == ["bob MODE #tea -o alice"]
    assert alice.does("MODE #tea +m") == ["482 alice #tea"]
    assert bob.does("MODE #tea -o bob") == ["bob MODE #tea -o bob"]
    assert bob.does("NAMES #tea")[0] == "353 bob = #tea :alice +bob"


def test_a_rank_for_somebody_who_is_not_there_is_refused() -> None:
    chat = Chat()
    alice = chat.user("alice", "#tea")
    chat.user("bob")
    assert alice.does("MODE #tea +o bob") == ["441 alice bob #tea"]
    assert alice.does("MODE #tea +o nobody") == ["401 alice nobody"]


@pytest.mark.parametrize("modes", ["+o", "-o", "+v", "+k", "+l", "+o :", "+l :", "+k :"])
def test_a_mode_without_the_parameter_it_needs_is_ignored(modes: str) -> None:
    chat = Chat()
    alice, bob = chat.users("alice", "bob", room="#tea")
    assert alice.does(f"MODE #tea {modes}") == ["461 alice MODE"]
    assert bob.hears() == []


@pytest.mark.parametrize(("modes", "letter"), [("+Z", "Z"), ("+:", "*"), (":+ ", "_"), ("é", "é")])
def test_an_unknown_mode_is_told_and_the_known_ones_are_made(modes: str, letter: str) -> None:
    chat = Chat()
    alice = chat.user("alice", "#tea")
    assert alice.does(f"MODE #tea {modes}m") == [f"472 alice {letter}", "alice MODE #tea +m"]


def test_no_more_changes_with_a_parameter_than_isupport_says() -> None:
    chat = Chat(limited(mode_params=2))
    alice = chat.user("alice", "#tea")
    assert alice.does("MODE #tea +bbb a b c") == ["alice MODE #tea +bb a!*@* b!*@*"]


def test_changes_too_long_for_one_line_come_in_several() -> None:
    chat = Chat()
    alice = chat.user("alice", "#tea")
    masks = [letter * 38 for letter in "abcdefghijkl"]
    heard = alice.asks(f"MODE #tea +{'b' * 12} {' '.join(masks)}")
    assert len(heard) == 2
    assert all(set(message.params[1]) == set("+b") for message in heard)
    banned = [mask for message in heard for mask in message.params[2:]]
    assert banned == [f"{mask}!*@*" for mask in masks]


def test_modes_of_a_room_that_is_not_there() -> None:
    assert Chat().user("alice").does("MODE #nowhere") == ["403 alice #nowhere"]
    assert Chat().user("alice").does("MODE #nowhere +m") == ["403 alice #nowhere"]


# -- oneself


def test_ones_own_modes() -> None:
    chat = Chat()
    alice = chat.user("alice", "#tea")
    bob = chat.user("bob", "#tea")
    chat.forget()
    assert alice.does("MODE ALICE") == ["221 alice +"]
    assert alice.does("MODE alice +i") == ["alice MODE alice +i"]
    assert alice.does("MODE alice +i") == []
    assert alice.does("MODE alice") == ["221 alice +i"]
    assert alice.does("MODE alice -i+i-i") == ["alice MODE alice -i+i-i"]
    assert alice.does("MODE alice") == ["221 alice +"]
    assert bob.hears() == []


def test_unknown_modes_of_oneself_are_told_once_after_the_known_ones_are_made() -> None:
    alice = Chat().user("alice")
    assert alice.does("MODE alice +xiyw") == ["alice MODE alice +iw", "501 alice"]


def test_modes_that_are_the_servers_to_give_are_passed_over() -> None:
    alice = Chat().user("alice")
    assert alice.does("MODE alice +Zio") == ["alice MODE alice +i"]
    assert alice.does("MODE alice") == ["221 alice +i"]


def test_the_modes_of_others_are_nobodys_business() -> None:
    chat = Chat()
    alice = chat.user("alice")
    chat.user("bob")
    assert alice.does("MODE bob") == ["502 alice"]
    assert alice.does("MODE bob +i") == ["502 alice"]
    assert alice.does("MODE nobody") == ["401 alice nobody"]
    assert alice.does("MODE") == ["461 alice MODE"]
