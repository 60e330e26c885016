"""Whatever an operator sends, and however questions are answered: nothing breaks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from trio_chat.core.accounts import Account
from trio_chat.core.commands import TABLE
from trio_chat.core.effects import Ask
from trio_chat.core.events import AccountsChanged, Answered
from trio_chat.core.history import FindKept, Kept, Page, Pins, ReadPins
from trio_chat.core.privileges import Operator
from trio_chat.core.questions import CheckPassword, Question, Reading, ReadSettings
from trio_chat.core.services.chanserv import CHANSERV
from trio_chat.core.services.nickserv import NICKSERV
from trio_chat.wire.message import Message

from .language import Chat
from .owners import ALICE, answers_to
from .staff import HASH, ROOT, operator, staffed
from .test_anything import TIGHT, Says, check_heard, events, play, says, thorough, to_line

SETTINGS = replace(
    TIGHT,
    operators=(ROOT, Operator("a", HASH, masks=("192.0.2.0/24",), privileges=("kill",))),
    limits=replace(TIGHT.limits, accept_entries=2, whowas_entries=3, who_matches=3),
)

READINGS = (
    Reading("chat.toml", SETTINGS, notes=("a note",)),
    Reading("chat.toml", replace(SETTINGS, network="other", operators=SETTINGS.operators[1:])),
    Reading("a file", complaint="x" * 600),
    None,
)

COMMANDS = (
    *("OPER", "KILL", "REHASH", "WHO", "WHOIS", "WHOWAS", "ACCEPT", "STATS"),
    *("KLINE", "DLINE", "UNKLINE", "UNDLINE", "DEFCON", "REPORT", "REPORTS"),
    *("NS", "CS"),
)
WORDS = (
    *("a", "b", "*", "%tcuihsnfdlaor,1", "o", "-a", "root", "#r", "u", ""),
    *("1d", "b!*@*", "2", "192.0.2.9"),
)

spoken = st.builds(
    Says,
    st.just(0),
    st.builds(
        to_line,
        st.sampled_from(["", "@label=1 "]),
        st.sampled_from(COMMANDS),
        st.lists(st.sampled_from(WORDS), max_size=3),
        st.booleans(),
    ),
)


def crowd() -> Chat:
    chat = staffed(*SETTINGS.operators, settings=SETTINGS)
    operator(chat, "a", "#r", caps="batch labeled-response message-tags")
    chat.user("b", "#r").sends("MODE b +gR")
    chat.user("c", "#s").sends("MODE c +iw")
    chat.clients[1].session.user.account = "acc"
    chat.device("a", caps="batch labeled-response message-tags")
    chat.forget()
    return chat


_SAID = Message("PRIVMSG", ("#r", "x"), "b!b@h", {"msgid": "1-1"})
PINS = Pins((Kept(_SAID, 1.0),), Kept(_SAID, 1.0))


def _answers_to(question: Question) -> Sequence[object]:
    match question:
        case CheckPassword():
            return (True, False, None)
        case ReadSettings():
            return READINGS
        case ReadPins():
            return (PINS, Pins(()), None)
        case FindKept():
            return (Page(()), None)
        case _:
            return answers_to(question)


def answer_all(chat: Chat, choice: int) -> None:
    """Have every question of the last event answered, one way or another."""
    for effect in tuple(chat.effects):
        if isinstance(effect, Ask):
            answers = _answers_to(effect.question)
            answer = answers[choice % len(answers)]
            chat.happens(Answered(effect.session.id, answer, chat.at))
            answer_all(chat, choice + 1)


@thorough
@given(st.lists(st.tuples(st.one_of(spoken, spoken, says, events), st.integers(0, 9)), max_size=30))
def test_no_sequence_of_events_and_answers_breaks_the_chat(
    steps: list[tuple[Says | str, int]],
) -> None:
    chat = crowd()
    for event, choice in steps:
        play(chat, event)
        if choice:  # 0: the answer takes longer than the session lives, or for ever
            answer_all(chat, choice)
        for client in chat.clients.values():
            check_heard(client)


TO_SERVICES = sorted(
    {
        *(f"NS {word}" for word in (*NICKSERV.words, *NICKSERV.aliases)),
        *(f"CS {word}" for word in (*CHANSERV.words, *CHANSERV.aliases)),
    }
)
SAID = (
    *("a", "b", "acc", "alice", "#r", "#s", "#r #r", "#nowhere", "alice alice", "+o", "-o", "+qx"),
    *("ON", "OFF 1", "ADD " + "ab" * 32, "LIST", "1d", "", "é" * 60, "\u202e", ":", "x" * 300),
)
served = st.builds(
    Says,
    st.sampled_from([0, 0, 0, 1, 2, 3]),
    st.builds(
        lambda label, word, said: f"{label}{word} {' '.join(said)}",
        st.sampled_from(["", "@label=1 "]),
        st.sampled_from(TO_SERVICES),
        st.lists(st.sampled_from(SAID), max_size=3),
    ),
)


@thorough
@given(st.lists(st.tuples(st.one_of(served, served, spoken, events), st.integers(0, 9))))
@example([(Says(0, "CS REGISTER #r"), 1), (Says(0, "CS FLAGS #r alice +o"), 1)])
def test_no_sequence_of_words_to_services_breaks_the_chat(
    steps: list[tuple[Says | str, int]],
) -> None:
    chat = crowd()
    chat.happens(AccountsChanged((ALICE, Account("acc", chat.at)), (), chat.at))
    play(chat, Says(0, "CS REGISTER #r"))
    assert "#r" in chat.world.registered
    for event, choice in steps:
        play(chat, event)
        if choice:
            answer_all(chat, choice)
        for client in chat.clients.values():
            check_heard(client)


@pytest.mark.parametrize("word", TO_SERVICES)
def test_every_word_to_a_service_stands_anything_said(word: str) -> None:
    chat = crowd()
    for count in range(7):
        for said in SAID:
            play(chat, Says(0, f"@label=7 {word} {' '.join([said] * count)}"))
            answer_all(chat, count + 1)
            for client in chat.clients.values():
                check_heard(client)
            if chat.clients[1].closed or not chat.clients[1].session.user.is_operator:
                chat = crowd()


@pytest.mark.parametrize("command", sorted(TABLE))
def test_every_command_of_an_operator_stands_any_parameters(command: str) -> None:
    chat = crowd()
    for count in range(21):
        for fill in ("", "a", "b", "#r", "$$*", "x" * 150, ":", "%tn,1", "\u202e", "*"):
            play(chat, Says(0, to_line("@label=7 ", command, [fill] * count, colon=True)))
            answer_all(chat, count + 1)
            if chat.clients[1].closed or not chat.clients[1].session.user.is_operator:
                chat = crowd()
