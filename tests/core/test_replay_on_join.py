"""What was said in a room before one came, for clients that cannot ask for it."""

from __future__ import annotations

import pytest

from trio_chat.core.effects import Ask
from trio_chat.core.history_rules import HistoryRules
from trio_chat.core.settings import Settings

from .historian import KeptChat, point
from .language import Chat, Client

CAPS = "batch server-time message-tags"


def shown(client: Client, line: str) -> list[str]:
    """The texts of what is shown in answer to a line."""
    return [each.params[1] for each in client.asks(line) if each.command in ("PRIVMSG", "NOTICE")]


def test_on_joining_one_is_shown_what_was_said_before_as_a_batch() -> None:
    chat = KeptChat()
    chat.user("bob", "#Tea")
    msgid = chat.keeps("#tea", "hello", "bob")
    at = chat.at
    alice = chat.user("alice", caps=CAPS)
    heard = alice.asks("JOIN #tea")
    assert [each.command for each in heard] == ["JOIN", "353", "366", "BATCH", "PRIVMSG", "BATCH"]
    start, said, _ = heard[3:]
    assert start.params[1:] == ("chathistory", "#Tea")
    assert (said.tags["msgid"], f"timestamp={said.tags['time']}") == (msgid, point(at))


def test_only_so_much_is_shown_and_nothing_of_what_was_done() -> None:
    chat = KeptChat(Settings(history=HistoryRules(replayed_lines=2)))
    bob = chat.user("bob", "#tea")
    for text in ("one", "two", "three"):
        chat.keeps("#tea", text)
    bob.sends("TOPIC #tea :Oolong")
    alice = chat.user("alice", caps=f"{CAPS} draft/event-playback")
    assert shown(alice, "JOIN #tea") == ["two", "three"]
    assert chat.user("carol", caps=CAPS).does("JOIN #empty")[-1] == "366 carol #empty"


def test_what_is_said_meanwhile_is_not_shown_twice() -> None:
    chat = KeptChat()
    bob = chat.user("bob", "#tea")
    chat.keeps("#tea", "before")
    alice = chat.user("alice", caps=CAPS)
    chat.waits = True
    alice.sends("JOIN #tea")
    bob.sends("PRIVMSG #tea :meanwhile")
    assert [each.params[1] for each in alice.take() if each.command == "PRIVMSG"] == ["meanwhile"]
    chat.answers()
    assert [each.params[1] for each in alice.take() if each.command == "PRIVMSG"] == ["before"]


@pytest.mark.parametrize("who", ["asks", "bot", "off", "none kept", "no archive"])
def test_some_are_shown_nothing(who: str) -> None:
    rules = {"off": HistoryRules(replayed_lines=0), "none kept": HistoryRules(kept=False)}
    settings = Settings(history=rules.get(who, HistoryRules()))
    chat: Chat = Chat(settings, None) if who == "no archive" else KeptChat(settings)
    chat.user("bob", "#tea").sends("PRIVMSG #tea :hello")
    alice = chat.user("alice", caps=f"{CAPS} draft/chathistory" if who == "asks" else CAPS)
    if who == "bot":
        alice.sends("MODE alice +B")
    assert shown(alice, "JOIN #tea") == []
    assert not any(isinstance(each, Ask) for each in chat.effects)


def test_several_rooms_are_shown_one_after_the_other() -> None:
    chat = KeptChat()
    for room in ("#a", "#b", "#c"):
        chat.user(f"in-{room[1]}", room)
        chat.keeps(room, f"said in {room}")
    alice = chat.user("alice", caps=CAPS)
    chat.waits = True
    alice.sends("@label=1 JOIN #a,#b,#c")
    assert len([each for each in chat.effects if isinstance(each, Ask)]) == 1
    alice.sends("PART #b")
    alice.lines.clear()
    chat.waits = False
    chat.answers()
    heard = [(each.command, each.params[-1]) for each in alice.take()]
    assert heard[1] == ("PRIVMSG", "said in #a")
    assert heard[3] == ("PART", "#b")
    assert heard[5] == ("PRIVMSG", "said in #c")
    assert chat.world.owed == {}


def test_a_label_is_on_the_answer_to_join_alone() -> None:
    chat = KeptChat()
    chat.user("bob", "#tea")
    chat.keeps("#tea", "hello")
    alice = chat.user("alice", caps=f"{CAPS} labeled-response")
    heard = alice.asks("@label=1 JOIN #tea")
    assert [each.params[1] for each in heard if each.command == "BATCH" and each.params[1:]] == [
        "labeled-response",
        "chathistory",
    ]
    assert [each.tags["label"] for each in heard if "label" in each.tags] == ["1"]


def test_who_has_left_meanwhile_is_shown_nothing() -> None:
    chat = KeptChat()
    bob = chat.user("bob", "#tea")
    chat.keeps("#tea", "secret")
    alice, carol = chat.user("alice", caps=CAPS), chat.user("carol", caps=CAPS)
    chat.waits = True
    alice.sends("JOIN #tea")
    carol.sends("JOIN #tea")
    bob.sends("KICK #tea alice")
    carol.vanishes()
    alice.lines.clear()
    chat.answers()
    assert alice.hears() == []
    assert chat.world.owed == {}


def test_who_goes_while_more_is_to_be_shown_is_forgotten() -> None:
    chat = KeptChat()
    alice = chat.user("alice", caps=CAPS)
    chat.waits = True
    alice.sends("JOIN #a,#b")
    assert len(chat.world.owed) == 1
    alice.vanishes()
    assert chat.world.owed == {}


def test_an_archive_that_cannot_be_read_is_told() -> None:
    chat = KeptChat()
    alice = chat.user("alice", caps=CAPS)
    chat.waits = True
    alice.sends("JOIN #tea")
    alice.lines.clear()
    chat.answers(None)
    (notice,) = alice.take()
    assert (notice.command, notice.params[0]) == ("NOTICE", "alice")


def test_every_client_of_a_user_is_shown_it() -> None:
    chat = KeptChat()
    chat.user("bob", "#tea")
    chat.keeps("#tea", "hello")
    alice = chat.user("alice", caps=CAPS, account="alice")
    other = chat.device("alice", caps=CAPS)
    alice.sends("JOIN #tea")
    for client in (alice, other):
        assert [each.params[1] for each in client.take() if each.command == "PRIVMSG"] == ["hello"]


def test_one_more_client_is_shown_what_was_said_in_each_room() -> None:
    chat = KeptChat()
    chat.user("alice", "#tea", "#water", account="alice")
    chat.keeps("#tea", "hello")
    chat.keeps("#water", "hi")
    other = chat.open()
    other.session.user.account = "alice"
    for line in (f"CAP REQ :{CAPS}", "NICK alice", "USER a 0 * :A", "CAP END"):
        other.sends(line)
    assert [each.params[1] for each in other.take() if each.command == "PRIVMSG"] == ["hello", "hi"]


def test_without_times_the_text_says_when() -> None:
    chat = KeptChat()
    chat.user("bob", "#tea")
    for text in ("!kick alice", "\x01ACTION waves\x01", "\x01VERSION\x01"):
        chat.keeps("#tea", text, "bob")
    alice = chat.user("alice")
    heard = [each for each in alice.does("JOIN #tea") if "PRIVMSG" in each]
    assert heard == [
        "bob PRIVMSG #tea :[2023-11-14 22:13:21] !kick alice",
        "bob PRIVMSG #tea :\x01ACTION [2023-11-14 22:13:22] waves\x01",
    ]


def test_who_sends_lines_and_goes_has_all_of_them_obeyed() -> None:
    chat = KeptChat()
    bob = chat.user("bob", "#tea")
    alice = chat.user("alice", caps=CAPS)
    chat.waits = True
    for line in ("JOIN #tea,#water", "PRIVMSG #tea :hello", "OPER root x", "PING late"):
        alice.sends(line)
    bob.lines.clear()
    alice.vanishes("gone")
    assert bob.hears() == ["alice PRIVMSG #tea :hello", "alice QUIT :gone"]
    assert chat.world.owed == {}


def test_who_quits_behind_a_join_goes_once() -> None:
    chat = KeptChat()
    bob = chat.user("bob", "#tea")
    alice = chat.user("alice", caps=CAPS)
    chat.waits = True
    for line in ("JOIN #tea", "QUIT :bye"):
        alice.sends(line)
    bob.lines.clear()
    alice.vanishes("gone")
    assert bob.hears() == ["alice QUIT :Quit: bye"]
