"""Being in rooms: JOIN, PART, KICK, INVITE."""

from __future__ import annotations

import pytest

from trio_chat.core.effects import Deed, Report

from .language import Chat, limited

# -- JOIN


def test_who_joins_is_told_join_topic_and_names_in_this_order() -> None:
    chat = Chat()
    alice = chat.user("alice", "#Tea")
    alice.sends("TOPIC #tea :green or black")
    chat.passes(5)
    bob = chat.user("bob")
    chat.forget()
    assert bob.does("JOIN #tea") == [
        "bob JOIN #Tea",
        "332 bob #Tea :green or black",
        f"333 bob #Tea {alice.source} 1700000000",
        "353 bob = #Tea :@alice bob",
        "366 bob #Tea",
    ]
    assert alice.hears() == ["bob JOIN #Tea"]
    assert chat.reports == [Report(Deed.JOINED, "bob", "#Tea")]


def test_the_source_of_a_join_is_the_whole_user() -> None:
    chat = Chat()
    alice = chat.user("alice", "#tea")
    bob = chat.user("bob", "#tea")
    chat.forget()
    bob.sends("PART #tea")
    bob.sends("JOIN #tea")
    assert [message.source for message in alice.take()] == [bob.source, bob.source]


def test_joining_again_does_nothing() -> None:
    chat = Chat()
    alice, bob = chat.users("alice", "bob", room="#tea")
    assert alice.does("JOIN #TEA") == []
    assert bob.hears() == []


def test_several_rooms_are_joined_in_order_each_with_its_key() -> None:
    chat = Chat()
    alice = chat.user("alice", "#a", "#b", "#c")
    for room, key in (("#a", "same"), ("#b", "same"), ("#c", "other")):
        alice.sends(f"MODE {room} +k {key}")
    joined = [
        line for line in chat.user("bob").does("JOIN #a,#b,#c same,same,other") if "JOIN" in line
    ]
    assert joined == ["bob JOIN #a", "bob JOIN #b", "bob JOIN #c"]


def test_an_empty_key_keeps_its_place() -> None:
    chat = Chat()
    alice = chat.user("alice", "#a", "#b")
    alice.sends("MODE #b +k key")
    carol = chat.user("carol")
    heard = carol.does("JOIN #a,#b ,key")
    assert [line for line in heard if "JOIN" in line] == ["carol JOIN #a", "carol JOIN #b"]


def test_what_cannot_be_joined_does_not_hinder_the_rest() -> None:
    heard = Chat().user("alice").does("JOIN tea,#,,#ok,#ok,#a\x07b")
    assert heard == [
        "403 alice tea",
        "476 alice #",
        "alice JOIN #ok",
        "353 alice = #ok @alice",
        "366 alice #ok",
        "476 alice #a\x07b",
    ]


def test_no_more_rooms_than_the_limit() -> None:
    alice = Chat(limited(rooms_per_user=2)).user("alice", "#a")
    heard = alice.does("JOIN #b,#c,#a")
    assert heard == [
        "alice JOIN #b",
        "353 alice = #b @alice",
        "366 alice #b",
        "405 alice #c",
    ]


def test_join_0_leaves_every_room() -> None:
    alice = Chat().user("alice", "#a", "#b")
    assert alice.does("JOIN 0") == ["alice PART #a", "alice PART #b"]
    assert alice.does("JOIN 0") == []


def test_join_needs_a_room() -> None:
    assert Chat().user("alice").does("JOIN") == ["461 alice JOIN"]
    assert Chat().user("alice").does("JOIN :,") == ["461 alice JOIN"]


def test_extended_join_tells_account_and_real_name_to_those_who_asked() -> None:
    chat = Chat()
    alice = chat.user("alice", "#tea", caps="extended-join")
    bob = chat.user("bob", "#tea")
    carol = chat.user("carol", caps="extended-join")
    chat.forget()
    assert carol.does("JOIN #tea")[0] == "carol JOIN #tea * :Real carol"
    assert alice.hears() == ["carol JOIN #tea * :Real carol"]
    assert bob.hears() == ["carol JOIN #tea"]


def test_who_joins_while_away_is_announced_as_away() -> None:
    chat = Chat()
    alice = chat.user("alice", "#tea", caps="away-notify")
    bob = chat.user("bob", "#tea")
    carol = chat.user("carol", caps="away-notify")
    carol.sends("AWAY :asleep")
    chat.forget()
    assert [line for line in carol.does("JOIN #tea") if "AWAY" in line] == []
    assert alice.hears() == ["carol JOIN #tea", "carol AWAY asleep"]
    assert bob.hears() == ["carol JOIN #tea"]


# -- PART


def test_who_parts_is_told_and_so_are_the_others() -> None:
    chat = Chat()
    alice, bob = chat.users("alice", "bob", room="#tea")
    carol = chat.user("carol")
    assert alice.does("PART #TEA :tired") == ["alice PART #tea :tired"]
    assert bob.hears() == ["alice PART #tea :tired"]
    assert bob.does("PART #tea") == ["bob PART #tea"]
    assert alice.hears() == carol.hears() == []
    assert chat.world.rooms == {}


def test_a_room_that_was_left_by_all_begins_anew() -> None:
    chat = Chat()
    alice = chat.user("alice", "#tea")
    alice.sends("MODE #tea +k-t key")
    alice.sends("TOPIC #tea :old")
    alice.sends("PART #tea")
    chat.passes(10)
    bob = chat.user("bob")
    assert bob.does("JOIN #tea") == ["bob JOIN #tea", "353 bob = #tea @bob", "366 bob #tea"]
    assert bob.does("MODE #tea") == ["324 bob #tea +nt", "329 bob #tea 1700000010"]


def test_parting_where_one_is_not_is_refused_room_by_room() -> None:
    chat = Chat()
    chat.user("bob", "#bobs")
    alice = chat.user("alice", "#tea")
    heard = alice.does("PART #nowhere,#bobs,tea,#tea")
    assert heard == [
        "403 alice #nowhere",
        "442 alice #bobs",
        "403 alice tea",
        "alice PART #tea",
    ]
    assert alice.does("PART") == alice.does("PART :") == ["461 alice PART"]


# -- KICK


def test_who_is_kicked_is_told_and_so_is_the_room() -> None:
    chat = Chat()
    alice, bob, carol = chat.users("alice", "bob", "carol", room="#tea")
    assert alice.does("KICK #TEA BOB :enough") == ["alice KICK #tea bob :enough"]
    assert bob.hears() == carol.hears() == ["alice KICK #tea bob :enough"]
    assert bob.does("PRIVMSG #tea :hey") == ["404 bob #tea"]
    assert Report(Deed.KICKED, "bob", "#tea", "by alice: enough") in chat.reports


@pytest.mark.parametrize("line", ["KICK #tea bob", "KICK #tea bob :"])
def test_a_kick_without_a_reason_names_the_operator(line: str) -> None:
    chat = Chat()
    alice, _ = chat.users("alice", "bob", room="#tea")
    assert alice.does(line) == ["alice KICK #tea bob :alice"]


def test_several_are_kicked_one_by_one() -> None:
    chat = Chat()
    alice, *_ = chat.users("alice", "bob", "carol", room="#tea")
    chat.user("dave")
    heard = alice.does("KICK #tea bob,nobody,dave,carol :out")
    assert heard == [
        "alice KICK #tea bob :out",
        "401 alice nobody",
        "441 alice dave #tea",
        "alice KICK #tea carol :out",
    ]


def test_an_operator_may_kick_herself() -> None:
    chat = Chat()
    alice, bob = chat.users("alice", "bob", room="#tea")
    heard = alice.does("KICK #tea alice,bob")
    assert heard[0] == "alice KICK #tea alice :alice"
    assert bob.hears()[0] == "alice KICK #tea alice :alice"


def test_only_operators_kick() -> None:
    chat = Chat()
    alice, bob = chat.users("alice", "bob", room="#tea")
    carol = chat.user("carol")
    assert bob.does("KICK #tea alice") == ["482 bob #tea"]
    assert carol.does("KICK #tea alice") == ["442 carol #tea"]
    assert carol.does("KICK #nowhere alice") == ["403 carol #nowhere"]
    assert bob.does("KICK #tea") == bob.does("KICK #tea :") == ["461 bob KICK"]
    assert alice.hears() == []


def test_no_more_targets_than_the_limit() -> None:
    chat = Chat(limited(targets=2))
    alice, bob = chat.users("alice", "bob", room="#tea")
    assert alice.does("KICK #tea bob,b,c") == ["407 alice bob"]
    assert bob.hears() == []


# -- INVITE


def test_an_invitation_goes_to_the_invited_and_is_confirmed() -> None:
    chat = Chat()
    alice, bob = chat.users("alice", "bob", room="#Tea")
    carol = chat.user("carol")
    assert alice.does("INVITE CAROL #tea") == ["341 alice carol #Tea"]
    assert carol.hears() == ["alice INVITE carol #Tea"]
    assert bob.hears() == []


def test_invite_notify_tells_the_members_who_asked() -> None:
    chat = Chat()
    alice = chat.user("alice", "#tea", caps="invite-notify")
    bob = chat.user("bob", "#tea", caps="invite-notify")
    carol = chat.user("carol", "#tea")
    dave = chat.user("dave", caps="invite-notify")
    chat.forget()
    assert alice.does("INVITE dave #tea") == ["341 alice dave #tea"]
    assert bob.hears() == ["alice INVITE dave #tea"]
    assert dave.hears() == ["alice INVITE dave #tea"]
    assert carol.hears() == []


@pytest.mark.parametrize("modes", ["+i", "+k key", "+l 1", "+ikl key 1"])
def test_an_invitation_opens_everything_but_a_ban(modes: str) -> None:
    chat = Chat()
    alice = chat.user("alice", "#tea")
    bob = chat.user("bob")
    alice.sends(f"MODE #tea {modes}")
    alice.sends("INVITE bob #tea")
    alice.sends("MODE #tea +b bob")
    assert bob.does("JOIN #tea") == ["474 bob #tea"]
    alice.sends("MODE #tea -b bob")
    assert bob.does("JOIN #tea")[0] == "bob JOIN #tea"


def test_an_invitation_ends_with_the_room() -> None:
    chat = Chat()
    alice = chat.user("alice", "#tea")
    bob = chat.user("bob")
    alice.sends("INVITE bob #tea")
    alice.sends("PART #tea")
    alice.sends("JOIN #tea")
    alice.sends("MODE #tea +i")
    assert bob.does("JOIN #tea") == ["473 bob #tea"]


def test_invitations_to_rooms_that_are_gone_are_forgotten() -> None:
    chat = Chat()
    alice = chat.user("alice", "#a", "#b")
    bob = chat.user("bob")
    alice.sends("INVITE bob #a")
    alice.sends("PART #a")
    alice.sends("INVITE bob #b")
    assert [room.name for room in bob.session.user.invitations] == ["#b"]


def test_who_may_invite() -> None:
    chat = Chat()
    _, bob = chat.users("alice", "bob", room="#tea")
    carol = chat.user("carol")
    chat.user("dave")
    assert bob.does("INVITE dave #tea") == ["341 bob dave #tea"]
    assert carol.does("INVITE dave #tea") == ["442 carol #tea"]
    assert carol.does("INVITE dave #nowhere") == ["403 carol #nowhere"]
    assert bob.does("INVITE alice #tea") == ["443 bob alice #tea"]
    assert bob.does("INVITE nobody #tea") == ["401 bob nobody"]
    assert bob.does("INVITE dave") == ["461 bob INVITE"]


def test_only_operators_invite_to_a_room_with_i() -> None:
    chat = Chat()
    alice, bob = chat.users("alice", "bob", room="#tea")
    chat.user("dave")
    alice.sends("MODE #tea +i")
    chat.forget()
    assert bob.does("INVITE dave #tea") == ["482 bob #tea"]
    assert alice.does("INVITE dave #tea") == ["341 alice dave #tea"]


def test_inviting_somebody_who_is_away_is_told() -> None:
    chat = Chat()
    alice = chat.user("alice", "#tea")
    bob = chat.user("bob")
    bob.sends("AWAY :asleep")
    assert alice.does("INVITE bob #tea") == ["341 alice bob #tea", "301 alice bob asleep"]
