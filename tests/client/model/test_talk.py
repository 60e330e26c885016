"""What is said, and what is done to it afterwards."""

from __future__ import annotations

import pytest

from tests.client.model.desk import NOW, Desk, Wished
from trio_chat.client.model.entries import Entry, Kind, State


@pytest.fixture
def desk() -> Desk:
    return Desk()


def said(desk: Desk, where: str = "#tea") -> list[str]:
    return [entry.text for entry in reversed(list(desk.model.conversations[where].messages()))]


def hello(desk: Desk, msgid: str = "m1") -> Entry:
    [entry] = desk.take(f"@msgid={msgid} :al!a@h PRIVMSG #tea :hello")
    return entry


def test_messages_are_numbered_in_each_conversation(desk: Desk) -> None:
    desk.see(":al!a@h PRIVMSG #tea :one", ":al!a@h JOIN #tea", ":me!a@h PRIVMSG #tea :two")
    desk.see(":al!a@h PRIVMSG #trio :other")
    tea = desk.model.conversations["#tea"]
    assert [(entry.number, entry.text) for entry in tea.messages()] == [(2, "two"), (1, "one")]
    assert desk.model.conversations["#trio"].numbered(1) is not None
    assert tea.numbered(3) is None


def test_what_has_an_id_is_told_once(desk: Desk) -> None:
    line = "@msgid=m1 :al!a@h PRIVMSG #tea :hello"
    assert desk.see(line, line) == ["<al> hello"]
    assert desk.see(":al!a@h PRIVMSG #tea :ha", ":al!a@h PRIVMSG #tea :ha") == ["<al> ha"] * 2


def test_an_answer_knows_what_it_answers(desk: Desk) -> None:
    entry = hello(desk)
    [answer] = desk.take("@msgid=m2;+draft/reply=m1 :bo!a@h PRIVMSG #tea :hi")
    assert answer.answers is entry
    [other] = desk.take("@msgid=m3;+draft/reply=gone :bo!a@h PRIVMSG #tea :what?")
    assert (other.answers, other.reply_to) == (None, "gone")


def test_an_edit_changes_the_message_and_is_told(desk: Desk) -> None:
    entry = hello(desk)
    edit = "@draft/target-msgid=m1;draft/edit-text=hallo :al!a@h EDIT #tea"
    [amended] = desk.take(edit)
    assert (entry.text, entry.edited) == ("hallo", True)
    assert (amended.kind, amended.about) == (Kind.AMENDED, entry)
    assert desk.drawn([amended]) == ["-- al edited 1: hallo"]
    assert desk.see(edit) == []
    assert desk.see("@draft/target-msgid=old;draft/edit-text=new :al!a@h EDIT #tea") == [
        "-- al edited an earlier message: new"
    ]
    assert amended not in desk.model.conversations["#tea"].backlog


def test_what_is_taken_back_is_gone(desk: Desk) -> None:
    entry = hello(desk)
    assert desk.see(":op!a@h REDACT #tea m1 :spam") == ["-- op took back 1 (spam)"]
    assert (entry.text, entry.redacted) == ("", True)
    assert desk.see(":op!a@h REDACT #tea m1") == []
    assert desk.see(":op!a@h REDACT #tea unknown") == []
    assert desk.see("@draft/target-msgid=m1;draft/edit-text=x :al!a@h EDIT #tea") == []


def test_reactions_come_and_go(desk: Desk) -> None:
    entry = hello(desk)
    reaction = "@+draft/reply=m1;+draft/react=👍 :bo!a@h TAGMSG #tea"
    assert desk.see(reaction, reaction) == ["-- bo reacted to 1: 👍"]
    assert desk.see("@+draft/reply=m1;+draft/react=👍 :me!a@h TAGMSG #tea") != []
    assert {name: list(nicks) for name, nicks in entry.reactions.items()} == {"👍": ["bo", "me"]}
    away = "@+draft/reply=m1;+draft/unreact=👍 :{}!a@h TAGMSG #tea"
    assert desk.see(away.format("bo"), away.format("bo")) == ["-- bo took back 👍 on 1"]
    desk.see(away.format("me"))
    assert entry.reactions == {}


def test_pins_are_told(desk: Desk) -> None:
    entry = hello(desk)
    assert desk.see(":op!a@h PIN #tea m1", ":op!a@h PIN #tea m1") == ["-- op pinned 1"]
    assert entry.pinned
    assert desk.see(":op!a@h UNPIN #tea m1") == ["-- op unpinned 1"]
    assert desk.see(":op!a@h PIN #tea gone") == ["-- op pinned an earlier message"]


def test_reactions_are_bounded(desk: Desk) -> None:
    entry = hello(desk)
    for number in range(300):
        desk.see(f"@+draft/reply=m1;+draft/react=r{number} :b!a@h TAGMSG #tea")
        desk.see(f"@+draft/reply=m1;+draft/react=r0 :n{number}!a@h TAGMSG #tea")
    assert len(entry.reactions) == 30
    assert len(entry.reactions["r0"]) == 200


def test_an_own_message_is_one_entry_all_its_way(desk: Desk) -> None:
    entry, token = desk.model.begin("#tea", Kind.SAID, "hi", NOW)
    second, _ = desk.model.begin("#tea", Kind.SAID, "again", NOW)
    assert desk.model.pending == [entry, second]
    assert entry.state is State.PENDING
    assert said(desk) == []
    assert desk.take("@msgid=a :al!a@h PRIVMSG #tea :first") != []
    assert desk.take("@msgid=b :me!a@h PRIVMSG #tea :hi") == [entry]
    assert (entry.state, entry.msgid, entry.number) == (State.SENT, "b", 2)
    assert said(desk) == ["first", "hi"]
    assert desk.model.pending == [second]
    assert token


def test_a_refused_message_stands_where_it_was_refused(desk: Desk) -> None:
    entry, _ = desk.model.begin("#tea", Kind.SAID, "hi", NOW)
    assert desk.model.give_up(entry, State.REFUSED) == [entry]
    assert desk.model.give_up(entry, State.REFUSED) == []
    assert desk.model.pending == []
    assert said(desk) == ["hi"]
    # The same again is another message.
    assert desk.take("@msgid=b :me!a@h PRIVMSG #tea :hi") != [entry]


def test_a_message_that_was_given_up_can_arrive_still(desk: Desk) -> None:
    entry, _ = desk.model.begin("#tea", Kind.SAID, "hi", NOW)
    desk.model.give_up(entry, State.UNKNOWN)
    assert desk.take("@msgid=b :me!a@h PRIVMSG #tea :hi") == []
    assert (entry.state, entry.msgid) == (State.SENT, "b")
    assert desk.model.conversations["#tea"].message("b") is entry
    assert said(desk) == ["hi"]


def test_a_message_that_was_not_sent_leaves_nothing(desk: Desk) -> None:
    entry, _ = desk.model.begin("#tea", Kind.SAID, "hi", NOW)
    desk.model.take_back(entry)
    assert desk.model.pending == []
    assert said(desk) == []


@pytest.mark.parametrize(
    ("text", "is_meant"),
    [
        ("me: hello", True),
        ("hello ME!", True),
        ("some mess", False),
        ("me-too", False),
        ("\x02me\x02: \x0304me", True),
        ("\x0304me", True),
        ("who has seen the Green Tea?", True),
        ("evergreen tea", False),
        ("c++ is a keyword", True),
    ],
)
def test_a_mention_is_a_word(text: str, is_meant: bool) -> None:
    desk = Desk(Wished(highlights=("green tea", "C++")))
    [entry] = desk.take(f":al!a@h PRIVMSG #tea :{text}")
    assert entry.mention is is_meant


def test_a_mention_is_found_under_the_servers_case_mapping() -> None:
    desk = Desk()
    desk.model.name_by("rfc1459")
    desk.model.nick = "m[e]"
    [entry] = desk.take(":al!a@h PRIVMSG #tea :M{E}, hello")
    assert entry.mention


def test_the_ignored_are_not_heard() -> None:
    desk = Desk(Wished(ignore=("troll", "*!*@bad.example")))
    assert (
        desk.see(
            ":troll!t@h PRIVMSG #tea :boo",
            ":TROLL!t@h PRIVMSG me :boo",
            ":x!y@bad.example NOTICE #tea :boo",
            ":troll!t@h INVITE me #boo",
            "@+typing=active :troll!t@h TAGMSG #tea",
            ":troll!t@h PRIVMSG me :\x01VERSION\x01",
        )
        == []
    )
    assert desk.model.typing == []
    assert "troll" not in desk.model.conversations
    assert desk.see(":troll!t@h PART #tea", ":trolley!t@h PRIVMSG #tea :hi") == [
        "-- troll left",
        "<trolley> hi",
    ]


def test_notices_open_no_conversation_but_go_into_one(desk: Desk) -> None:
    assert desk.see(":NickServ!s@services NOTICE me :identify") == ["-NickServ- identify"]
    assert "NickServ" not in desk.model.conversations
    desk.see(":me!u@h PRIVMSG NickServ :help")
    assert desk.see(":NickServ!s@services NOTICE me :this") == ["[NickServ → you] -NickServ- this"]


def test_what_clients_say_to_each_other_is_no_talk(desk: Desk) -> None:
    assert desk.see(":al!a@h NOTICE me :\x01VERSION Chatter 1.0\x01") == [
        "-- al's client answers to VERSION: Chatter 1.0"
    ]
    assert desk.see(":me!u@h NOTICE al :\x01VERSION trio-chat\x01") == []
    assert "al" not in desk.model.conversations


def test_the_day_is_told_where_it_changes(desk: Desk) -> None:
    lines = [
        "@time=2024-05-01T23:59:00.000Z :al!a@h PRIVMSG #tea :late",
        "@time=2024-05-02T00:01:00.000Z :al!a@h PRIVMSG #tea :early",
        "@time=2024-05-02T08:00:00.000Z :al!a@h PRIVMSG #tea :morning",
    ]
    shown = desk.take(*lines)
    assert [entry.text for entry in shown] == [
        "late",
        "Thursday, 2 May 2024",
        "early",
        "morning",
    ]
    assert shown[1].kind is Kind.DIVIDED
