"""SEARCH: what was said before, found by those who may read it."""

from __future__ import annotations

import pytest

from trio_chat.core.accounts import Account
from trio_chat.core.events import AccountsChanged
from trio_chat.core.history import Kept, SearchHistory, SearchResult
from trio_chat.core.history_rules import HistoryRules
from trio_chat.core.settings import Settings
from trio_chat.wire.message import Message
from trio_chat.wire.variants import format_time

from .historian import KeptChat, texts
from .language import START, Client
from .staff import questions

CAPS = "batch server-time message-tags draft/search"
ALICE, BOB, CAROL = (Account(name, START) for name in ("alice", "bob", "carol"))
US = ("alice", "bob")


def asker(chat: KeptChat, *rooms: str, caps: str = CAPS, nick: str = "alice") -> Client:
    return chat.user(nick, *rooms, caps=caps, account=nick)


@pytest.fixture
def chat() -> KeptChat:
    return KeptChat(accounts=(ALICE, BOB, CAROL))


def wanted(chat: KeptChat, client: Client, line: str) -> SearchHistory:
    """What the archive is asked for."""
    chat.waits = True
    client.sends(line)
    (question,) = questions(chat)
    assert isinstance(question, SearchHistory)
    chat.answers()
    client.hears()
    chat.waits = False
    return question


# -- the answer


def test_what_is_found_comes_as_a_batch_with_its_times_and_ids(chat: KeptChat) -> None:
    alice = asker(chat, "#Tea")
    first = chat.keeps("#tea", "green tea", "bob", account="bob")
    at = chat.at
    chat.keeps("#tea", "coffee")
    start, said, end = alice.asks("SEARCH text=tea")
    assert start.params[1:] == ("search",)
    reference = start.params[0].removeprefix("+")
    assert end.params == (f"-{reference}",)
    assert (said.nick, *said.params) == ("bob", "#tea", "green tea")
    assert (said.tags["msgid"], said.tags["batch"]) == (first, reference)
    assert said.tags["time"] == format_time(at)
    assert "account" not in said.tags  # account-tag was not asked for


def test_the_batch_goes_by_the_name_of_the_capability(chat: KeptChat) -> None:
    alice = asker(chat, "#tea", caps="batch soju.im/search")
    start, _ = alice.asks("SEARCH text=tea;in=#tea")
    assert start.params[1:] == ("soju.im/search",)


def test_a_label_is_on_the_batch(chat: KeptChat) -> None:
    alice = asker(chat, "#tea", caps=f"{CAPS} labeled-response")
    chat.keeps("#tea", "tea")
    start, said, end = alice.asks("@label=7 SEARCH text=tea")
    assert start.tags["label"] == "7"
    assert "label" not in said.tags
    assert "label" not in end.tags


def test_whoever_takes_no_batch_gets_the_messages_alone(chat: KeptChat) -> None:
    alice = asker(chat, "#tea", caps="draft/search")
    chat.keeps("#tea", "tea", "bob")
    assert alice.does("SEARCH text=tea") == ["bob PRIVMSG #tea :tea"]
    assert alice.does("SEARCH text=coffee") == []


def test_without_the_capability_there_is_no_such_command(chat: KeptChat) -> None:
    alice = asker(chat, "#tea", caps="batch draft/chathistory")
    assert alice.does("SEARCH text=tea") == ["421 alice SEARCH"]


def test_a_message_of_several_lines_comes_as_the_client_takes_it(chat: KeptChat) -> None:
    chat.keeps("#tea", "green\ntea")
    alice = asker(chat, "#tea")
    assert texts(alice, "SEARCH text=tea") == ["green", "tea"]
    bob = asker(chat, "#tea", caps=f"{CAPS} draft/multiline", nick="bob")
    outer, inner, one, *_ = bob.asks("SEARCH text=tea")
    assert inner.tags["batch"] == outer.params[0][1:]
    assert one.tags["batch"] == inner.params[0][1:]


# -- attributes


def test_all_attributes_narrow_it(chat: KeptChat) -> None:
    alice = asker(chat, "#tea", "#chai")
    at = format_time(chat.at)
    line = f"SEARCH text=a\\sb\\:c;in=#TEA;from=bob;after={at};before={at};limit=7"
    assert wanted(chat, alice, line) == SearchHistory(
        ("#tea",), "", 7, text="a b;c", sender="bob", after=START, before=START
    )


def test_what_is_left_out_or_empty_is_anything(chat: KeptChat) -> None:
    alice = asker(chat, "#tea", "#chai")
    for line in ("SEARCH text=tea", "SEARCH text=tea;in=;from=;limit;;after"):
        assert wanted(chat, alice, line) == SearchHistory(
            ("#tea", "#chai"), "alice", 100, text="tea"
        )


def test_whoever_types_it_writes_spaces(chat: KeptChat) -> None:
    alice = asker(chat, "#tea")
    assert wanted(chat, alice, "SEARCH in=#tea;text=green  tea").text == "green tea"
    assert wanted(chat, alice, "SEARCH :text=green  tea").text == "green  tea"


def test_no_more_is_shown_than_the_rules_allow() -> None:
    chat = KeptChat(Settings(history=HistoryRules(lines_per_query=5)))
    alice = chat.user("alice", "#tea", caps=CAPS)
    assert wanted(chat, alice, "SEARCH text=tea").limit == 5
    assert wanted(chat, alice, "SEARCH limit=3").limit == 3
    assert wanted(chat, alice, f"SEARCH limit={'9' * 400}").limit == 5


@pytest.mark.parametrize(
    ("line", "attribute"),
    [
        ("SEARCH colour=red;text=tea", "colour"),
        ("SEARCH limit=many", "limit"),
        ("SEARCH limit=0", "limit"),
        ("SEARCH limit=-1", "limit"),
        ("SEARCH limit=²", "limit"),
        ("SEARCH after=yesterday", "after"),
        ("SEARCH before=2019-02-31T00:00:00.000Z", "before"),
        ("SEARCH before=timestamp=2019-01-01T00:00:00.000Z", "before"),
        ("SEARCH in=#chai", "in"),
        ("SEARCH in=#none", "in"),
        ("SEARCH in=nobody", "in"),
    ],
)
def test_mistakes_are_refused(chat: KeptChat, line: str, attribute: str) -> None:
    alice = asker(chat, "#tea")
    asker(chat, "#chai", nick="bob")
    assert alice.does(line) == [f"FAIL SEARCH INVALID_PARAMS {attribute}"]
    assert questions(chat) == []


def test_something_must_be_asked(chat: KeptChat) -> None:
    assert asker(chat).does("SEARCH") == ["461 alice SEARCH"]


def test_a_search_that_fails_is_told(chat: KeptChat) -> None:
    alice = asker(chat, "#tea")
    chat.waits = True
    alice.sends("SEARCH text=tea")
    chat.answers(None)
    assert alice.hears() == ["FAIL SEARCH INTERNAL_ERROR"]


# -- who may read


def test_only_rooms_one_is_in_are_searched(chat: KeptChat) -> None:
    chat.keeps("#tea", "tea")
    chat.keeps("#den", "tea in the den")
    alice = asker(chat, "#tea")
    asker(chat, "#den", nick="bob")
    assert texts(alice, "SEARCH text=tea") == ["tea"]
    alice.does("PART #tea")
    assert texts(alice, "SEARCH text=tea") == []


def test_conversations_of_ones_own_account_are_searched(chat: KeptChat) -> None:
    chat.keeps(US, "tea?")
    chat.keeps(US, "tea!", "bob")
    chat.keeps(("bob", "carol"), "tea with carol", "carol")
    alice, carol = asker(chat), asker(chat, nick="carol")
    assert texts(alice, "SEARCH text=tea") == ["tea?", "tea!"]
    assert texts(alice, "SEARCH text=tea;in=bob") == ["tea?", "tea!"]
    assert texts(alice, "SEARCH text=tea;in=carol") == []
    assert texts(carol, "SEARCH text=tea;in=BOB") == ["tea with carol"]
    stranger = chat.user("dora", caps=CAPS)
    assert texts(stranger, "SEARCH text=tea;in=bob") == []
    assert texts(stranger, "SEARCH text=tea") == []


def test_a_conversation_is_shown_under_the_nicks_of_now(chat: KeptChat) -> None:
    chat.keeps(US, "1")
    chat.keeps(US, "2", "bob")
    chat.keeps(("alice", "carol"), "3", "carol")
    alice = asker(chat)
    chat.user("robert", account="bob")
    alice.does("NICK ally")
    _, *said, _ = alice.asks("SEARCH limit=9")
    assert [(each.nick, *each.params) for each in said] == [
        ("ally", "robert", "1"),
        ("robert", "ally", "2"),
        ("carol", "ally", "3"),
    ]


def test_private_messages_need_not_be_kept() -> None:
    chat = KeptChat(Settings(history=HistoryRules(private=False)), (ALICE, BOB))
    chat.keeps(US, "tea")
    alice = asker(chat, "#tea")
    assert wanted(chat, alice, "SEARCH text=tea").account == ""
    assert texts(alice, "SEARCH text=tea;in=bob") == []


def test_what_one_may_no_longer_read_is_not_shown(chat: KeptChat) -> None:
    chat.keeps("#tea", "one")
    chat.keeps("#chai", "two")
    chat.keeps(US, "three")
    bob, alice = asker(chat, "#tea", "#chai", nick="bob"), asker(chat, "#tea", "#chai")
    chat.waits = True
    alice.sends("SEARCH limit=9")
    bob.sends("KICK #tea alice")
    chat.happens(AccountsChanged((), ("alice",), chat.at))
    alice.hears()
    chat.answers()
    assert [each.split(":")[-1] for each in alice.hears() if "PRIVMSG" in each] == ["two"]


def test_a_room_that_was_left_meanwhile_is_refused(chat: KeptChat) -> None:
    bob, alice = asker(chat, "#tea", nick="bob"), asker(chat, "#tea")
    chat.waits = True
    alice.sends("SEARCH in=#tea")
    bob.sends("KICK #tea alice")
    alice.hears()
    chat.answers()
    assert alice.hears() == ["FAIL SEARCH INVALID_PARAMS in"]


def test_an_answer_with_more_than_was_asked_for_is_cut(chat: KeptChat) -> None:
    """The archive is trusted with finding, not with who may read."""
    alice = asker(chat, "#tea")
    message = Message("PRIVMSG", ("#den", "secret"), "bob!b@h", {"msgid": "1-1"})
    private = Message("PRIVMSG", ("carol", "secret"), "bob!b@h", {"msgid": "1-2"})
    chat.waits = True
    alice.sends("SEARCH text=secret")
    found = (("#den", Kept(message, START)), (("bob", "carol"), Kept(private, START)))
    chat.answers(SearchResult(found))
    assert [each.split()[0] for each in alice.hears()] == ["BATCH", "BATCH"]
