"""REDACT: who may take back what."""

from __future__ import annotations

from .language import Chat, Client, limited

CAPS = "message-tags echo-message draft/message-redaction"


def said(client: Client, line: str) -> str:
    """Say this; the id it was given."""
    return client.asks(line)[0].tags["msgid"]


def test_ones_own_message_is_taken_back_from_those_who_understand_it() -> None:
    chat = Chat()
    alice, bob = chat.users("alice", "bob", room="#tea", caps=CAPS)
    plain = chat.user("plain", "#tea", caps="message-tags")
    quiet = chat.user("quiet", "#tea", caps="draft/message-redaction message-tags")
    msgid = said(bob, "PRIVMSG #tea :oops")
    chat.forget()
    assert bob.does(f"REDACT #TEA {msgid} :bad example") == [
        f"bob REDACT #tea {msgid} :bad example"
    ]
    assert alice.hears() == quiet.hears() == [f"bob REDACT #tea {msgid} :bad example"]
    assert plain.hears() == []
    assert bob.does(f"REDACT #tea {msgid}") == [f"FAIL REDACT UNKNOWN_MSGID #tea {msgid}"]
    assert alice.session.user.nick == "alice"


def test_without_echo_the_sender_is_told_nothing() -> None:
    chat = Chat()
    alice, bob = chat.users("alice", "bob", room="#tea", caps=CAPS)
    alice.sends("CAP REQ -echo-message")
    alice.sends("PRIVMSG #tea :oops")
    msgid = bob.take()[-1].tags["msgid"]
    assert alice.does(f"REDACT #tea {msgid}") == []
    assert bob.hears() == [f"alice REDACT #tea {msgid}"]


def test_room_operators_take_back_anybodys() -> None:
    chat = Chat()
    alice, bob = chat.users("alice", "bob", room="#tea", caps=CAPS)
    theirs, hers = said(bob, "NOTICE #tea :spam"), said(alice, "PRIVMSG #tea :no spam")
    reacted = said(bob, "@+draft/react=x TAGMSG #tea")
    chat.forget()
    assert bob.does(f"REDACT #tea {hers}") == [f"FAIL REDACT REDACT_FORBIDDEN #tea {hers}"]
    assert alice.does(f"REDACT #tea {theirs} spam") == [f"alice REDACT #tea {theirs} spam"]
    assert alice.does(f"REDACT #tea {reacted}") == [f"alice REDACT #tea {reacted}"]


def test_the_time_for_it_runs_out_for_all_but_operators() -> None:
    chat = Chat(limited(redact_seconds=60))
    alice, bob = chat.users("alice", "bob", room="#tea", caps=CAPS)
    msgid = said(bob, "PRIVMSG #tea :oops")
    chat.passes(61)
    assert bob.does(f"REDACT #tea {msgid}") == [
        f"FAIL REDACT REDACT_WINDOW_EXPIRED #tea {msgid} 60"
    ]
    assert alice.does(f"REDACT #tea {msgid}") == [f"alice REDACT #tea {msgid}"]


def test_only_the_latest_are_known() -> None:
    chat = Chat(limited(recent_messages=2))
    (alice,) = chat.users("alice", room="#tea", caps=CAPS)
    first, second, _ = (said(alice, f"PRIVMSG #tea :{n}") for n in range(3))
    assert alice.does(f"REDACT #tea {first}") == [f"FAIL REDACT UNKNOWN_MSGID #tea {first}"]
    assert alice.does(f"REDACT #tea {second}") == [f"alice REDACT #tea {second}"]


def test_who_is_not_in_the_room_learns_nothing() -> None:
    chat = Chat()
    (alice,) = chat.users("alice", room="#tea", caps=CAPS)
    eve = chat.user("eve", caps=CAPS)
    msgid = said(alice, "PRIVMSG #tea :oops")
    assert eve.does(f"REDACT #tea {msgid}") == ["FAIL REDACT INVALID_TARGET #tea"]
    assert eve.does(f"REDACT #nowhere {msgid}") == ["FAIL REDACT INVALID_TARGET #nowhere"]
    assert eve.does(f"REDACT nobody {msgid}") == ["FAIL REDACT INVALID_TARGET nobody"]
    assert eve.does(f"REDACT alice {msgid}") == [f"FAIL REDACT UNKNOWN_MSGID alice {msgid}"]


def test_in_private_one_takes_back_ones_own() -> None:
    chat = Chat()
    alice, bob, eve = (chat.user(nick, caps=CAPS) for nick in ("alice", "bob", "eve"))
    msgid = said(alice, "PRIVMSG bob :oops")
    chat.forget()
    assert bob.does(f"REDACT alice {msgid}") == [f"FAIL REDACT REDACT_FORBIDDEN alice {msgid}"]
    assert eve.does(f"REDACT alice {msgid}") == [f"FAIL REDACT UNKNOWN_MSGID alice {msgid}"]
    assert alice.does(f"REDACT eve {msgid}") == [f"FAIL REDACT UNKNOWN_MSGID eve {msgid}"]
    assert alice.does(f"REDACT Bob {msgid} :not you") == [f"alice REDACT bob {msgid} :not you"]
    assert bob.hears() == [f"alice REDACT bob {msgid} :not you"]
    assert alice.does(f"REDACT bob {msgid}") == [f"FAIL REDACT UNKNOWN_MSGID bob {msgid}"]


def test_a_message_of_several_lines_is_taken_back_as_one() -> None:
    chat = Chat()
    alice, bob = chat.users("alice", "bob", room="#tea", caps=f"{CAPS} batch draft/multiline")
    alice.sends("BATCH +1 draft/multiline #tea")
    alice.sends("@batch=1 PRIVMSG #tea :x")
    msgid = alice.asks("BATCH -1")[0].tags["msgid"]
    chat.forget()
    assert alice.does(f"REDACT #tea {msgid}") == [f"alice REDACT #tea {msgid}"]
    assert bob.hears() == [f"alice REDACT #tea {msgid}"]


def test_who_has_left_holds_nobody_in_memory() -> None:
    chat = Chat()
    alice, bob = chat.users("alice", "bob", room="#tea", caps=CAPS)
    chat.user("carol", caps=CAPS)
    said(alice, "PRIVMSG bob :hi")
    said(bob, "PRIVMSG carol :hi")
    alice.does("INVITE bob #tea")
    left = bob.session.user  # alice's message to bob still names him
    bob.sends("QUIT")
    assert left.recent is None
    assert not left.invitations
