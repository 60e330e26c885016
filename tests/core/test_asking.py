"""Commands that wait for an answer: order, labels, and what may happen meanwhile."""

from __future__ import annotations

import pytest

from trio_chat.core.asking import WAITING_LINES
from trio_chat.core.events import Answered

from .staff import answer, log_in, operator, questions, staffed

LABELS = "batch labeled-response"


def test_lines_behind_a_question_wait_for_its_answer_in_order() -> None:
    chat = staffed()
    alice = chat.user("alice")
    alice.sends("OPER root :open sesame")
    assert alice.does("PING one") == []
    assert alice.does("PING two") == []
    answer(chat, alice, True)
    assert alice.hears() == [
        "381 alice :You are now an IRC operator",
        "alice MODE alice +o",
        "PONG trio-chat.local one",
        "PONG trio-chat.local two",
    ]


def test_a_question_among_the_lines_that_waited_makes_the_rest_wait_again() -> None:
    chat = staffed()
    alice = chat.user("alice")
    for line in ("OPER root a", "OPER root b", "PING one"):
        alice.sends(line)
    answer(chat, alice, False)
    assert alice.hears() == ["464 alice"]
    assert len(questions(chat)) == 1
    answer(chat, alice, False)
    assert alice.hears() == ["464 alice", "PONG trio-chat.local one"]


def test_others_go_on_meanwhile() -> None:
    chat = staffed()
    alice, bob = chat.users("alice", "bob", room="#tea")
    alice.sends("OPER root x")
    bob.sends("PRIVMSG #tea :hi")
    assert alice.hears() == ["bob PRIVMSG #tea :hi"]


def test_what_an_answer_leads_to_is_one_labelled_response() -> None:
    chat = staffed()
    alice = chat.user("alice", caps=LABELS)
    assert alice.asks("@label=one OPER root x") == []
    alice.sends("@label=two PING x")
    answer(chat, alice, True)
    start, *inside, end, pong = alice.take()
    assert (start.command, start.params[1], start.tags["label"]) == (
        "BATCH",
        "labeled-response",
        "one",
    )
    assert [message.command for message in inside] == ["381", "MODE"]
    assert all(message.tags["batch"] == start.params[0][1:] for message in inside)
    assert end.params == (f"-{start.params[0][1:]}",)
    assert (pong.command, pong.tags["label"]) == ("PONG", "two")


def test_a_single_labelled_answer_carries_the_label() -> None:
    chat = staffed()
    alice = chat.user("alice", caps=LABELS)
    alice.sends("@label=one OPER root x")
    answer(chat, alice, False)
    (message,) = alice.take()
    assert (message.command, message.tags) == ("464", {"label": "one"})


def test_a_question_nobody_could_answer_is_told() -> None:
    chat = staffed()
    alice = chat.user("alice")
    alice.sends("OPER root x")
    answer(chat, alice, None)
    assert alice.hears() == ["400 alice OPER"]
    assert log_in(chat, alice)[0].startswith("381")


def test_an_answer_to_somebody_who_has_gone_is_nothing() -> None:
    chat = staffed()
    alice = chat.user("alice")
    alice.sends("OPER root x")
    alice.vanishes()
    answer(chat, alice, True)
    assert chat.effects == []


def test_an_answer_nobody_waits_for_is_nothing() -> None:
    chat = staffed()
    alice = chat.user("alice")
    chat.happens(Answered(alice.session.id, True, chat.at))
    assert chat.effects == []


def test_the_lines_that_wait_are_bounded() -> None:
    chat = staffed()
    alice = chat.user("alice")
    alice.sends("OPER root x")
    asked = alice.session.asked
    assert asked is not None
    for _ in range(WAITING_LINES):
        alice.sends("PING x")
    assert len(asked.waiting) == WAITING_LINES
    alice.sends("PING x")
    assert alice.closed == "Excess flood"


def test_who_quits_behind_a_question_goes_when_it_is_answered() -> None:
    chat = staffed()
    alice = chat.user("alice")
    for line in ("OPER root x", "QUIT :bye", "PING late"):
        alice.sends(line)
    assert alice.hears() == []
    answer(chat, alice, False)
    assert alice.closed == "Quit: bye"


def test_nobody_times_out_for_an_answer_that_takes_long() -> None:
    chat = staffed()
    alice = chat.user("alice")
    alice.sends("OPER root x")
    for _ in range(100):
        chat.passes(30)
    assert not alice.closed
    answer(chat, alice, False)
    alice.hears()
    chat.passes(90)
    assert alice.hears() == ["PING trio-chat.local"]


@pytest.mark.parametrize("line", [b"\xff", b"@label=1 " + b"x" * 600, b":alice"])
def test_malformed_lines_wait_too(line: bytes) -> None:
    chat = staffed()
    alice = operator(chat, "alice")
    alice.sends("REHASH")
    assert alice.does(line) == []
    answer(chat, alice, None)
    assert len(alice.hears()) == 2


def test_what_waited_before_a_change_of_capabilities_is_answered_as_it_was_asked() -> None:
    chat = staffed()
    alice = chat.user("alice", caps=LABELS)
    for line in ("@label=1 OPER root x", "@label=2 PING a", "@label=3 CAP REQ :-labeled-response"):
        alice.sends(line)
    alice.sends("CAP REQ :server-time")
    alice.sends("PING b")
    answer(chat, alice, False)
    tags = [(message.command, *message.tags) for message in alice.take()]
    assert tags == [
        *[("464", "label"), ("PONG", "label"), ("CAP", "label"), ("CAP",), ("PONG", "time")],
    ]
