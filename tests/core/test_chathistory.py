"""CHATHISTORY: what was said before, for those who may read it."""

from __future__ import annotations

import pytest

from trio_chat.core.accounts import Account
from trio_chat.core.events import AccountsChanged, Reread
from trio_chat.core.history import Page
from trio_chat.core.history_rules import HistoryRules
from trio_chat.core.questions import Reading
from trio_chat.core.settings import Settings

from .historian import KeptChat, point, texts
from .language import START, Chat, Client
from .staff import questions

CAPS = "batch server-time message-tags draft/chathistory"
EVENTS = f"{CAPS} draft/event-playback"
ALICE, BOB = Account("alice", START), Account("bob", START, nicks=("bobby",))
US = ("alice", "bob")


def asker(chat: KeptChat, *rooms: str, caps: str = CAPS, nick: str = "alice") -> Client:
    return chat.user(nick, *rooms, caps=caps, account=nick)


def failure(client: Client, line: str) -> list[str]:
    """What the one refusal of a line says after its code."""
    (refusal,) = client.asks(line)
    assert (refusal.command, refusal.params[0]) == ("FAIL", "CHATHISTORY")
    return list(refusal.params[1:-1])


@pytest.fixture
def chat() -> KeptChat:
    return KeptChat(accounts=(ALICE, BOB))


# -- the answer


def test_what_was_said_comes_as_a_batch_with_its_times_and_ids(chat: KeptChat) -> None:
    alice = asker(chat, "#Tea")
    first = chat.keeps("#tea", "hello", "bob", account="bob")
    at = chat.at
    second = chat.keeps("#tea", "is anybody here?", "carol", bot="")
    start, *said, end = alice.asks("CHATHISTORY LATEST #tEA * 10")
    assert start.params[1:] == ("chathistory", "#Tea")
    reference = start.params[0].removeprefix("+")
    assert end.params == (f"-{reference}",)
    assert [(each.nick, each.params[1]) for each in said] == [
        ("bob", "hello"),
        ("carol", "is anybody here?"),
    ]
    assert [each.tags["msgid"] for each in said] == [first, second]
    assert [each.tags["batch"] for each in said] == [reference, reference]
    assert f"timestamp={said[0].tags['time']}" == point(at)
    assert "account" not in said[0].tags  # account-tag was not asked for
    assert "bot" in said[1].tags


def test_tags_come_to_those_who_have_them(chat: KeptChat) -> None:
    alice = asker(chat, "#tea", caps="draft/chathistory account-tag")
    chat.keeps("#tea", "hello", "bob", account="bob", **{"+reply": "x"})
    (said,) = alice.asks("CHATHISTORY LATEST #tea * 10")
    assert said.tags == {"account": "bob"}


def test_a_label_stands_on_the_batch(chat: KeptChat) -> None:
    alice = asker(chat, "#tea", caps=f"{CAPS} labeled-response")
    chat.keeps("#tea", "hello")
    start, said, _ = alice.asks("@label=7 CHATHISTORY LATEST #tea * 10")
    assert (start.command, start.tags["label"]) == ("BATCH", "7")
    assert "label" not in said.tags


def test_nothing_said_is_an_empty_batch(chat: KeptChat) -> None:
    alice = asker(chat, "#tea")
    start, end = alice.asks("CHATHISTORY LATEST #tea * 10")
    assert (start.command, end.command) == ("BATCH", "BATCH")


def test_without_batch_there_are_just_the_lines(chat: KeptChat) -> None:
    alice = asker(chat, "#tea", caps="draft/chathistory")
    chat.keeps("#tea", "hello", "bob")
    assert alice.does("CHATHISTORY LATEST #tea * 10") == ["bob PRIVMSG #tea :hello"]


def test_the_lines_after_it_wait(chat: KeptChat) -> None:
    alice = asker(chat, "#tea")
    chat.keeps("#tea", "hello")
    chat.waits = True
    assert alice.asks("CHATHISTORY LATEST #tea * 10") == []
    assert alice.asks("PING x") == []
    chat.answers()
    assert [each.command for each in alice.take()] == ["BATCH", "PRIVMSG", "BATCH", "PONG"]


# -- which part of it


@pytest.mark.parametrize(
    ("line", "numbers"),
    [
        ("LATEST #tea * 3", "789"),
        ("LATEST #tea {msgid4} 3", "789"),
        ("LATEST #tea {msgid8} 3", "9"),
        ("LATEST #tea {time7} 3", "89"),
        ("LATEST #tea {msgid9} 3", ""),
        ("BEFORE #tea {msgid4} 3", "123"),
        ("BEFORE #tea {time4} 2", "23"),
        ("BEFORE #tea {msgid0} 5", ""),
        ("AFTER #tea {msgid4} 3", "567"),
        ("AFTER #tea {time7} 5", "89"),
        ("AROUND #tea {msgid4} 5", "23456"),
        ("AROUND #tea {time4} 1", "4"),
        ("BETWEEN #tea {msgid2} {msgid6} 9", "345"),
        ("BETWEEN #tea {msgid2} {time6} 2", "34"),
        ("BETWEEN #tea {time6} {msgid2} 2", "45"),
        ("BETWEEN #tea {msgid6} {msgid2} 9", "345"),
        ("latest #tea * 0", ""),
    ],
)
def test_what_is_asked_for_is_shown_the_oldest_first(
    chat: KeptChat, line: str, numbers: str
) -> None:
    alice = asker(chat, "#tea")
    points = {}
    for number in range(10):
        points[f"msgid{number}"] = f"msgid={chat.keeps('#tea', str(number), 'bob', 1.0005)}"
        points[f"time{number}"] = point(chat.at)
    assert "".join(texts(alice, f"CHATHISTORY {line.format(**points)}")) == numbers


def test_no_more_is_shown_than_the_limit(chat: KeptChat) -> None:
    settings = Settings(history=HistoryRules(lines_per_query=3))
    chat = KeptChat(settings)
    alice = asker(chat, "#tea")
    for number in range(5):
        chat.keeps("#tea", str(number))
    for wanted in ("3", "4", "9" * 40):
        assert texts(alice, f"CHATHISTORY LATEST #tea * {wanted}") == ["2", "3", "4"]


# -- what was done


def a_lively_room(chat: KeptChat) -> str:
    """Something of every kind happens, and nothing before; the id of what bob said."""
    chat.historian.kept.clear()
    chat.notes("#tea", "bob JOIN #tea bob :Real bob", account="bob")
    msgid = chat.keeps("#tea", "hello", "bob")
    chat.notes("#tea", "carol TAGMSG #tea", **{"+draft/react": "x", "+draft/reply": msgid})
    chat.notes("#tea", "bob MODE #tea +v carol")
    chat.notes("#tea", "bob RENAME #tee #tea :English")
    chat.notes("#tea", "bob NICK bobby")
    chat.notes("#tea", "bobby QUIT :bye")
    return msgid


def commands(client: Client, line: str = "CHATHISTORY LATEST #tea * 10") -> list[str]:
    return [each.command for each in client.asks(line) if each.command != "BATCH"]


def test_what_was_done_is_for_those_who_ask_for_it(chat: KeptChat) -> None:
    alice = asker(chat, "#tea")
    a_lively_room(chat)
    assert commands(alice) == ["PRIVMSG"]
    alice.sends("CAP REQ draft/event-playback")
    assert commands(alice) == ["JOIN", "PRIVMSG", "TAGMSG", "MODE", "NICK", "QUIT"]
    alice.sends("CAP REQ :draft/channel-rename -message-tags")
    assert commands(alice) == ["JOIN", "PRIVMSG", "MODE", "RENAME", "NICK", "QUIT"]


def test_what_was_done_does_not_count(chat: KeptChat) -> None:
    alice = asker(chat, "#tea", caps=EVENTS)
    a_lively_room(chat)
    every = ["JOIN", "PRIVMSG", "TAGMSG", "MODE", "NICK", "QUIT"]
    assert commands(alice, "CHATHISTORY LATEST #tea * 3") == every
    chat.keeps("#tea", "late", "bob")
    assert commands(alice, "CHATHISTORY LATEST #tea * 3") == [*every, "PRIVMSG"]


def test_a_join_has_the_form_that_its_reader_takes(chat: KeptChat) -> None:
    alice = asker(chat, "#tea", caps="draft/chathistory draft/event-playback")
    chat.historian.kept.clear()
    chat.notes("#tea", "bob JOIN #tea bob :Real bob")
    assert alice.does("CHATHISTORY LATEST #tea * 1") == ["bob JOIN #tea"]
    alice.sends("CAP REQ extended-join")
    assert alice.does("CHATHISTORY LATEST #tea * 1") == ["bob JOIN #tea bob :Real bob"]


@pytest.mark.parametrize(
    ("caps", "shown"),
    [
        ("draft/message-redaction message-tags", ["PRIVMSG", "REDACT"]),
        ("draft/event-playback message-tags", ["PRIVMSG", "TAGMSG"]),
        ("draft/event-playback draft/message-redaction", ["PRIVMSG"]),
        ("message-tags", ["PRIVMSG"]),
    ],
)
def test_what_belongs_to_a_message_follows_it_and_says_so(
    chat: KeptChat, caps: str, shown: list[str]
) -> None:
    alice = asker(chat, "#tea", caps=f"batch draft/chathistory {caps}")
    chat.keeps("#tea", "hello", "bob")
    chat.notes("#tea", "carol TAGMSG #tea", **{"+draft/react": "x"})
    chat.notes("#tea", "bob REDACT #tea 1-0")
    _, said, *others = chat.historian.kept["#tea"]
    chat.waits = True
    alice.sends("CHATHISTORY LATEST #tea * 1")
    chat.answers(Page((said, *(each._replace(is_context=True) for each in others))))
    first, *rest = [each for each in alice.take() if each.command != "BATCH"]
    assert [first.command, *(each.command for each in rest)] == shown
    assert "draft/chathistory-context" not in first.tags
    assert all("draft/chathistory-context" in each.tags for each in rest)


# -- several lines


def test_a_message_of_several_lines_is_a_batch_in_the_batch(chat: KeptChat) -> None:
    alice = asker(chat, "#tea", caps=f"{CAPS} draft/multiline")
    msgid = chat.keeps("#tea", "one\n\ntwo\rthree", "bob")
    start, inner, *lines, inner_end, end = alice.asks("CHATHISTORY LATEST #tea * 1")
    outside, inside = start.params[0][1:], inner.params[0][1:]
    assert inner.params[1:] == ("draft/multiline", "#tea")
    assert (inner.tags["batch"], inner.tags["msgid"]) == (outside, msgid)
    assert [(each.params[1], "draft/multiline-concat" in each.tags) for each in lines] == [
        ("one", False),
        ("", False),
        ("two", False),
        ("three", True),
    ]
    assert all(each.tags["batch"] == inside for each in lines)
    assert {inner.tags["time"]} == {each.tags["time"] for each in lines}
    assert (inner_end.params, inner_end.tags["batch"]) == ((f"-{inside}",), outside)
    assert end.params == (f"-{outside}",)


def test_to_others_it_is_so_many_messages_with_one_id(chat: KeptChat) -> None:
    alice = asker(chat, "#tea", caps=f"{CAPS} account-tag")
    msgid = chat.keeps("#tea", "one\n\ntwo\rthree", "bob", account="bob")
    _, *lines, _ = alice.asks("CHATHISTORY LATEST #tea * 1")
    assert [each.params for each in lines] == [("#tea", text) for text in ("one", "two", "three")]
    assert [each.tags.get("msgid") for each in lines] == [msgid, None, None]
    assert all(each.tags["account"] == "bob" for each in lines)
    assert len({each.tags["time"] for each in lines}) == 1


# -- conversations


def test_both_sides_of_a_conversation_are_shown(chat: KeptChat) -> None:
    alice = asker(chat)
    chat.keeps(US, "hello", "bob")
    chat.keeps(US, "hi! how are you?", "alice")
    assert alice.does("CHATHISTORY LATEST bob * 10")[1:-1] == [
        "bob PRIVMSG alice :hello",
        "alice PRIVMSG bob :hi! how are you?",
    ]


@pytest.mark.parametrize("name", ["bob", "BOB", "bobby"])
def test_who_is_away_is_found_by_account_or_nick(chat: KeptChat, name: str) -> None:
    alice = asker(chat)
    chat.keeps(US, "hello", "bob")
    start, said, _ = alice.asks(f"CHATHISTORY LATEST {name} * 10")
    assert start.params[2] == said.nick == name.lower()


def test_it_is_shown_under_the_nicks_of_now(chat: KeptChat) -> None:
    alice = asker(chat)
    chat.user("robert", account="bob")
    alice.sends("NICK alicia")
    chat.keeps(US, "hello", "bob")
    chat.keeps(US, "hi", "alice")
    start, *said, _ = alice.asks("CHATHISTORY LATEST robert * 10")
    assert start.params[2] == "robert"
    assert [(each.nick, each.params[0]) for each in said] == [
        ("robert", "alicia"),
        ("alicia", "robert"),
    ]
    assert said[1].source == alice.source


def test_what_one_says_to_oneself_is_found_too(chat: KeptChat) -> None:
    alice = asker(chat)
    chat.keeps(("alice", "alice"), "buy tea", "alice")
    assert texts(alice, "CHATHISTORY LATEST alice * 10") == ["buy tea"]


def test_where_nothing_can_be_kept_there_is_nothing(chat: KeptChat) -> None:
    alice, guest = asker(chat), chat.user("guest", caps=CAPS)
    for client, target in ((alice, "guest"), (guest, "alice"), (guest, "guest"), (guest, "bob")):
        heard = client.asks(f"CHATHISTORY LATEST {target} * 10")
        assert [(each.command, each.params[1:]) for each in heard] == [
            ("BATCH", ("chathistory", target)),
            ("BATCH", ()),
        ]
        assert questions(chat) == []


def test_private_messages_need_not_be_kept() -> None:
    chat = KeptChat(Settings(history=HistoryRules(private=False)), (ALICE, BOB))
    alice = asker(chat)
    chat.keeps(US, "from before", "bob")
    assert texts(alice, "CHATHISTORY LATEST bob * 10") == []
    assert commands(alice, f"CHATHISTORY TARGETS {point(START)} {point(START + 99)} 9") == []
    assert questions(chat) == []


# -- where something was said


def targets(client: Client, first: float, second: float, limit: int = 10) -> list[str]:
    start, *told, end = client.asks(f"CHATHISTORY TARGETS {point(first)} {point(second)} {limit}")
    assert start.params[1:] == ("draft/chathistory-targets",)
    assert end.command == "BATCH"
    assert all((each.command, each.params[0]) == ("CHATHISTORY", "TARGETS") for each in told)
    return [each.params[1] for each in told]


def test_targets_tells_of_rooms_and_conversations_by_their_latest_message(chat: KeptChat) -> None:
    alice = asker(chat, "#Tea", "#quiet")
    chat.keeps("#tea", "early")
    chat.keeps(US, "hello", "bob")
    chat.keeps(("alice", "carol"), "hi", "carol")
    chat.keeps("#tea", "late")
    chat.keeps("#elsewhere", "not for alice")
    chat.keeps(("bob", "carol"), "nor this", "carol")
    assert targets(alice, START, chat.at) == ["bob", "carol", "#Tea"]
    assert targets(alice, chat.at, START) == ["#Tea", "carol", "bob"]
    assert targets(alice, chat.at, START, limit=1) == ["#Tea"]
    assert targets(alice, START, START + 3) == ["bob"]
    (line,) = alice.asks(f"CHATHISTORY TARGETS {point(START)} {point(START + 3)} 9")[1:-1]
    assert f"timestamp={line.params[2]}" == point(START + 2)


def test_targets_names_who_is_here_by_the_nick_they_have(chat: KeptChat) -> None:
    alice = asker(chat)
    chat.keeps(US, "hello", "bob")
    chat.user("robert", account="bob")
    assert targets(alice, START, chat.at + 1) == ["robert"]
    chat.user("bob", account="bob")
    assert targets(alice, START, chat.at + 1) == ["bob"]


def test_who_is_in_no_room_and_has_no_account_has_no_targets(chat: KeptChat) -> None:
    guest = chat.user("guest", caps=CAPS)
    assert targets(guest, START, START + 9) == []
    assert questions(chat) == []


def test_what_one_has_left_meanwhile_is_no_target() -> None:
    chat = KeptChat()
    alice = asker(chat, "#tea", "#water")
    other = chat.device("alice")
    for room in ("#tea", "#water"):
        chat.keeps(room, "hello")
    chat.keeps(US, "hello", "bob")
    chat.waits = True
    alice.sends(f"CHATHISTORY TARGETS {point(START)} {point(START + 99)} 9")
    other.sends("PART #tea")
    alice.lines.clear()
    alice.session.user.account = ""
    chat.answers()
    assert [each.params[1] for each in alice.take()[1:-1]] == ["#water"]


# -- who may not


def test_it_takes_the_capability(chat: KeptChat) -> None:
    alice = asker(chat, "#tea", caps="batch")
    assert alice.does("CHATHISTORY LATEST #tea * 10") == ["421 alice CHATHISTORY"]


@pytest.mark.parametrize("target", ["#tea", "#nowhere", "nobody", "*", "#"])
def test_a_stranger_learns_nothing(chat: KeptChat, target: str) -> None:
    chat.user("bob", "#tea", account="bob")
    eve = chat.user("eve", caps=CAPS)
    chat.keeps("#tea", "secret")
    assert failure(eve, f"CHATHISTORY LATEST {target} * 10") == ["INVALID_TARGET", "LATEST", target]
    assert questions(chat) == []


def test_who_has_left_meanwhile_is_shown_nothing() -> None:
    chat = KeptChat()
    chat.user("bob", "#tea")
    alice = asker(chat, "#tea")
    other = chat.device("alice")
    chat.keeps("#tea", "secret")
    chat.waits = True
    alice.sends("CHATHISTORY LATEST #tea * 10")
    other.sends("PART #tea")
    alice.lines.clear()
    chat.answers()
    assert alice.hears() == ["FAIL CHATHISTORY INVALID_TARGET LATEST #tea"]


def test_who_has_logged_in_to_another_account_meanwhile_is_shown_nothing(chat: KeptChat) -> None:
    alice = chat.user("ally", caps=CAPS, account="alice")
    chat.keeps(US, "secret", "bob")
    chat.waits = True
    assert alice.does("CHATHISTORY LATEST bob * 10") == []
    alice.session.user.account = "carol"
    chat.answers()
    assert alice.hears() == ["FAIL CHATHISTORY INVALID_TARGET LATEST bob"]


def test_an_account_that_is_gone_is_nobody(chat: KeptChat) -> None:
    alice = asker(chat)
    chat.keeps(US, "hello", "bob")
    chat.happens(AccountsChanged((), ("bob",), chat.at))
    assert failure(alice, "CHATHISTORY LATEST bob * 10") == ["INVALID_TARGET", "LATEST", "bob"]


# -- what is wrong


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("SOONEST #tea * 10", "INVALID_PARAMS SOONEST"),
        ("LATEST", "INVALID_PARAMS LATEST"),
        ("LATEST #tea *", "INVALID_PARAMS LATEST"),
        ("latest #tea * 10 10", "INVALID_PARAMS latest"),
        ("BETWEEN #tea msgid=1-1 10", "INVALID_PARAMS BETWEEN"),
        ("TARGETS timestamp=2020-01-01T00:00:00.000Z 10", "INVALID_PARAMS TARGETS"),
        ("LATEST #tea * ten", "INVALID_PARAMS LATEST ten"),
        ("LATEST #tea * -1", "INVALID_PARAMS LATEST -1"),
        ("BEFORE #tea * 10", "INVALID_PARAMS BEFORE *"),
        ("BEFORE #tea timestamp=2020 10", "INVALID_PARAMS BEFORE timestamp=2020"),
        ("AFTER #tea msgid 10", "INVALID_PARAMS AFTER msgid"),
        (
            "AFTER #tea timestamp=2020-13-01T00:00:00.000Z 10",
            "INVALID_PARAMS AFTER timestamp=2020-13-01T00:00:00.000Z",
        ),
        ("TARGETS msgid=1-1 msgid=1-2 10", "INVALID_PARAMS TARGETS msgid=1-1"),
        ("AROUND #tea number=5 10", "INVALID_MSGREFTYPE AROUND #tea"),
        ("AROUND #tea msgid=nonsense 10", "MESSAGE_ERROR AROUND #tea msgid=nonsense"),
        ("AROUND #tea msgid= 10", "MESSAGE_ERROR AROUND #tea msgid="),
    ],
)
def test_what_makes_no_sense_is_refused(chat: KeptChat, line: str, code: str) -> None:
    alice = asker(chat, "#tea")
    assert failure(alice, f"CHATHISTORY {line}") == code.split(" ")
    assert questions(chat) == []


def test_without_a_word_there_is_nothing_to_refuse(chat: KeptChat) -> None:
    assert asker(chat).does("CHATHISTORY") == ["461 alice CHATHISTORY"]


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("LATEST #tea * 10", "MESSAGE_ERROR LATEST #tea"),
        ("TARGETS {0} {0} 10", "MESSAGE_ERROR TARGETS *"),
    ],
)
def test_an_archive_that_cannot_be_read_is_told(chat: KeptChat, line: str, code: str) -> None:
    alice = asker(chat, "#tea")
    chat.waits = True
    alice.sends(f"CHATHISTORY {line.format(point(START))}")
    chat.answers(None)
    assert alice.hears() == [f"FAIL CHATHISTORY {code}"]


# -- the offer

OF_HISTORY = "draft/chathistory draft/event-playback draft/search soju.im/search trio-chat/pins"


def offered(chat: Chat) -> set[str]:
    return {
        name
        for each in chat.open().asks("CAP LS 302")
        for name in each.params[-1].split(" ")
        if name in OF_HISTORY.split()
    }


def test_where_nothing_is_kept_it_is_not_on_offer() -> None:
    for chat in (Chat(None, None), KeptChat(Settings(history=HistoryRules(kept=False)))):
        assert offered(chat) == set()
    assert offered(KeptChat()) == set(OF_HISTORY.split())


def test_history_may_come_and_go_while_the_server_runs(chat: KeptChat) -> None:
    alice = asker(chat, "#tea", caps=f"{EVENTS} cap-notify")
    without = Settings(history=HistoryRules(kept=False))
    chat.happens(Reread(Reading("chat.toml", without), chat.at))
    tokens, gone = alice.hears()
    assert tokens == "005 alice -CHATHISTORY -MSGREFTYPES"
    assert gone == f"CAP alice DEL :{OF_HISTORY}"
    assert alice.does("CHATHISTORY LATEST #tea * 10") == ["421 alice CHATHISTORY"]
    chat.happens(Reread(Reading("chat.toml", Settings()), chat.at))
    tokens, new = alice.hears()
    assert tokens == "005 alice CHATHISTORY=500 MSGREFTYPES=msgid,timestamp"
    assert new == f"CAP alice NEW :{OF_HISTORY}"
