"""How the shape `history` tells where an answer ends, and how `echo` tells an echo."""

from __future__ import annotations

import random
import re
import socket
from collections.abc import Iterator

import pytest

from benchmarks.accounts import probe_text
from benchmarks.crowd import Member, Trouble
from benchmarks.figures import Job
from benchmarks.shapes.echo import Speakers
from benchmarks.shapes.history import Answer, Asker, latest, search
from benchmarks.stage import Stage

BEGIN, END = b":here BATCH +1 chathistory #room7", b":here BATCH -1"
LINE = b"@batch=1;time=2026-01-01T00:00:00.000Z :bob!b@h PRIVMSG #room7 :so it was"


@pytest.fixture
def stage() -> Iterator[Stage]:
    """Nobody listens; what is sent goes to the other end of a pair of sockets."""
    job = Job("echo", "127.0.0.1", 1, None, clients=20, seconds=1, warmup=0, sendq=0)
    stage = Stage(job, lambda share, note: None)
    yield stage
    stage.crowd.close()


@pytest.fixture
def sockets() -> Iterator[tuple[socket.socket, socket.socket]]:
    one, other = socket.socketpair()
    with one, other:
        yield one, other


def heard(*lines: bytes) -> tuple[bool, int]:
    """Whether the answer has ended, and the messages in it."""
    answer = Answer()
    ends = [answer.hear(line) for line in lines]
    assert True not in ends[:-1]
    return ends[-1], answer.lines


def test_an_answer_is_the_messages_of_its_batch() -> None:
    assert heard(BEGIN, LINE, LINE) == (False, 2)
    assert heard(BEGIN, LINE, LINE, END) == (True, 2)


def test_an_empty_batch_is_an_answer() -> None:
    assert heard(BEGIN, END) == (True, 0)


def test_a_batch_within_does_not_end_it() -> None:
    inner = (b"@batch=1 :here BATCH +2 draft/multiline #room7", LINE, b":here BATCH -2")
    assert heard(BEGIN, *inner, END) == (True, 1)


def test_what_is_said_meanwhile_is_no_part_of_it() -> None:
    assert heard(b":eve!e@h PRIVMSG #room7 :hello", BEGIN, LINE, END) == (True, 1)


def test_a_refusal_ends_the_run_with_its_words() -> None:
    with pytest.raises(Trouble, match="INVALID_TARGET"):
        heard(b"FAIL CHATHISTORY INVALID_TARGET LATEST #room7 :No such room")


def test_answers_belong_to_the_questions_in_their_order(
    stage: Stage, sockets: tuple[socket.socket, socket.socket]
) -> None:
    member = Member(7, sockets[0], b"")
    asker = Asker(stage, member, [b"#room7"])
    asker.ask(b"first")
    asker.ask(b"second")
    assert sockets[1].recv(100) == b"first\r\nsecond\r\n"
    assert member.ear is not None
    member.ear(member, b"\r\n".join((BEGIN, LINE, END, BEGIN, b"")), 0)
    assert (asker.waiting, asker.answers.count) == (1, 1)
    member.ear(member, LINE + b"\r\n" + END + b"\r\n", 0)
    assert (asker.waiting, asker.answers.count, asker.lines) == (0, 2, 2)
    with pytest.raises(Trouble, match="nobody had asked"):
        member.ear(member, BEGIN + b"\r\n" + END + b"\r\n", 0)


def test_somebody_asks_about_rooms_of_their_own(
    stage: Stage, sockets: tuple[socket.socket, socket.socket]
) -> None:
    asker = Asker(stage, Member(7, sockets[0], b""), [b"#room7", b"#room8"])
    dice = random.Random(1)
    for _ in range(5):
        assert re.fullmatch(rb"CHATHISTORY LATEST #room[78] \* 100", latest(asker, dice))
        said = search(asker, dice, {b"#room7": ["cake"], b"#room8": ["tea"]})
        assert re.fullmatch(rb"SEARCH in=#room(7;text=cake|8;text=tea);limit=100", said)


def test_an_echo_is_timed_apart_from_what_others_hear(
    stage: Stage, sockets: tuple[socket.socket, socket.socket]
) -> None:
    member = Member(1, sockets[0], b"#echo1")
    speakers = Speakers(stage, [member] * 20, 1000.0, has_echo=True)
    speakers.measure_from_here()
    speakers.turn()
    assert (speakers.awaited, stage.probes.missing) == (1, 1)
    line = b" PRIVMSG #echo1 :" + probe_text(0, 1_000, 48) + b"\r\n"
    speakers.hear(member, b":u2!u2@h" + line, 3_000)
    assert (stage.probes.member.largest, speakers.echoes.count) == (2_000, 0)
    speakers.hear(member, b":u1!u1@h" + line, 6_000)
    assert (stage.probes.member.count, speakers.echoes.largest) == (1, 5_000)
    assert (speakers.awaited, stage.probes.missing, stage.probes.strays) == (0, 0, 0)


def test_a_message_that_was_not_kept_is_a_fault(
    stage: Stage, sockets: tuple[socket.socket, socket.socket]
) -> None:
    member = Member(1, sockets[0], b"#echo1")
    speakers = Speakers(stage, [member] * 20, 1000.0, has_echo=True)
    speakers.hear(member, b":here FAIL PRIVMSG NOT_KEPT #echo1 :The disk is full\r\n", 0)
    assert stage.faults == ["it said :here FAIL PRIVMSG NOT_KEPT #echo1 :The disk is full"]
