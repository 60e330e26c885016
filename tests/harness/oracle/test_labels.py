"""Labels are answered once, and nothing else is labelled."""

from __future__ import annotations

from tests.harness.oracle.scenes import FULL, Scene
from trio_chat.testing.oracle.labels import ANSWERED_ONCE


def alone(caps: str = FULL) -> Scene:
    scene = Scene()
    scene.come("alice", caps)
    return scene


def test_an_answer_of_each_kind_is_one() -> None:
    scene = alone()
    scene.play("""
        alice > @label=1 PING x
        alice > @label=2 JOIN #tea
        alice > @label=3 PONG x
        alice < @label=1 :irc PONG irc x
        alice < @label=2 :irc BATCH +b labeled-response
        alice < @batch=b :alice JOIN #tea
        alice < @batch=b :irc 366 alice #tea :End
        alice < :irc BATCH -b
        alice < @label=3 :irc ACK
        settled
    """)
    assert scene.found() == []


def test_an_answer_that_comes_again_is_found() -> None:
    scene = alone()
    scene.play("""
        alice > @label=1 PING x
        alice < @label=1 :irc PONG irc x
        alice < @label=1 :irc ACK
    """)
    (finding,) = scene.found()
    assert finding.rule == ANSWERED_ONCE
    assert "'@label=1 :irc ACK' after '@label=1 :irc PONG irc x'" in finding.text


def test_a_label_that_nobody_has_sent_is_found() -> None:
    scene = alone()
    scene.play("alice < @label=1 :irc ACK")
    assert scene.rules() == [ANSWERED_ONCE]


def test_each_of_two_commands_with_one_label_is_answered() -> None:
    scene = alone()
    scene.play("""
        alice > @label=1 PING x
        alice > @label=1 PING y
        alice < @label=1 :irc PONG irc x
        alice < @label=1 :irc PONG irc y
        settled
    """)
    assert scene.found() == []


def test_a_label_that_was_not_answered_is_found_once_all_has_settled() -> None:
    scene = alone()
    scene.play("alice > @label=1 PING x")
    assert scene.found() == []
    scene.play("settled")
    assert scene.rules() == [ANSWERED_ONCE]


def test_a_connection_that_was_lost_is_owed_nothing() -> None:
    scene = alone()
    scene.play("alice > @label=1 PING x\nalice ends\nsettled")
    assert scene.found() == []


def test_a_server_that_knows_no_labels_need_not_answer_them() -> None:
    scene = alone(caps="labeled-response")
    scene.play("alice > @label=1 PING x\nsettled")
    assert scene.found() == []


def test_a_label_that_is_too_long_need_not_be_answered() -> None:
    scene = alone()
    scene.play(f"alice > @label={'x' * 65} PING x\nsettled")
    assert scene.found() == []
