"""What is done in rooms is kept, too; what was taken back, or ends, is kept no longer."""

from __future__ import annotations

from dataclasses import replace

import pytest

from trio_chat.core.account_questions import SetHistory
from trio_chat.core.accounts import Account
from trio_chat.core.effects import Chronicle, Conclude
from trio_chat.core.history_rules import HistoryRules
from trio_chat.core.settings import Limits, Settings

from .historian import KeptChat
from .language import START, Chat, Client
from .owners import verdict
from .staff import questions
from .test_redaction import CAPS, said

ALICE, BOB = Account("alice", START), Account("bob", START)
US = ("alice", "bob")


def kept(chat: Chat) -> list[str]:
    """What the last event has had kept of rooms: the place, and what happened there."""
    return [
        f"{each.place}: {each.message.nick} {each.message.command} {' '.join(each.message.params)}"
        for each in chat.effects
        if isinstance(each, Chronicle)
    ]


# -- deeds


def test_every_deed_is_kept_once_in_each_room_it_is_seen_in() -> None:
    chat = KeptChat()
    alice, bob = chat.users("alice", "bob", room="#Tea")
    alice.sends("JOIN #water")
    assert kept(chat) == ["#water: alice JOIN #water * Real alice"]
    deeds = {
        "MODE #tea +vb bob eve": ["#tea: alice MODE #Tea +vb bob eve!*@*"],
        "TOPIC #tea :Oolong": ["#tea: alice TOPIC #Tea Oolong"],
        "KICK #tea bob :shoo": ["#tea: alice KICK #Tea bob shoo"],
        "NICK alicia": ["#tea: alice NICK alicia", "#water: alice NICK alicia"],
        "PART #water :bye": ["#water: alicia PART #water bye"],
        "TOPIC #tea": [],
        "MODE #tea": [],
    }
    for line, expected in deeds.items():
        alice.sends(line)
        assert kept(chat) == expected
    bob.sends("JOIN #tea")
    bob.vanishes("gone")
    assert kept(chat) == ["#tea: bob QUIT gone"]


def test_each_has_an_id_of_its_own_that_is_told_to_nobody() -> None:
    chat = KeptChat()
    alice, bob = chat.users("alice", "bob", room="#tea", caps="message-tags")
    for line in ("MODE #tea +m", "TOPIC #tea x", "NICK alicia", "PART #tea"):
        alice.sends(line)
    assert not any("msgid" in each.tags for each in bob.take())
    ids = [each.message.tags["msgid"] for each in chat.historian.kept["#tea"]]
    assert len(set(ids)) == len(ids) == 6


def test_ranks_that_come_with_an_account_are_kept() -> None:
    chat = KeptChat(accounts=(ALICE,))
    alice = chat.user("alice", "#tea", account="alice")
    alice.sends("CS REGISTER #tea")
    assert kept(chat) == ["#tea: trio-chat.local MODE #tea +q alice"]


def test_a_room_takes_its_history_to_its_new_name() -> None:
    chat = KeptChat()
    alice, _ = chat.users("alice", "bob", room="#tea", caps="draft/channel-rename")
    chat.keeps("#tea", "hello")
    alice.sends("RENAME #tea #coffee :stronger")
    assert kept(chat) == ["#tea: alice RENAME #tea #coffee stronger"]
    assert "alice PRIVMSG #coffee hello" in chat.historian.said("#coffee")
    assert chat.historian.said("#tea") == []


def test_it_does_so_even_if_nothing_is_kept_by_now() -> None:
    chat = KeptChat()
    (alice,) = chat.users("alice", room="#tea")
    chat.keeps("#tea", "hello")
    alice.sends("MODE #tea +E")
    alice.sends("RENAME #tea #coffee")
    assert "alice PRIVMSG #coffee hello" in chat.historian.said("#coffee")


def test_without_an_archive_no_deed_is_kept() -> None:
    chat = Chat(accounts=None)
    alice, bob = chat.users("alice", "bob", room="#tea", caps=CAPS)
    msgid = said(bob, "PRIVMSG #tea :oops")
    lines = ("RENAME #tea #coffee", f"REDACT #coffee {msgid}", "KICK #coffee bob", "PART #coffee")
    for line in lines:
        alice.sends(line)
        assert kept(chat) == []


# -- off the record


def test_in_an_ephemeral_room_nothing_is_kept() -> None:
    chat = KeptChat()
    alice, bob = chat.users("alice", "bob", room="#tea")
    assert bob.does("MODE #tea +E") == ["482 bob #tea"]
    alice.sends("MODE #tea +E")
    assert kept(chat) == []
    for line in ("PRIVMSG #tea :psst", "TOPIC #tea :secret", "NICK alicia", "KICK #tea bob"):
        alice.sends(line)
        assert kept(chat) == []
    alice.sends("MODE #tea -E")
    assert kept(chat) == ["#tea: alicia MODE #tea -E"]
    alice.sends("PRIVMSG #tea :hello")
    assert kept(chat) == ["#tea: alicia PRIVMSG #tea hello"]


def test_half_operators_do_not_decide_what_is_kept() -> None:
    chat = KeptChat()
    alice, bob = chat.users("alice", "bob", room="#tea")
    alice.sends("MODE #tea +h bob")
    bob.lines.clear()
    assert bob.does("MODE #tea +E") == ["482 bob #tea"]


def test_of_who_does_not_want_it_nothing_is_kept() -> None:
    chat = KeptChat(accounts=(ALICE, BOB))
    alice = chat.user("alice", "#tea", account="alice")
    bob = chat.user("bob", "#tea", account="bob")
    speaks = {
        (alice, "PRIVMSG #tea :a"): False,
        (bob, "PRIVMSG #tea :b"): True,
        (alice, "PRIVMSG bob :c"): False,
        (bob, "PRIVMSG alice :d"): False,
        (bob, "PRIVMSG bob :e"): True,
    }
    alice.sends("NS SET HISTORY off")
    assert questions(chat) == [SetHistory("alice", False)]
    (told,) = verdict(chat, alice, account=replace(ALICE, keeps_history=False))
    assert "Nothing is kept" in told
    assert "Nothing is kept of what it says." in _told(alice, "NS INFO")
    for (who, line), expected in speaks.items():
        who.sends(line)
        assert bool(kept(chat)) == expected
    alice.sends("NS SET HISTORY on")
    assert questions(chat) == [SetHistory("alice", True)]
    verdict(chat, alice, account=ALICE)
    for who, line in speaks:
        who.sends(line)
        assert kept(chat)
    assert "Nothing is kept of what it says." not in _told(alice, "NS INFO")


def _told(client: Client, line: str) -> list[str]:
    return [each.params[-1] for each in client.asks(line)]


@pytest.mark.parametrize("line", ["SET HISTORY maybe", "SET HISTORY default", "SET TEA on"])
def test_there_are_no_other_settings(line: str) -> None:
    chat = KeptChat(accounts=(ALICE,))
    alice = chat.user("alice", account="alice")
    (said,) = _told(alice, f"NS {line}")
    assert said.startswith("Say: SET")


# -- ends


ENDS = ("PART #tea", "JOIN 0", "QUIT", "KICK #tea alice")


@pytest.mark.parametrize("line", ENDS)
@pytest.mark.parametrize(("modes", "ends"), [("+s", True), ("+k key", True), ("-n", False)])
def test_a_closed_room_ends_with_its_history_when_the_last_one_leaves(
    line: str, modes: str, ends: bool
) -> None:
    chat = KeptChat()
    alice, bob = chat.users("alice", "bob", room="#tea")
    alice.sends(f"MODE #tea {modes}")
    bob.sends("PART #tea")
    assert chat.historian.concluded == []
    alice.sends(line)
    assert chat.historian.concluded == ["#tea"] * ends
    last = [each for each in chat.effects if isinstance(each, Chronicle | Conclude)][-1]
    assert isinstance(last, Conclude) == ends


def test_a_registered_room_keeps_it_until_it_is_nobodys() -> None:
    chat = KeptChat(accounts=(ALICE,))
    alice = chat.user("alice", "#tea", account="alice")
    for line in ("CS REGISTER #tea", "MODE #tea +s", "PART #tea"):
        alice.sends(line)
    assert chat.historian.concluded == []
    alice.sends("CS DROP #tea #tea")
    assert chat.historian.concluded == ["#tea"]


def test_a_registered_room_in_which_somebody_is_goes_on_when_it_is_nobodys() -> None:
    chat = KeptChat(accounts=(ALICE,))
    alice = chat.user("alice", "#tea", account="alice")
    for line in ("CS REGISTER #tea", "MODE #tea +s", "CS DROP #tea #tea"):
        alice.sends(line)
    assert chat.historian.concluded == []
    alice.vanishes()
    assert chat.historian.concluded == ["#tea"]


# -- taking back


def test_what_is_taken_back_is_gone_from_the_history() -> None:
    chat = KeptChat(accounts=(ALICE, BOB))
    alice = chat.user("alice", "#tea", caps=CAPS, account="alice")
    chat.user("bob", account="bob")
    for target, place in (("#tea", "#tea"), ("bob", US)):
        msgid = said(alice, f"PRIVMSG {target} :oops")
        alice.sends(f"REDACT {target} {msgid} :sorry")
        (chronicle,) = (each for each in chat.effects if isinstance(each, Chronicle))
        assert chronicle.place == place
        assert chronicle.by is alice.session
        assert chronicle.message.params == (target, msgid, "sorry")
        assert chronicle.message.tags["msgid"] not in ("", msgid)
        assert "alice PRIVMSG" not in str(chat.historian.said(place))


def test_of_what_strangers_say_in_private_nothing_is_to_be_taken_out() -> None:
    chat = KeptChat()
    alice = chat.user("alice", caps=CAPS)
    chat.user("bob")
    msgid = said(alice, "PRIVMSG bob :oops")
    alice.sends(f"REDACT bob {msgid}")
    assert kept(chat) == []


@pytest.mark.parametrize("line", ["PRIVMSG", "NOTICE", "TAGMSG"])
def test_what_was_said_long_ago_is_taken_back_by_its_account(line: str) -> None:
    chat = KeptChat(accounts=(ALICE,))
    old = chat.notes("#tea", f"al {line} #tea :oops", account="Alice")
    alice = chat.user("alice", "#tea", caps=CAPS, account="alice")
    bob = chat.user("bob", "#tea", caps=CAPS)
    assert bob.does(f"REDACT #tea {old}") == [f"FAIL REDACT REDACT_FORBIDDEN #tea {old}"]
    assert alice.does(f"REDACT #tea {old} :sorry") == [f"alice REDACT #tea {old} sorry"]
    assert bob.hears() == [f"alice REDACT #tea {old} sorry"]
    assert alice.does(f"REDACT #tea {old}") == [f"FAIL REDACT UNKNOWN_MSGID #tea {old}"]


def test_what_somebody_without_an_account_said_is_nobodys_own_any_more() -> None:
    chat = KeptChat()
    old = chat.keeps("#tea", "oops", "bob")
    chat.user("alice", "#tea")
    bob = chat.user("bob", "#tea", caps=CAPS)
    assert bob.does(f"REDACT #tea {old}") == [f"FAIL REDACT REDACT_FORBIDDEN #tea {old}"]


def test_room_operators_take_back_anything_at_any_time() -> None:
    chat = KeptChat(Settings(limits=Limits(redact_seconds=60)), (BOB,))
    old = chat.keeps("#tea", "spam", "bob", account="bob")
    alice = chat.user("alice", "#tea", caps=CAPS)
    bob = chat.user("bob", "#tea", caps=CAPS, account="bob")
    chat.passes(61)
    expired = [f"FAIL REDACT REDACT_WINDOW_EXPIRED #tea {old} 60"]
    assert bob.does(f"REDACT #tea {old}") == expired
    assert alice.does(f"REDACT #tea {old}") == [f"alice REDACT #tea {old}"]


def test_only_messages_are_taken_back() -> None:
    chat = KeptChat()
    (alice,) = chat.users("alice", room="#tea", caps=CAPS)
    (joined,) = (each.message.tags["msgid"] for each in chat.historian.kept["#tea"])
    for msgid in (joined, "1-fff", "nonsense"):
        assert alice.does(f"REDACT #tea {msgid}") == [f"FAIL REDACT UNKNOWN_MSGID #tea {msgid}"]


def test_in_private_it_takes_an_account_to_take_back_what_was_said_long_ago() -> None:
    chat = KeptChat(accounts=(ALICE, BOB))
    hers, his = chat.keeps(US, "oops", "alice"), chat.keeps(US, "hm", "bob")
    alice = chat.user("alice", caps=CAPS, account="alice")
    eve = chat.user("eve", caps=CAPS)
    assert eve.does(f"REDACT bob {hers}") == [f"FAIL REDACT UNKNOWN_MSGID bob {hers}"]
    assert alice.does(f"REDACT bob {his}") == [f"FAIL REDACT REDACT_FORBIDDEN bob {his}"]
    assert alice.does(f"REDACT bob {hers}") == [f"alice REDACT bob {hers}"]
    assert [each.message.tags["msgid"] for each in chat.historian.kept[US]][:1] == [his]
    bob = chat.user("bob", caps=CAPS, account="bob")
    chat.forget()
    assert bob.does(f"REDACT alice {his}") == [f"bob REDACT alice {his}"]
    assert alice.hears() == [f"bob REDACT alice {his}"]


def test_who_has_lost_the_right_meanwhile_takes_nothing_back() -> None:
    chat = KeptChat()
    in_room, between = chat.keeps("#tea", "oops", "bob"), chat.keeps(US, "oops", "alice")
    alice = chat.user("alice", "#tea", caps=CAPS, account="alice")
    chat.user("bob", account="bob")
    other = chat.device("alice")
    chat.waits = True
    alice.sends(f"REDACT #tea {in_room}")
    other.sends("PART #tea")
    alice.lines.clear()
    chat.answers()
    assert alice.hears() == ["FAIL REDACT INVALID_TARGET #tea"]
    alice.sends(f"REDACT bob {between}")
    alice.session.user.account = ""
    chat.answers()
    assert alice.hears() == ["FAIL REDACT INVALID_TARGET bob"]
    assert kept(chat) == []


def test_a_room_that_was_renamed_meanwhile_is_another_target() -> None:
    chat = KeptChat()
    old = chat.keeps("#tea", "oops", "bob")
    alice, bob = chat.users("alice", "bob", room="#tea", caps=f"{CAPS} draft/channel-rename")
    chat.waits = True
    alice.sends(f"REDACT #tea {old}")
    other = chat.user("carol", "#Tea")
    assert other.session.user.rooms
    chat.world.rename_room(chat.world.rooms["#tea"], "#coffee")
    alice.lines.clear()
    chat.answers()
    assert alice.hears() == ["FAIL REDACT INVALID_TARGET #tea"]
    assert bob.session.user.rooms


def test_an_archive_that_cannot_be_read_is_told() -> None:
    chat = KeptChat()
    old = chat.keeps("#tea", "oops", "bob")
    (alice,) = chat.users("alice", room="#tea", caps=CAPS)
    chat.waits = True
    alice.sends(f"REDACT #tea {old}")
    chat.answers(None)
    assert alice.hears() == [f"FAIL REDACT UNKNOWN_MSGID #tea {old}"]


def test_what_is_no_longer_kept_can_be_taken_out_all_the_same() -> None:
    chat = KeptChat(Settings(history=HistoryRules(kept=False)))
    old = chat.keeps("#tea", "oops", "bob")
    (alice,) = chat.users("alice", room="#tea", caps=CAPS)
    alice.sends(f"REDACT #tea {old}")
    assert "bob PRIVMSG" not in str(chat.historian.said("#tea"))
