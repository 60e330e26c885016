"""EDIT: another text for what was said, and who is told in which form."""

from __future__ import annotations

import pytest

from trio_chat.core.accounts import Account
from trio_chat.core.effects import Chronicle, Deed
from trio_chat.core.history import EDIT_TEXT, TARGET_MSGID
from trio_chat.core.settings import Limits, Settings

from .historian import KeptChat, texts
from .language import START, Chat, Client, limited
from .test_redaction import said

CAPS = "message-tags echo-message draft/message-edit"
HISTORY = f"{CAPS} batch server-time draft/chathistory"

ALICE, BOB = Account("alice", START), Account("bob", START)


def told(client: Client) -> list[tuple[str, str, str]]:
    """The edits that somebody hears of: by whom, of what, and the new text."""
    return [
        (each.nick, each.tags[TARGET_MSGID], each.tags[EDIT_TEXT])
        for each in client.take()
        if each.command == "EDIT"
    ]


def test_all_are_told_each_in_a_form_they_know() -> None:
    chat = Chat()
    alice, bob = chat.users("alice", "bob", room="#Tea", caps=CAPS)
    plain = chat.user("plain", "#tea")
    tagged = chat.user("tagged", "#tea", caps="message-tags")
    untagged = chat.user("untagged", "#tea", caps="draft/message-edit")
    msgid = said(bob, "PRIVMSG #tea :anex ample")
    chat.forget()
    (echo,) = bob.asks(f"EDIT #TEA {msgid} :an example")
    assert (echo.command, echo.params, echo.nick) == ("EDIT", ("#Tea",), "bob")
    assert echo.tags[TARGET_MSGID] == msgid
    assert echo.tags[EDIT_TEXT] == "an example"
    assert echo.tags["msgid"] != msgid
    assert told(alice) == [("bob", msgid, "an example")]
    assert plain.hears() == untagged.hears() == ["bob PRIVMSG #Tea :* an example"]
    (correction,) = tagged.take()
    assert correction.tags == {"msgid": echo.tags["msgid"], "+draft/reply": msgid}
    assert [(each.deed, each.text) for each in chat.reports] == [(Deed.SAID, "* an example")]


def test_what_the_proposal_says_in_tags_is_understood() -> None:
    chat = Chat()
    alice, bob = chat.users("alice", "bob", room="#tea", caps=CAPS)
    msgid = said(bob, "PRIVMSG #tea :oops")
    chat.forget()
    bob.sends(rf"@draft/target-msgid={msgid};draft/edit-text=an\sexample EDIT #tea")
    assert told(alice) == told(bob) == [("bob", msgid, "an example")]
    assert bob.does("EDIT #tea") == ["461 bob EDIT"]
    assert bob.does(f"@draft/target-msgid={msgid} EDIT #tea") == ["461 bob EDIT"]


def test_notices_and_actions_stay_what_they_are() -> None:
    chat = Chat()
    alice, bob = chat.users("alice", "bob", room="#tea", caps=CAPS)
    plain = chat.user("plain", "#tea")
    notice, action = said(bob, "NOTICE #tea :a"), said(bob, "PRIVMSG #tea :\x01ACTION b\x01")
    chat.forget()
    bob.sends(f"EDIT #tea {notice} :c")
    bob.sends(f"EDIT #tea {action} :\x01ACTION d\x01")
    assert plain.hears() == ["bob NOTICE #tea :* c", "bob PRIVMSG #tea :\x01ACTION * d\x01"]
    assert told(alice) == [("bob", notice, "c"), ("bob", action, "\x01ACTION d\x01")]
    assert [each.deed for each in chat.reports] == [Deed.NOTICED, Deed.SAID]


def test_without_echo_the_sender_is_told_nothing_but_a_second_client_is() -> None:
    chat = Chat(accounts=(ALICE,))
    alice = chat.user("alice", "#tea", caps="message-tags draft/message-edit", account="alice")
    phone = chat.device("alice", caps="message-tags draft/message-edit")
    desk = chat.device("alice", caps="message-tags")
    bob = chat.user("bob", "#tea", caps=CAPS)
    alice.sends("PRIVMSG #tea :oops")
    msgid = bob.take()[-1].tags["msgid"]
    phone.sends("PRIVMSG bob :oops")
    private = bob.take()[-1].tags["msgid"]
    chat.forget()
    assert alice.does(f"EDIT #tea {msgid} :a") == []
    assert told(phone) == told(bob) == [("alice", msgid, "a")]
    assert desk.hears() == ["alice PRIVMSG #tea :* a"]
    assert alice.does(f"EDIT bob {private} :b") == []
    assert told(phone) == told(bob) == [("alice", private, "b")]
    assert desk.hears() == ["alice PRIVMSG bob :* b"]


def test_only_ones_own_may_be_edited_and_only_for_a_time() -> None:
    chat = Chat(limited(edit_seconds=60))
    alice, bob = chat.users("alice", "bob", room="#tea", caps=CAPS)
    msgid, private = said(bob, "PRIVMSG #tea :oops"), said(bob, "PRIVMSG alice :oops")
    chat.forget()
    assert alice.does(f"EDIT #tea {msgid} :x") == [f"FAIL EDIT EDIT_FORBIDDEN #tea {msgid}"]
    assert alice.does(f"EDIT bob {private} :x") == [f"FAIL EDIT EDIT_FORBIDDEN bob {private}"]
    chat.passes(61)
    expired = f"FAIL EDIT EDIT_WINDOW_EXPIRED #tea {msgid} 60"
    assert bob.does(f"EDIT #tea {msgid} :x") == [expired]
    chat = KeptChat()
    alice, bob = chat.users("alice", "bob", room="#tea", caps=CAPS)
    assert bob.does("EDIT #tea 9-9 :x") == ["FAIL EDIT UNKNOWN_MSGID #tea 9-9"]
    assert bob.does("EDIT #no 9-9 :x") == ["FAIL EDIT INVALID_TARGET #no"]
    assert bob.does("EDIT nobody 9-9 :x") == ["FAIL EDIT INVALID_TARGET nobody"]
    assert alice.hears() == []


def test_a_text_may_be_edited_again_and_taken_back() -> None:
    chat = Chat()
    alice, bob = chat.users("alice", "bob", room="#tea", caps=f"{CAPS} draft/message-redaction")
    msgid = said(bob, "PRIVMSG #tea :a")
    first = said(bob, f"EDIT #tea {msgid} :b")
    chat.forget()
    bob.sends(f"EDIT #tea {msgid} :c")
    assert told(alice) == [("bob", msgid, "c")]
    assert bob.does(f"REDACT #tea {first}") == [f"FAIL REDACT UNKNOWN_MSGID #tea {first}"]
    assert bob.does(f"REDACT #tea {msgid}") == [f"bob REDACT #tea {msgid}"]
    assert bob.does(f"EDIT #tea {msgid} :d") == [f"FAIL EDIT UNKNOWN_MSGID #tea {msgid}"]


@pytest.mark.parametrize("text", ["", r"two\nlines", r"two\rlines", "\x01VERSION\x01"])
def test_what_is_no_text_of_a_message_is_refused(text: str) -> None:
    chat = Chat()
    (alice,) = chat.users("alice", room="#tea", caps=CAPS)
    msgid = said(alice, "PRIVMSG #tea :a")
    line = f"@draft/target-msgid={msgid};draft/edit-text={text} EDIT #tea"
    assert alice.does(line) == [f"FAIL EDIT INVALID_EDIT #tea {msgid}"]


def test_a_message_without_a_text_gets_none() -> None:
    chat = Chat()
    (alice,) = chat.users("alice", room="#tea", caps=CAPS)
    msgid = said(alice, "@+draft/react=x TAGMSG #tea")
    assert alice.does(f"EDIT #tea {msgid} :a") == [f"FAIL EDIT INVALID_EDIT #tea {msgid}"]


def test_what_may_not_be_said_may_not_be_made_of_a_message() -> None:
    chat = Chat()
    alice, bob = chat.users("alice", "bob", room="#tea", caps=CAPS)
    msgid = said(bob, "PRIVMSG #tea :a")
    alice.sends("MODE #tea +c")
    assert bob.does(f"EDIT #tea {msgid} :\x0304red")[-1] == "404 bob #tea"
    alice.sends("MODE #tea -c+S")
    bob.sends(f"EDIT #tea {msgid} :\x0304red")
    assert told(bob)[-1] == ("bob", msgid, "red")
    alice.sends("MODE #tea +m")
    assert bob.does(f"EDIT #tea {msgid} :b")[-1] == "404 bob #tea"
    alice.sends("MODE #tea -m")
    bob.lines.clear()
    room_for = 512 - len(f":{bob.source} PRIVMSG #tea :* \r\n")
    assert bob.does(f"EDIT #tea {msgid} :{'x' * (room_for + 1)}") == ["417 bob"]
    bob.sends(f"EDIT #tea {msgid} :{'x' * room_for}")
    assert told(bob) == [("bob", msgid, "x" * room_for)]


def test_who_wants_no_messages_from_somebody_is_told_of_no_edits() -> None:
    chat = Chat()
    alice, bob = chat.user("alice", caps=CAPS), chat.user("bob", caps=CAPS)
    msgid = said(bob, "PRIVMSG alice :a")
    alice.sends("MODE alice +g")
    chat.forget()
    heard = [each.command for each in bob.asks(f"EDIT alice {msgid} :b")]
    assert heard == ["716", "717"]
    assert "EDIT" not in " ".join(alice.hears())


def test_a_message_of_several_lines_becomes_one_line() -> None:
    chat = KeptChat()
    alice = chat.user("alice", "#tea", caps=f"{HISTORY} draft/multiline")
    batch = (
        "BATCH +1 draft/multiline #tea",
        "@batch=1 PRIVMSG #tea :a",
        "@batch=1 PRIVMSG #tea :b",
    )
    for line in batch:
        alice.sends(line)
    msgid = alice.asks("BATCH -1")[0].tags["msgid"]
    alice.sends(f"EDIT #tea {msgid} :one")
    assert texts(alice, "CHATHISTORY LATEST #tea * 9") == ["one"]


# -- history


def test_an_edit_is_kept_and_waited_for() -> None:
    chat = KeptChat()
    (alice,) = chat.users("alice", room="#tea", caps=HISTORY)
    msgid = said(alice, "PRIVMSG #tea :oops")
    alice.sends(f"EDIT #tea {msgid} :better")
    (kept,) = [each for each in chat.effects if isinstance(each, Chronicle)]
    assert (kept.place, kept.by, kept.is_closed) == ("#tea", alice.session, False)
    assert kept.message.command == "EDIT"
    (now,) = [each for each in alice.asks("CHATHISTORY LATEST #tea * 9") if each.params[1:]][1:]
    assert (now.params[1], now.tags["msgid"]) == ("better", msgid)


def test_that_it_was_edited_is_shown_to_those_who_ask_and_know_what_it_is() -> None:
    chat = KeptChat()
    (alice,) = chat.users("alice", room="#tea", caps=HISTORY)
    knows = chat.user("knows", "#tea", caps=f"{HISTORY} draft/event-playback")
    other = HISTORY.replace("draft/message-edit", "draft/event-playback")
    lacks = chat.user("lacks", "#tea", caps=other)
    msgid = said(alice, "PRIVMSG #tea :oops")
    alice.sends(f"EDIT #tea {msgid} :better")
    asked = "CHATHISTORY LATEST #tea * 9"
    assert "EDIT" in [each.command for each in knows.asks(asked)]
    for client in (alice, lacks):
        assert "EDIT" not in [each.command for each in client.asks(asked)]


def test_what_was_said_long_ago_is_edited_by_its_account() -> None:
    chat = KeptChat(Settings(limits=Limits(recent_messages=1)), accounts=(ALICE, BOB))
    alice = chat.user("alice", "#tea", caps=HISTORY, account="alice")
    bob = chat.user("bob", "#tea", caps=HISTORY, account="bob")
    room = chat.keeps("#tea", "a", account="alice")
    private = chat.keeps(("alice", "bob"), "b", "alice")
    foreign = chat.keeps(("alice", "bob"), "c", "bob")
    reaction = chat.notes("#tea", "alice TAGMSG #tea", account="alice")
    alice.sends(f"EDIT #tea {room} :A")
    alice.sends(f"EDIT bob {private} :B")
    assert told(bob) == [("alice", room, "A"), ("alice", private, "B")]
    assert texts(bob, "CHATHISTORY LATEST alice * 9") == ["B", "c"]
    alice.lines.clear()
    assert alice.does(f"EDIT bob {foreign} :C") == [f"FAIL EDIT EDIT_FORBIDDEN bob {foreign}"]
    assert bob.does(f"EDIT #tea {room} :C") == [f"FAIL EDIT EDIT_FORBIDDEN #tea {room}"]
    assert alice.does(f"EDIT #tea {reaction} :C") == [f"FAIL EDIT INVALID_EDIT #tea {reaction}"]
    bob.vanishes()
    alice.sends(f"EDIT bob {private} :D")
    assert told(alice) == [("alice", private, "D")]


def test_who_came_back_may_edit_what_their_account_has_just_said() -> None:
    chat = KeptChat(accounts=(ALICE, BOB))
    chat.user("host", "#tea")
    alice = chat.user("alice", "#tea", caps=HISTORY, account="alice")
    msgid = said(alice, "PRIVMSG #tea :oops")
    alice.vanishes()
    again = chat.user("alice2", "#tea", caps=HISTORY, account="alice")
    bob = chat.user("bob", "#tea", caps=HISTORY, account="bob")
    again.sends(f"EDIT #tea {msgid} :better")
    assert told(bob) == [("alice2", msgid, "better")]
    assert bob.does(f"EDIT #tea {msgid} :x") == [f"FAIL EDIT EDIT_FORBIDDEN #tea {msgid}"]


def test_what_is_edited_in_secret_is_shown_to_nobody_else() -> None:
    chat = KeptChat()
    (alice,) = chat.users("alice", room="#tea", caps=CAPS)
    alice.sends("MODE #tea +s")
    msgid = said(alice, "PRIVMSG #tea :a")
    chat.waits = True
    alice.sends(f"EDIT #tea {msgid} :b")
    assert chat.reports == []
    (kept,) = [each for each in chat.effects if isinstance(each, Chronicle)]
    assert kept.is_closed
