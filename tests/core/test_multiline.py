"""Messages of several lines: said as a whole, heard as a batch or line by line."""

from __future__ import annotations

import pytest

from trio_chat.wire.message import Message

from .language import Chat, Client, limited

CAPS = "batch draft/multiline message-tags"
ECHO = f"{CAPS} echo-message labeled-response"


def tags(message: Message) -> dict[str, str]:
    return dict(message.tags)


def say(client: Client, *lines: str, target: str = "#tea", opening: str = "") -> list[Message]:
    """Send a batch of these lines; what this client heard from the first of them on."""
    client.lines.clear()
    client.sends(f"{opening}BATCH +1 draft/multiline {target}")
    for line in lines:
        client.sends(line)
    client.sends("BATCH -1")
    return client.take()


POEM = (
    "@batch=1 PRIVMSG #tea :hello",
    "@batch=1 PRIVMSG #tea :",
    "@batch=1 privmsg #TEA :how is ",
    "@batch=1;draft/multiline-concat PRIVMSG #tea :everyone?",
)


def test_those_who_take_it_get_the_batch_and_others_the_lines() -> None:
    chat = Chat()
    alice, bob = chat.users("alice", "bob", room="#tea", caps=CAPS)
    tagged = chat.user("tagged", "#tea", caps="message-tags batch")
    plain = chat.user("plain", "#tea", caps="draft/multiline")
    chat.forget()
    assert say(alice, *POEM, opening="@+reply=x;+y;other=z ") == []
    start, *lines, end = bob.take()
    msgid = start.tags["msgid"]
    reference = start.params[0].removeprefix("+")
    assert start.source == end.source == alice.source
    assert start.params[1:] == ("draft/multiline", "#tea")
    assert tags(start) == {"msgid": msgid, "+reply": "x", "+y": ""}
    assert end.params == (f"-{reference}",)
    assert [line.params for line in lines] == [
        ("#tea", "hello"),
        ("#tea", ""),
        ("#tea", "how is "),
        ("#tea", "everyone?"),
    ]
    assert {line.source for line in lines} == {alice.source}
    assert [tags(line) for line in lines] == [
        {"batch": reference},
        {"batch": reference},
        {"batch": reference},
        {"batch": reference, "draft/multiline-concat": ""},
    ]
    singles = tagged.take()
    assert [line.params[1] for line in singles] == ["hello", "how is ", "everyone?"]
    assert [tags(line) for line in singles] == [{"msgid": msgid, "+reply": "x", "+y": ""}, {}, {}]
    assert plain.hears() == [
        "alice PRIVMSG #tea :hello",
        "alice PRIVMSG #tea :how is ",
        "alice PRIVMSG #tea :everyone?",
    ]


def test_nothing_is_said_before_the_end() -> None:
    chat = Chat()
    alice, bob = chat.users("alice", "bob", room="#tea", caps=CAPS)
    for line in ("BATCH +1 draft/multiline #tea", *POEM):
        assert alice.does(line) == []
    assert alice.does("PING x") == [f"PONG {chat.world.settings.server_name} x"]
    assert bob.hears() == []
    alice.sends("BATCH -1")
    assert len(bob.hears()) == 6


def test_the_echo_carries_the_label_on_the_opening_alone() -> None:
    chat = Chat()
    (alice,) = chat.users("alice", room="#tea", caps=ECHO)
    start, *rest = say(alice, *POEM, opening="@label=L ")
    assert start.tags["label"] == "L"
    assert "msgid" in start.tags
    assert len(rest) == 5
    assert not any("label" in each.tags for each in rest)


def test_without_an_echo_the_label_is_acknowledged_at_the_end() -> None:
    chat = Chat()
    alice = chat.user("alice", "#tea", caps=f"{CAPS} labeled-response")
    assert alice.does("@label=L BATCH +1 draft/multiline #tea") == []
    alice.sends(POEM[0])
    (ack,) = alice.asks("BATCH -1")
    assert (ack.command, tags(ack)) == ("ACK", {"label": "L"})


def test_a_message_to_somebody_away_is_nested_in_the_labelled_answer() -> None:
    chat = Chat()
    alice, bob = chat.user("alice", caps=ECHO), chat.user("bob", caps=CAPS)
    bob.sends("AWAY :tea")
    heard = say(alice, "@batch=1 PRIVMSG bob :x", target="bob", opening="@label=L ")
    outer = heard[0].params[0][1:]
    assert heard[0].params[1] == "labeled-response"
    assert tags(heard[0]) == {"label": "L"}
    inner = heard[1].params[0][1:]
    assert heard[1].tags["batch"] == outer
    assert heard[2].tags["batch"] == inner
    assert heard[3].params == (f"-{inner}",)
    assert heard[3].tags["batch"] == heard[4].tags["batch"] == outer
    assert heard[4].command == "301"
    assert heard[5].params == (f"-{outer}",)


def test_to_oneself_it_comes_as_sent_and_as_received() -> None:
    chat = Chat()
    alice = chat.user("alice", caps=ECHO)
    heard = say(alice, "@batch=1 PRIVMSG alice :x", target="alice", opening="@label=L ")
    labels = [each.tags.get("label") for each in heard if each.params[0].startswith("+")]
    assert sorted(labels, key=str) == ["L", None]
    assert len(heard) == 6


@pytest.mark.parametrize(
    ("lines", "answer"),
    [
        (["@batch=1 PRIVMSG #tea x", "@batch=1 NOTICE #tea x"], "MULTILINE_INVALID"),
        (["@batch=1 TAGMSG #tea"], "MULTILINE_INVALID"),
        (["@batch=1 PRIVMSG #tea"], "MULTILINE_INVALID"),
        (["@batch=1 BATCH +2 draft/multiline #tea"], "MULTILINE_INVALID"),
        (
            ["@batch=1 PRIVMSG #tea x", "@batch=1;draft/multiline-concat PRIVMSG #tea :"],
            "MULTILINE_INVALID",
        ),
        (["@batch=1 PRIVMSG #pot x"], "MULTILINE_INVALID_TARGET #tea #pot"),
        (["@batch=1 PRIVMSG #tea x"] * 5, "MULTILINE_MAX_LINES 4"),
        (["@batch=1 PRIVMSG #tea :" + "é" * 10] * 2, "MULTILINE_MAX_BYTES 40"),
        (["@batch=1 PRIVMSG #tea " + "x" * 41], "MULTILINE_MAX_BYTES 40"),
        (["@batch=1 PRIVMSG #tea x", b"PRIVMSG \xff x"], "MULTILINE_INVALID"),
    ],
)
def test_what_is_wrong_is_said_once_and_nobody_hears_of_it(lines: list[str], answer: str) -> None:
    chat = Chat(limited(multiline_lines=4, multiline_bytes=40))
    alice, bob = chat.users("alice", "bob", room="#tea", caps=ECHO)
    heard = say(alice, *lines, "@batch=1 PRIVMSG #tea x", opening="@label=L ")
    (fail,) = [each for each in heard if each.params[0] == "BATCH"]
    assert fail.command == "FAIL"
    assert " ".join(fail.params[1:-1]) == answer
    assert fail.tags["label"] == "L"
    assert bob.hears() == []
    assert alice.session.batch is None


@pytest.mark.parametrize("command", ["PRIVMSG", "NOTICE"])
@pytest.mark.parametrize("count", [0, 2])
def test_nothing_but_blank_lines_is_no_message(command: str, count: int) -> None:
    chat = Chat()
    alice, bob = chat.users("alice", "bob", room="#tea", caps=ECHO)
    (fail,) = say(alice, *[f"@batch=1 {command} #tea :"] * count, opening="@label=L ")
    assert fail.params[:2] == ("BATCH", "MULTILINE_INVALID")
    assert fail.tags["label"] == "L"
    assert bob.hears() == []


def test_the_limits_count_line_feeds_but_not_where_lines_are_joined() -> None:
    chat = Chat(limited(multiline_bytes=6))
    alice, bob = chat.users("alice", "bob", room="#tea", caps=CAPS)
    three = "@batch=1 PRIVMSG #tea xxx"
    joined = "@batch=1;draft/multiline-concat PRIVMSG #tea xxx"
    assert [each.command for each in say(alice, three, three)] == ["FAIL"]
    assert say(alice, three, joined) == []
    assert len(bob.hears()) == 4


def test_a_batch_may_not_stay_open_for_ever() -> None:
    chat = Chat(limited(batch_seconds=5))
    (alice,) = chat.users("alice", room="#tea", caps=CAPS)
    alice.sends("BATCH +1 draft/multiline #tea")
    chat.passes(6)
    assert alice.does(POEM[0]) == ["FAIL BATCH TIMEOUT 1"]
    assert alice.does(POEM[0]) == []
    assert alice.does("BATCH -1") == []


@pytest.mark.parametrize(
    ("line", "answer"),
    [
        ("BATCH", "461 alice BATCH"),
        ("BATCH +1", "461 alice BATCH"),
        ("BATCH 1 draft/multiline #tea", "FAIL BATCH INVALID_REFTAG 1"),
        ("BATCH +a_b draft/multiline #tea", "FAIL BATCH INVALID_REFTAG a_b"),
        ("BATCH +1 other #tea", "FAIL BATCH UNKNOWN_TYPE 1 other"),
        ("BATCH +1 draft/multiline", "FAIL BATCH MULTILINE_INVALID"),
        ("BATCH -1", "FAIL BATCH INVALID_REFTAG 1"),
        ("@batch=7 PRIVMSG #tea x", "FAIL BATCH INVALID_REFTAG 7"),
    ],
)
def test_what_is_no_batch(line: str, answer: str) -> None:
    chat = Chat()
    alice, bob = chat.users("alice", "bob", room="#tea", caps=CAPS)
    assert alice.does(line) == [answer]
    assert bob.hears() == []


def test_without_the_capability_there_is_no_such_batch() -> None:
    chat = Chat()
    alice, bob = chat.users("alice", "bob", room="#tea")
    assert alice.does("BATCH +1 draft/multiline #tea") == [
        "FAIL BATCH UNKNOWN_TYPE 1 draft/multiline"
    ]
    assert alice.does("@batch=1 PRIVMSG #tea x") == []
    assert bob.hears() == []
    assert alice.does("PRIVMSG #tea x") == []
    assert bob.hears() == ["alice PRIVMSG #tea :x"]


def test_it_is_refused_like_any_message() -> None:
    chat = Chat()
    chat.user("boss", "#tea")
    alice = chat.user("alice", caps=CAPS)
    (refusal,) = say(alice, POEM[0])
    assert refusal.command == "404"
    (refusal,) = say(alice, "@batch=1 PRIVMSG nobody x", target="nobody")
    assert refusal.command == "401"
    assert say(alice, "@batch=1 NOTICE nobody x", target="nobody") == []
    long = "x" * 480
    for command in ("PRIVMSG", "NOTICE"):
        (refusal,) = say(alice, f"@batch=1 {command} boss {long}", target="boss")
        assert refusal.command == "417"


def test_a_second_opening_spoils_the_first() -> None:
    chat = Chat()
    alice, bob = chat.users("alice", "bob", room="#tea", caps=CAPS)
    alice.sends("BATCH +1 draft/multiline #tea")
    alice.sends(POEM[0])
    assert alice.does("BATCH +2 draft/multiline #tea") == ["FAIL BATCH MULTILINE_INVALID"]
    assert alice.does("BATCH -1") == ["FAIL BATCH INVALID_REFTAG 1"]
    assert bob.hears() == []


def test_the_limits_are_advertised() -> None:
    chat = Chat(limited(multiline_bytes=4096, multiline_lines=7))
    alice = chat.open()
    offer = " ".join(each.params[-1] for each in alice.asks("CAP LS 302")).split()
    assert "draft/multiline=max-bytes=4096,max-lines=7" in offer


def test_what_only_some_have_seen_cannot_be_taken_back() -> None:
    chat = Chat()
    alice, bob = chat.users("alice", "bob", room="#tea", caps=f"{ECHO} draft/message-redaction")
    for target, known in (("@#tea", False), ("#tea", True)):
        start, *_ = say(alice, f"@batch=1 PRIVMSG {target} :hush", target=target)
        bob.lines.clear()
        alice.sends(f"REDACT #tea {start.tags['msgid']}")
        assert bool(bob.hears()) == known


def test_what_was_said_to_one_person_can_be_taken_back() -> None:
    chat = Chat()
    alice, bob = (
        chat.user(nick, caps=f"{ECHO} draft/message-redaction") for nick in ("alice", "bob")
    )
    start, *_ = say(alice, "@batch=1 PRIVMSG bob :hush", target="bob")
    bob.lines.clear()
    alice.sends(f"REDACT bob {start.tags['msgid']}")
    assert bob.hears() == [f"alice REDACT bob {start.tags['msgid']}"]


@pytest.mark.parametrize("caps", [CAPS, ""])
def test_what_comes_of_a_batch_of_an_unknown_type_is_ignored(caps: str) -> None:
    chat = Chat()
    alice, bob = chat.user("alice", "#tea", caps=caps), chat.user("bob", "#tea")
    assert alice.does("BATCH +1 other") == ["FAIL BATCH UNKNOWN_TYPE 1 other"]
    assert alice.does("@batch=1 PRIVMSG #tea :x") == []
    assert alice.does("BATCH -1") == []
    assert bob.hears() == []
