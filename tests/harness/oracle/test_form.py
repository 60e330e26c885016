"""What is sent to a client is meant for it, and of a form that it has asked for."""

from __future__ import annotations

import pytest

from tests.harness.oracle.scenes import FULL, Scene
from trio_chat.testing.oracle.form import ONE_ID, WELL_FORMED


def alone(caps: str = FULL) -> Scene:
    scene = Scene()
    scene.come("alice", caps)
    return scene


@pytest.mark.parametrize(
    "line",
    [
        ":irc 404 alice #tea :No",
        ":irc 730 * :bob!~b@host",
        ":bob!~b@host JOIN #other",
    ],
)
def test_what_is_for_the_client_is_well(line: str) -> None:
    scene = alone()
    scene.play(f"alice < {line}")
    assert WELL_FORMED not in scene.rules()


def test_a_numeric_for_somebody_else_is_found() -> None:
    scene = alone()
    scene.play("alice < :irc 404 bob #tea :No")
    (finding,) = scene.found()
    assert finding.rule == WELL_FORMED
    assert finding.text == ("alice was sent ':irc 404 bob #tea No', and has never been bob")


def test_a_numeric_may_have_the_nick_of_before() -> None:
    scene = alone()
    scene.play("alice < :alice NICK carol\nalice < :irc 404 alice #tea :No")
    assert scene.found() == []


def test_a_nick_that_changed_in_a_history_is_none_of_the_present() -> None:
    scene = alone()
    scene.play("""
        alice < :irc BATCH +1 chathistory #tea
        alice < @batch=1 :alice NICK carol
        alice < :irc BATCH -1
        alice < :alice NICK dave
        alice < :irc 404 dave #tea :No
    """)
    assert scene.found() == []


@pytest.mark.parametrize(
    ("line", "caps"),
    [
        ("@time=2030-01-01T00:00:00.000Z :irc PING x", "message-tags"),
        ("@account=bob :irc PING x", "message-tags"),
        ("@msgid=1 :irc PING x", "server-time"),
        ("@+typing=active :irc PING x", "server-time"),
        (":bob!~b@host AWAY :gone", "batch"),
        (":bob!~b@host CHGHOST b new", "batch"),
        (":bob!~b@host TAGMSG alice", "batch"),
        (":irc BATCH +1 netsplit", "message-tags"),
        (":bob!~b@host JOIN #tea * :Bob", "batch"),
    ],
)
def test_what_takes_a_capability_is_not_sent_without(line: str, caps: str) -> None:
    scene = alone(caps)
    scene.play(f"alice < {line}")
    assert WELL_FORMED in scene.rules()


def test_a_capability_that_was_given_back_brings_nothing_any_more() -> None:
    scene = alone("message-tags server-time")
    timed = "alice < @time=2030-01-01T00:00:00.000Z :irc PING x"
    scene.play(f"{timed}\nalice > CAP REQ -server-time\n{timed}")
    scene.play("alice < @time=2030-01-01T00:00:00.000Z :irc CAP alice ACK -server-time")
    assert scene.found() == []
    scene.play(timed)
    assert scene.rules() == [WELL_FORMED]


@pytest.mark.parametrize(
    "lines",
    [
        "alice < @batch=1 :irc PING x",
        "alice < :irc BATCH -1",
        "alice < :irc BATCH +1 x\nalice < :irc BATCH +1 x\nalice < :irc BATCH -1",
        "alice < :irc BATCH +1 x",
    ],
)
def test_a_batch_is_opened_and_closed_once(lines: str) -> None:
    scene = alone()
    scene.play(f"{lines}\nsettled")
    assert scene.rules() == [WELL_FORMED]


def test_batches_may_be_within_each_other() -> None:
    scene = alone()
    scene.play("""
        alice < :irc BATCH +1 x
        alice < @batch=1 :irc BATCH +2 y
        alice < @batch=2 :irc PING x
        alice < @batch=1 :irc BATCH -2
        alice < :irc BATCH -1
        settled
    """)
    assert scene.found() == []


class TestTimes:
    def test_they_do_not_go_back(self) -> None:
        scene = alone("server-time batch")
        scene.play("alice < @time=2030-01-01T00:00:02.000Z :irc PING x")
        scene.play("alice < @time=2030-01-01T00:00:01.999Z :irc PING x")
        assert scene.rules() == [WELL_FORMED]

    def test_they_do_in_a_history(self) -> None:
        scene = alone("server-time batch")
        scene.play("""
            alice < @time=2030-01-01T00:00:02.000Z :irc PING x
            alice < @time=2030-01-01T00:00:02.000Z :irc BATCH +1 chathistory #tea
            alice < @time=2030-01-01T00:00:01.000Z;batch=1 :bob!~b@host PRIVMSG #tea x
            alice < :irc BATCH -1
        """)
        assert scene.found() == []

    def test_they_do_after_a_failure_in_the_place_of_an_echo(self) -> None:
        scene = alone("server-time batch")
        scene.play("alice < @time=2030-01-01T00:00:02.000Z :irc FAIL PRIVMSG NOT_KEPT #tea :No")
        scene.play("alice < @time=2030-01-01T00:00:01.000Z :irc PING x")
        assert scene.found() == []

    def test_they_do_not_though_the_clock_does(self) -> None:
        scene = alone("server-time batch")
        scene.play("alice < @time=2030-01-01T00:00:02.000Z :irc PING x")
        scene.journal.jumped(scene.at, -1)
        scene.play("alice < @time=2030-01-01T00:00:01.000Z :irc PING x")
        assert scene.rules() == [WELL_FORMED]


def test_a_nick_of_once_is_not_that_of_now() -> None:
    scene = alone()
    scene.play("""
        alice < :irc BATCH +1 chathistory #tea
        alice < @batch=1 :alice NICK carol
        alice < :irc BATCH -1
        alice < :alice NICK dave
        alice < :irc 404 dave #tea :No
    """)
    assert scene.found() == []


def test_an_id_is_not_given_twice() -> None:
    scene = alone()
    scene.play("alice < @msgid=1 :bob!~b@host PRIVMSG alice x")
    scene.play("alice < @msgid=1 :carol!~c@host PRIVMSG alice x")
    assert ONE_ID in scene.rules()
