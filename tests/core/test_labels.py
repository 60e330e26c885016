"""Labelled responses: one logical answer to each labelled line, whatever the line was."""

from __future__ import annotations

import pytest

from trio_chat.wire.message import Message

from .language import SERVER, Chat, Client

LABELS = "labeled-response batch message-tags echo-message"


def labelled(message: Message) -> tuple[str, str, str]:
    return message.tags.get("label", ""), message.tags.get("batch", ""), message.command


def test_a_single_answer_carries_the_label() -> None:
    alice = Chat().user("alice", caps="labeled-response batch")
    (pong,) = alice.asks("@label=abc PING x")
    assert (pong.source, pong.params, dict(pong.tags)) == (SERVER, (SERVER, "x"), {"label": "abc"})


def test_several_answers_come_in_a_batch_that_carries_the_label() -> None:
    alice = Chat().user("alice", caps="labeled-response batch")
    start, *answers, end = alice.asks("@label=abc WHOIS alice")
    reference = start.params[0][1:]
    assert start.params == (f"+{reference}", "labeled-response")
    assert dict(start.tags) == {"label": "abc"}
    assert {answer.tags["batch"] for answer in answers} == {reference}
    assert not any("label" in answer.tags for answer in answers)
    assert (answers[0].command, answers[-1].command) == ("311", "318")
    assert (end.params, dict(end.tags)) == ((f"-{reference}",), {})
    assert start.source == end.source == SERVER


def test_no_two_batches_share_a_reference() -> None:
    alice = Chat().user("alice", caps="labeled-response batch")
    first, second = (alice.asks("@label=a LUSERS")[0] for _ in range(2))
    assert first.params[0] != second.params[0]


@pytest.mark.parametrize(
    "line",
    [
        *("PONG x", "NOTICE bob :hi", "NOTICE nobody :hi", "PRIVMSG bob :hi", "PRIVMSG #tea :hi"),
        *("JOIN #tea", "NICK alice", "MODE #tea +n", "MODE alice -i", "CAP END", "SETNAME :A"),
        *("@+x=y;label=2 TAGMSG #tea", "MONITOR C"),
    ],
)
def test_a_command_without_an_answer_is_acknowledged(line: str) -> None:
    chat = Chat()
    alice = chat.user("alice", "#tea", caps="labeled-response batch")
    chat.user("bob", "#tea")
    chat.forget()
    (ack,) = alice.asks(line if line.startswith("@") else f"@label=2 {line}")
    assert (ack.command, ack.params, ack.source) == ("ACK", (), SERVER)
    assert dict(ack.tags) == {"label": "2"}


@pytest.mark.parametrize(
    ("line", "command"),
    [
        ("PRIVMSG nobody :hi", "401"),
        ("NONSENSE", "421"),
        ("JOIN", "461"),
        ("TOPIC #nowhere :x", "403"),
        ("SETNAME :", "FAIL"),
        ("AWAY :x", "306"),
        ("CAP LS", "CAP"),
        ("CAP REQ :setname nonsense", "CAP"),
        ("MODE alice +i", "MODE"),
        ("QUIT", "ERROR"),
    ],
)
def test_refusals_and_confirmations_carry_the_label(line: str, command: str) -> None:
    alice = Chat().user("alice", caps="labeled-response batch")
    (answer,) = alice.asks(f"@label=L {line}")
    assert labelled(answer) == ("L", "", command)


def two() -> tuple[Chat, Client, Client]:
    chat = Chat()
    alice = chat.user("alice", "#tea", caps=LABELS)
    bob = chat.user("bob", "#tea", caps=LABELS)
    chat.forget()
    return chat, alice, bob


@pytest.mark.parametrize(
    "line",
    [
        *("PRIVMSG #tea :hi", "NOTICE #tea :hi", "TAGMSG #tea", "TOPIC #tea :x", "MODE #tea +m"),
        *("PART #tea", "NICK alicia", "KICK #tea bob", "PRIVMSG bob :hi"),
    ],
)
def test_an_echo_carries_the_label_and_what_the_others_hear_does_not(line: str) -> None:
    _, alice, bob = two()
    (echo,) = alice.asks(f"@label=L {line}")
    assert labelled(echo) == ("L", "", line.split()[0])
    (heard,) = bob.take()
    assert labelled(heard) == ("", "", line.split()[0])
    assert heard.params == echo.params
    assert heard.tags.get("msgid") == echo.tags.get("msgid")


def test_a_join_is_one_answer_and_the_others_hear_just_the_join() -> None:
    _, alice, bob = two()
    alice.sends("PART #tea")
    bob.lines.clear()
    start, joined, *names, _ = alice.asks("@label=L JOIN #tea")
    assert labelled(start) == ("L", "", "BATCH")
    reference = start.params[0][1:]
    assert [labelled(message) for message in (joined, *names)] == [
        ("", reference, "JOIN"),
        ("", reference, "353"),
        ("", reference, "366"),
    ]
    assert [labelled(message) for message in bob.take()] == [("", "", "JOIN")]


def test_several_targets_are_one_answer() -> None:
    _, alice, bob = two()
    _, *answers, _ = alice.asks("@label=L PRIVMSG #tea,bob,nobody :hi")
    assert [message.command for message in answers] == ["PRIVMSG", "PRIVMSG", "401"]
    assert len(bob.take()) == 2


def test_a_message_to_oneself_is_labelled_as_sent_and_not_as_received() -> None:
    _, alice, _ = two()
    heard = [labelled(message) for message in alice.asks("@label=L PRIVMSG alice :hi")]
    assert heard == [("L", "", "PRIVMSG"), ("", "", "PRIVMSG")]


def test_a_message_to_oneself_without_echoes_is_acknowledged_and_received() -> None:
    alice = Chat().user("alice", caps="labeled-response batch")
    heard = [labelled(message) for message in alice.asks("@label=L PRIVMSG alice :hi")]
    assert heard == [("L", "", "ACK"), ("", "", "PRIVMSG")]


def test_the_label_comes_before_client_only_tags() -> None:
    _, alice, _ = two()
    (echo,) = alice.asks("@+typing=active;label=L TAGMSG #tea")
    assert list(echo.tags) == ["label", "msgid", "+typing"]


@pytest.mark.parametrize("caps", ["", "labeled-response", "batch", "message-tags batch"])
def test_labels_need_labeled_response_and_batch(caps: str) -> None:
    alice = Chat().user("alice", caps=caps)
    (pong,) = alice.asks("@label=L PING x")
    assert not pong.tags
    assert alice.asks("@label=L PONG x") == []


@pytest.mark.parametrize("label", ["", "x" * 65, "é" * 33])
def test_what_is_no_label_is_none(label: str) -> None:
    alice = Chat().user("alice", caps="labeled-response batch")
    (pong,) = alice.asks(f"@label={label} PING x")
    assert not pong.tags


@pytest.mark.parametrize("label", ["x" * 64, "é" * 32, r"a\:\s\\b", "🫖", "a=b"])
def test_a_label_comes_back_as_it_was(label: str) -> None:
    alice = Chat().user("alice", caps="labeled-response batch")
    alice.sends(f"@label={label} PING x")
    assert alice.lines == [f"@label={label} :{SERVER} PONG {SERVER} :x\r\n".encode()]


def test_labels_work_before_registration() -> None:
    stranger = Chat().open()
    stranger.sends("CAP REQ :labeled-response batch")
    stranger.lines.clear()
    assert [labelled(message) for message in stranger.asks("@label=1 NICK x")] == [("1", "", "ACK")]
    assert [labelled(message) for message in stranger.asks("@label=2 JOIN #a")] == [
        ("2", "", "451")
    ]
    stranger.sends("USER x 0 * :X")
    start, *answers, _ = stranger.asks("@label=3 CAP END")
    assert labelled(start) == ("3", "", "BATCH")
    assert answers[0].command == "001"


@pytest.mark.parametrize(
    ("line", "answer"),
    [
        (b"@label=2 PRIVMSG #tea :\xff", "FAIL"),
        (b"@label=2 PRIVMSG #tea :" + b"x" * 600, "417"),
        (b"@label=2 PRIVMSG #tea :a\0b", "400"),
        (b"@label=2 :alice", "400"),
    ],
)
def test_what_could_not_be_read_is_refused_with_its_label(line: bytes, answer: str) -> None:
    alice = Chat().user("alice", "#tea", caps="labeled-response batch")
    (refusal,) = alice.asks(line)
    assert (refusal.command, refusal.tags) == (answer, {"label": "2"})


@pytest.mark.parametrize("tags", [b"label=\xff", b"label=a\0b", b"x"])
def test_where_the_label_cannot_be_read_there_is_none(tags: bytes) -> None:
    alice = Chat().user("alice", "#tea", caps="labeled-response batch")
    (refusal,) = alice.asks(b"@" + tags + b" PRIVMSG #tea :\xff")
    assert (refusal.command, refusal.tags) == ("FAIL", {})
