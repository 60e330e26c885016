"""However people log in and register, and however that is answered: nothing breaks, names hold."""

from __future__ import annotations

import base64
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from trio_chat.core.account_questions import FinishScram, StartScram
from trio_chat.core.account_rules import AccountRules
from trio_chat.core.accounts import Account
from trio_chat.core.effects import Ask
from trio_chat.core.events import AccountsChanged, Answered, Reread
from trio_chat.core.questions import Question, Reading
from trio_chat.core.settings import Limits, Settings
from trio_chat.wire.sasl import CHUNK_BYTES, MECHANISMS, MESSAGE_BYTES

from .language import ALL_CAPS, START, Chat, Client
from .owners import ALICE, BOB, answers_to, owner, plain
from .test_anything import check_heard, thorough

RULES = AccountRules(custom_name=True, mechanisms=MECHANISMS)
TIGHT = Settings(
    accounts=RULES,
    limits=Limits(password_tries=4, login_failures_per_address=8, new_accounts_per_address=4),
)
OTHERS = (
    replace(TIGHT, accounts=replace(RULES, names_held=False)),
    replace(TIGHT, accounts=replace(RULES, registration="closed", mechanisms=("PLAIN",))),
    replace(TIGHT, accounts=replace(RULES, required=True, before_connect=False)),
    TIGHT,
)
ACCOUNTS = (
    ALICE,
    BOB,
    Account("carol", START),
    Account("dan", START, verified=False),
    replace(BOB, disabled=True),
    replace(ALICE, nicks=("x", "dan")),
)

names = st.sampled_from(["alice", "al", "BOB", "carol", "dan", "x", "a1ice", "Guest1", "*"])
tags = st.sampled_from(["", "", "@label=1 "])


def in_base64(data: bytes) -> str:
    return base64.b64encode(data).decode()


chunks = st.one_of(
    names.map(plain),
    names.map(lambda name: in_base64(f"n,,n={name},r=abc".encode())),
    st.just(in_base64(b"c=biws,r=abcb,p=AA==")),
    st.just(in_base64(b"n,,\x01auth=Bearer abc\x01\x01")),
    st.binary(max_size=20).map(in_base64),
    st.sampled_from(["+", "+", "*", "=", "AQ==", "A" * CHUNK_BYTES, "A" * 401, "é", "a b"]),
)
lines = st.one_of(
    st.builds("{}AUTHENTICATE {}".format, tags, st.sampled_from([*MECHANISMS, "LOGIN"])),
    st.builds("{}AUTHENTICATE {}".format, tags, chunks),
    st.builds("{}REGISTER {} {} {}".format, tags, names, st.sampled_from(["*", "a@b"]), names),
    st.builds("{}VERIFY {} {}".format, tags, names, names),
    st.builds("{}NICK {}".format, tags, names),
    st.sampled_from(["CAP END", "CAP REQ sasl", "CAP REQ -sasl", "CAP LS 302", "USER u 0 * :U"]),
    st.sampled_from(["JOIN #tea", "PRIVMSG #tea :hi", "WHOIS alice", "QUIT"]),
)
logins = names.map(lambda name: ("AUTHENTICATE PLAIN", f"AUTHENTICATE {plain(name)}"))
# A whole exchange: line by line in random order it would seldom come to an end.
exchanges = st.builds(
    lambda mechanism, *said: (f"AUTHENTICATE {mechanism}", *(f"AUTHENTICATE {a}" for a in said)),
    st.sampled_from(MECHANISMS),
    chunks,
    st.one_of(chunks, st.just("+")),
)
events = st.one_of(
    *[st.tuples(st.integers(0, 4), lines.map(lambda line: (line,)))] * 5,
    *[st.tuples(st.integers(0, 4), exchanges)] * 3,
    *[st.tuples(st.integers(0, 4), logins)] * 2,
    st.sampled_from(["open", "vanish", "wait"]),
    st.tuples(st.just("changed"), st.sampled_from(ACCOUNTS)),
    st.tuples(st.just("deleted"), st.sampled_from(ACCOUNTS)),
    st.tuples(st.just("reread"), st.sampled_from(OTHERS)),
)


def crowd() -> Chat:
    chat = Chat(TIGHT, (ALICE, BOB))
    chat.user("x", "#tea", caps=ALL_CAPS)
    chat.user("carol", "#tea", caps="sasl")
    owner(chat, ALICE, "#tea")
    for fingerprint in ("ab" * 32, None):
        newcomer = chat.open(fingerprint=fingerprint)
        for line in (f"CAP REQ :{ALL_CAPS}", "USER u 0 * :U"):
            newcomer.sends(line)
    chat.forget()
    return chat


def answer_all(chat: Chat, choice: int) -> None:
    """Have every question of the last event answered, one way or another."""
    for effect in tuple(chat.effects):
        if isinstance(effect, Ask):
            answers = answers_to(effect.question)
            # Mostly well, so that an exchange gets to its end.
            answer = answers[0] if choice % 3 else answers[choice % len(answers)]
            chat.happens(Answered(effect.session.id, answer, chat.at))
            answer_all(chat, choice + 1)


def asks_soundly(question: Question) -> None:
    """What is asked is fit for the store: bounded, and no name has in it what no name may have."""
    for key in getattr(question, "__slots__", ()):
        value = getattr(question, key)
        assert not isinstance(value, str) or len(value) <= MESSAGE_BYTES
    if not isinstance(question, StartScram | FinishScram):
        name = getattr(question, "account", "")
        assert name.isprintable()


def check(chat: Chat) -> None:
    for effect in chat.effects:
        if isinstance(effect, Ask):
            asks_soundly(effect.question)
    for client in chat.clients.values():
        check_heard(client)
    for session in chat.world.sessions.values():
        if session.sasl is not None:
            assert sum(map(len, session.sasl.incoming.parts)) <= MESSAGE_BYTES


def play(chat: Chat, event: object) -> None:
    here = [client for client in chat.clients.values() if not client.closed]
    match event:
        case (int(who), tuple(said)) if here:
            for line in said:
                _say(chat, here[who % len(here)], line, who)
        case ("changed", Account() as account):
            chat.happens(AccountsChanged((account,), (), chat.at))
        case ("deleted", Account() as account):
            chat.happens(AccountsChanged((), (account.name,), chat.at))
        case ("reread", Settings() as settings):
            chat.happens(Reread(Reading("chat.toml", settings), chat.at))
        case "open":
            chat.open("::1").sends("CAP REQ sasl")
        case "vanish" if here:
            here[-1].vanishes()
        case "wait":
            chat.passes(7)
        case _:
            pass


def _say(chat: Chat, client: Client, line: str, choice: int) -> None:
    if client.closed:
        return
    client.sends(line)
    check(chat)
    if choice or "\0" in line:  # 0: the answer comes late, or never
        answer_all(chat, choice)


@thorough
@given(st.lists(st.tuples(events, st.integers(0, 9)), min_size=5, max_size=40))
def test_no_way_of_logging_in_breaks_the_chat(steps: list[tuple[object, int]]) -> None:
    chat = crowd()
    for event, choice in steps:
        play(chat, event)
        answer_all(chat, choice)
        check(chat)


def test_such_a_run_gets_to_everything_there_is() -> None:
    """The test above would pass as well if nobody ever got in: it is worth something only so."""
    chat = crowd()
    heard: list[str] = []
    for fingerprint, said in (
        ("ab" * 32, ("AUTHENTICATE EXTERNAL", "AUTHENTICATE +")),
        ("", ("AUTHENTICATE PLAIN", f"AUTHENTICATE {plain('alice')}")),
        (None, ("NICK y", "REGISTER * * x")),
    ):
        client = chat.open(fingerprint=fingerprint)
        client.sends("CAP REQ sasl")
        for line in said:
            client.sends(line)
            answer_all(chat, 1)
        heard += [message.command for message in client.take()]
    assert heard.count("900") == 3
