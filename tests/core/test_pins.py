"""PIN, UNPIN, PINS: who pins what, who is told, and what is shown."""

from __future__ import annotations

import pytest

from trio_chat.core.effects import Chronicle
from trio_chat.core.history_rules import HistoryRules
from trio_chat.core.settings import Limits, Settings

from .historian import KeptChat
from .language import Chat, Client
from .staff import ROOT, log_in
from .test_redaction import said

CAPS = "message-tags echo-message batch server-time draft/message-redaction trio-chat/pins"


def pinned(client: Client, room: str = "#tea") -> list[str]:
    """The texts of what is shown as pinned."""
    opening, *messages, closing = client.asks(f"PINS {room}")
    assert opening.params[1:] == ("trio-chat/pins", room)
    assert closing.params[0] == f"-{opening.params[0][1:]}"
    assert all("time" in each.tags and "msgid" in each.tags for each in messages)
    return [each.params[-1] for each in messages]


def test_half_operators_pin_and_all_members_see_it() -> None:
    chat = KeptChat()
    alice, bob, carol = chat.users("alice", "bob", "carol", room="#tea", caps=CAPS)
    alice.sends("MODE #tea +h bob")
    late, early = chat.keeps("#tea", "b", "bob"), chat.keeps("#tea", "a")
    chat.forget()
    assert carol.does(f"PIN #tea {early}") == ["482 carol #tea"]
    assert carol.does(f"UNPIN #tea {early}") == ["482 carol #tea"]
    assert bob.does(f"PIN #TEA {early}") == [f"bob PIN #tea {early}"]
    assert alice.does(f"PIN #tea {late}") == [f"alice PIN #tea {late}"]
    assert carol.hears() == [f"bob PIN #tea {early}", f"alice PIN #tea {late}"]
    assert pinned(carol) == ["b", "a"]
    assert alice.does(f"UNPIN #tea {early}") == [f"alice UNPIN #tea {early}"]
    assert pinned(carol) == ["b"]


def test_what_has_no_text_is_pinned_too() -> None:
    chat = KeptChat()
    (alice,) = chat.users("alice", room="#tea", caps="message-tags")
    msgid = chat.keeps("#tea", "\n", "bob")
    alice.sends(f"PIN #tea {msgid}")
    assert [each.params[-1] for each in alice.take()] == ["alice has pinned <bob> "]


def test_it_is_kept_and_waited_for() -> None:
    chat = KeptChat()
    (alice,) = chat.users("alice", room="#tea", caps=CAPS)
    msgid = chat.keeps("#tea", "a")
    for command in ("PIN", "UNPIN"):
        chat.waits = True
        alice.sends(f"{command} #tea {msgid}")
        chat.answers()
        (kept,) = [each for each in chat.effects if isinstance(each, Chronicle)]
        assert (kept.message.command, kept.by) == (command, alice.session)
        assert not kept.is_closed


def test_others_read_a_notice_once_and_the_pins_as_notices() -> None:
    chat = KeptChat()
    alice = chat.user("alice", "#tea")
    tagged = chat.user("tagged", "#tea", caps="message-tags")
    msgid = chat.keeps("#tea", "\x01ACTION waves\x01", "bob")
    several = chat.keeps("#tea", "\nTea\nat five", "bob")
    chat.forget()
    assert alice.does(f"PIN #tea {msgid}") == ["NOTICE #tea :alice has pinned * bob waves"]
    (told,) = tagged.take()
    assert told.tags == {"+draft/reply": msgid}
    assert alice.does(f"PIN #tea {several}") == ["NOTICE #tea :alice has pinned <bob> Tea"]
    tagged.lines.clear()
    first, second, last = tagged.does("PINS #tea")
    assert first.startswith("NOTICE tagged :[2023-11-14T")
    assert first.endswith(f"* bob waves ({msgid})")
    assert second.endswith(f"<bob> Tea ({several})")
    assert last == "NOTICE tagged :That is all that is pinned in #tea"
    (answer,) = alice.does(f"UNPIN #tea {msgid}")
    assert answer == "NOTICE alice :The message is no longer pinned in #tea"
    assert tagged.hears() == []


def test_a_long_message_is_cut_in_a_notice() -> None:
    chat = KeptChat()
    alice = chat.user("alice", "#tea")
    msgid = chat.keeps("#tea", "x" * 450, "bob")
    alice.sends(f"PIN #tea {msgid}")
    assert 498 < len(alice.lines[-1]) <= 512


def test_what_cannot_be_pinned_is_refused() -> None:
    chat = KeptChat(Settings(limits=Limits(pins_per_room=2)))
    alice, _ = chat.users("alice", "bob", room="#tea", caps=CAPS)
    ids = [chat.keeps("#tea", text) for text in "abc"]
    elsewhere, join = chat.keeps("#den", "x"), chat.notes("#tea", "bob JOIN #tea")
    for msgid in (elsewhere, join, "9-9", "nonsense"):
        assert alice.does(f"PIN #tea {msgid}") == [f"FAIL PIN UNKNOWN_MSGID #tea {msgid}"]
    for msgid in ids[:2]:
        alice.sends(f"PIN #tea {msgid}")
    alice.lines.clear()
    assert alice.does(f"PIN #tea {ids[0]}") == [f"FAIL PIN ALREADY_PINNED #tea {ids[0]}"]
    assert alice.does(f"PIN #tea {ids[2]}") == [f"FAIL PIN TOO_MANY_PINS #tea {ids[2]} 2"]
    for msgid in (ids[2], "nonsense"):
        assert alice.does(f"UNPIN #tea {msgid}") == [f"FAIL UNPIN NOT_PINNED #tea {msgid}"]
    assert alice.does(f"PIN #no {ids[0]}") == ["403 alice #no"]


def test_only_members_see_pins() -> None:
    chat = KeptChat()
    chat.users("alice", room="#tea", caps=CAPS)
    eve = chat.user("eve", caps=CAPS)
    assert eve.does("PINS #tea") == ["442 eve #tea"]
    assert eve.does("PIN #tea 1-1") == ["442 eve #tea"]
    assert eve.does("PINS #no") == ["403 eve #no"]


def test_a_server_operator_pins_from_outside() -> None:
    chat = KeptChat(Settings(operators=(ROOT,)))
    (alice,) = chat.users("alice", room="#tea", caps=CAPS)
    root = chat.user("root", caps=CAPS)
    log_in(chat, root)
    msgid = chat.keeps("#tea", "a")
    assert root.does(f"PIN #tea {msgid}") == [f"root PIN #tea {msgid}"]
    assert alice.hears()[-1] == f"root PIN #tea {msgid}"


def test_who_is_no_longer_operator_or_member_when_the_archive_answers_is_refused() -> None:
    chat = KeptChat()
    alice, bob = chat.users("alice", "bob", room="#tea", caps=CAPS)
    alice.sends("MODE #tea +h bob")
    msgid = chat.keeps("#tea", "a")
    for line in (f"PIN #tea {msgid}", f"UNPIN #tea {msgid}", "PINS #tea"):
        chat.waits = True
        bob.sends(line)
        alice.sends("KICK #tea bob")
        bob.lines.clear()
        chat.answers()
        chat.waits = False
        assert bob.hears() == ["442 bob #tea"]
        bob.sends("JOIN #tea")
        alice.sends("MODE #tea +h bob")


@pytest.mark.parametrize("line", ["PIN #tea 1-1", "UNPIN #tea 1-1", "PINS #tea"])
def test_what_cannot_be_read_is_said(line: str) -> None:
    chat = KeptChat()
    (alice,) = chat.users("alice", room="#tea", caps=CAPS)
    chat.waits = True
    alice.sends(line)
    chat.answers(None)
    assert alice.hears() == [f"FAIL {line.split(' ')[0]} INTERNAL_ERROR #tea"]


def test_off_the_record_nothing_new_is_pinned() -> None:
    chat = KeptChat()
    (alice,) = chat.users("alice", room="#tea", caps=CAPS)
    old, other = chat.keeps("#tea", "a"), chat.keeps("#tea", "b")
    alice.sends(f"PIN #tea {old}")
    alice.sends("MODE #tea +E")
    alice.lines.clear()
    assert alice.does(f"PIN #tea {other}") == ["FAIL PIN NOTHING_KEPT #tea"]
    assert pinned(alice) == ["a"]
    alice.sends(f"UNPIN #tea {old}")
    assert pinned(alice) == []


def test_where_no_history_is_kept_there_are_no_pins() -> None:
    chat = Chat(accounts=None)
    (alice,) = chat.users("alice", room="#tea", caps="batch")
    assert "NAK" in alice.does("CAP REQ trio-chat/pins")[0]
    assert alice.does("PIN #tea 1-1") == ["FAIL PIN NOTHING_KEPT #tea"]
    assert alice.does("UNPIN #tea 1-1") == ["FAIL UNPIN NOT_PINNED #tea 1-1"]
    assert alice.does("PINS #tea") == ["NOTICE alice :That is all that is pinned in #tea"]
    kept = KeptChat(Settings(history=HistoryRules(kept=False)))
    (bob,) = kept.users("bob", room="#tea")
    assert bob.does("PIN #tea 1-1") == ["FAIL PIN NOTHING_KEPT #tea"]


def test_a_pin_follows_its_message_and_its_room() -> None:
    chat = KeptChat()
    (alice,) = chat.users("alice", room="#tea", caps=f"{CAPS} draft/channel-rename")
    first, second = said(alice, "PRIVMSG #tea :a"), said(alice, "PRIVMSG #tea :b")
    for msgid in (first, second):
        alice.sends(f"PIN #tea {msgid}")
    alice.sends(f"EDIT #tea {first} :A")
    assert pinned(alice) == ["A", "b"]
    alice.sends(f"REDACT #tea {second}")
    assert pinned(alice) == ["A"]
    alice.sends("RENAME #tea #coffee")
    assert pinned(alice, "#coffee") == ["A"]


def test_pins_are_played_back_to_those_who_know_them() -> None:
    chat = KeptChat()
    (alice,) = chat.users("alice", room="#tea", caps=CAPS)
    msgid = chat.keeps("#tea", "a")
    alice.sends(f"PIN #tea {msgid}")
    history = "batch message-tags draft/chathistory draft/event-playback"
    lacks, knows = chat.user("lacks", "#tea", caps=history), chat.user("knows", "#tea")
    knows.sends(f"CAP REQ :{history} trio-chat/pins")
    shown = [
        [each.command for each in client.asks("CHATHISTORY LATEST #tea * 9")]
        for client in (lacks, knows)
    ]
    assert ["PIN" in commands for commands in shown] == [False, True]
