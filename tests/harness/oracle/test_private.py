"""What is said in private arrives in order, once, and nowhere else."""

from __future__ import annotations

from tests.harness.oracle.scenes import FULL, Scene
from trio_chat.testing.oracle.private import IN_PRIVATE


def pair(caps: str = FULL) -> Scene:
    scene = Scene()
    for nick in ("alice", "bob"):
        scene.come(nick, caps)
    return scene


def told(scene: Scene, *texts: str) -> None:
    for text in texts:
        scene.play(f"bob < @msgid={text} :alice PRIVMSG bob :{text}")


def say(scene: Scene, *texts: str) -> None:
    for text in texts:
        scene.play(f"alice > PRIVMSG bob :{text}")
        scene.play(f"alice < @msgid={text} :alice PRIVMSG bob :{text}")


def test_what_arrives_in_order_is_well() -> None:
    scene = pair()
    say(scene, "one", "two")
    told(scene, "one", "two")
    scene.play("settled")
    assert scene.found() == []


def test_another_order_than_that_of_the_sender_is_found() -> None:
    scene = pair()
    say(scene, "one", "two")
    told(scene, "two", "one")
    (finding,) = scene.found()
    assert finding.rule == IN_PRIVATE
    assert finding.text == (
        "bob was told 'one' by alice after 'two' by alice, which was said later"
    )


def test_what_arrives_twice_is_found() -> None:
    scene = pair()
    say(scene, "one")
    told(scene, "one", "one")
    assert scene.rules() == [IN_PRIVATE]


def test_what_was_echoed_and_never_arrived_was_lost() -> None:
    scene = pair()
    say(scene, "one")
    assert scene.found() == []
    scene.play("settled")
    (finding,) = scene.found()
    assert finding.text == "alice was told that 'one' was said to bob, and bob never was"


def test_who_came_later_or_has_left_was_not_told() -> None:
    scene = pair()
    say(scene, "one")
    scene.play("bob ends\nsettled")
    assert scene.found() == []
    late = Scene()
    late.come("alice", FULL)
    say(late, "one")
    late.come("bob", FULL)
    late.play("settled")
    assert late.found() == []


def test_who_had_another_nick_by_then_may_not_have_been_meant() -> None:
    scene = pair()
    say(scene, "one")
    scene.play("bob < :bob NICK bobby\nsettled")
    assert scene.found() == []


def test_nobody_is_told_what_was_said_to_somebody_else() -> None:
    scene = pair()
    scene.come("carol", FULL)
    say(scene, "one")
    scene.play("carol < @msgid=one :alice PRIVMSG bob :one")
    assert scene.rules() == [IN_PRIVATE]


def test_to_oneself_it_comes_twice() -> None:
    scene = pair()
    scene.play("alice > PRIVMSG alice :one")
    for _ in range(2):
        scene.play("alice < @msgid=one :alice PRIVMSG alice :one")
    scene.play("settled")
    assert scene.found() == []


def test_another_client_of_one_s_own_hears_what_one_says() -> None:
    scene = pair()
    scene.come("other", FULL)
    scene.play("other < :irc 001 alice :Welcome")
    say(scene, "one")
    told(scene, "one")
    scene.play("other < @msgid=one :alice PRIVMSG bob :one\nsettled")
    assert scene.found() == []


def test_several_lines_are_one_message() -> None:
    scene = pair()
    scene.play("""
        alice > BATCH +1 draft/multiline bob
        alice > @batch=1 PRIVMSG bob :one
        alice > @batch=1 PRIVMSG bob :two
        alice > BATCH -1
        bob < @msgid=m :alice PRIVMSG bob :one
        bob < :alice PRIVMSG bob :two
        settled
    """)
    assert scene.found() == []
