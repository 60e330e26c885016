"""RENAME: a room gets a new name, and who does not know the command leaves and joins."""

from __future__ import annotations

import pytest

from .language import Chat, limited

CAP = "draft/channel-rename"


def test_those_who_know_it_are_told_so() -> None:
    chat = Chat()
    alice, bob = chat.users("alice", "bob", room="#boaring", caps=CAP)
    assert alice.does("RENAME #BOARING #boring :Typo fix") == [
        "alice RENAME #boaring #boring :Typo fix"
    ]
    assert bob.hears() == ["alice RENAME #boaring #boring :Typo fix"]
    assert bob.does("PRIVMSG #boaring :hi") == ["403 bob #boaring"]
    assert bob.does("PRIVMSG #boring :hi") == []
    assert bob.does("RENAME #boring #mine") == ["482 bob #boring"]
    assert alice.does("RENAME #boring #b")[-1] == "alice RENAME #boring #b :"


def test_those_who_do_not_leave_one_room_and_join_the_other() -> None:
    chat = Chat()
    alice = chat.user("alice", "#foo")
    bob = chat.user("bob", "#foo", caps=f"{CAP} extended-join")
    carol = chat.user("carol", "#foo", caps="extended-join")
    alice.sends("TOPIC #foo :the topic")
    chat.forget()
    names = "353 {} = #bar :@alice bob carol"
    who_when = f"#bar {alice.source} 1700000000"
    assert alice.does("RENAME #foo #bar :why not") == [
        "alice PART #foo :why not",
        "alice JOIN #bar",
        "332 alice #bar :the topic",
        f"333 alice {who_when}",
        names.format("alice"),
        "366 alice #bar",
    ]
    assert bob.hears() == ["alice RENAME #foo #bar :why not"]
    assert carol.hears() == [
        "carol PART #foo :why not",
        "carol JOIN #bar * :Real carol",
        "332 carol #bar :the topic",
        f"333 carol {who_when}",
        names.format("carol"),
        "366 carol #bar",
    ]


def test_all_that_belongs_to_a_room_stays() -> None:
    chat = Chat()
    alice, bob = chat.users("alice", "bob", room="#foo", caps=CAP)
    alice.sends("MODE #foo +mikbv key eve bob")
    alice.sends("INVITE carol #foo")
    carol = chat.user("carol")
    alice.sends("INVITE carol #foo")
    alice.sends("RENAME #foo #bar")
    chat.forget()
    assert alice.does("MODE #bar")[0] == "324 alice #bar +imntk key"
    assert alice.does("MODE #bar b")[0].split()[2:4] == ["#bar", "eve!*@*"]
    assert bob.does("PRIVMSG #bar :voiced") == []
    assert carol.does("JOIN #bar")[0] == "carol JOIN #bar"
    assert carol.does("JOIN #foo")[0] == "carol JOIN #foo"  # the old name is free again


def test_a_change_of_case_is_told_only_to_those_who_know_it() -> None:
    chat = Chat()
    alice = chat.user("alice", "#tea", caps=CAP)
    bob = chat.user("bob", "#tea")
    assert alice.does("RENAME #tea #TEA") == ["alice RENAME #tea #TEA :"]
    assert bob.hears() == []
    assert alice.does("NAMES #tea")[0].split()[3] == "#TEA"


@pytest.mark.parametrize(
    ("line", "answer"),
    [
        ("RENAME #tea", "461 alice RENAME"),
        ("RENAME #nowhere #x", "403 alice #nowhere"),
        ("RENAME #bar #x", "442 alice #bar"),
        ("RENAME #tea #BAR", "FAIL RENAME CHANNEL_NAME_IN_USE #tea #bar"),
        ("RENAME #tea tea", "FAIL RENAME CANNOT_RENAME #tea tea"),
        ("RENAME #tea :#two words", "FAIL RENAME CANNOT_RENAME #tea #two_words"),
        ("RENAME #tea :", "FAIL RENAME CANNOT_RENAME #tea *"),
        ("RENAME #tea #tea", "FAIL RENAME CANNOT_RENAME #tea #tea"),
        (f"RENAME #tea #{'x' * 64}", f"FAIL RENAME CANNOT_RENAME #tea #{'x' * 64}"),
    ],
)
def test_what_cannot_be_is_refused(line: str, answer: str) -> None:
    chat = Chat()
    alice = chat.user("alice", "#tea", caps=CAP)
    chat.user("bob", "#bar")
    assert alice.does(line) == [answer]


def test_nobody_is_drowned_in_names() -> None:
    chat = Chat(limited(rename_names=5))
    alice, _ = chat.users("alice", "bob", room="#tea")
    assert alice.does("RENAME #tea #bar")[0] == "alice PART #tea"
    chat.user("carol", "#bar")
    alice.lines.clear()
    assert alice.does("RENAME #bar #tea") == ["FAIL RENAME CANNOT_RENAME #bar #tea"]
    assert alice.does("RENAME #bar #Bar") == []


def test_an_answer_to_a_label_is_all_that_the_client_is_told() -> None:
    chat = Chat()
    alice = chat.user("alice", "#tea", caps="batch labeled-response message-tags")
    heard = alice.asks("@label=x RENAME #tea #bar")
    assert heard[0].tags["label"] == "x"
    assert [message.command for message in heard] == [
        "BATCH",
        "PART",
        "JOIN",
        "353",
        "366",
        "BATCH",
    ]
