"""One user for each nick, and nobody in a room who is not."""

from __future__ import annotations

import pytest

from tests.harness.oracle.scenes import FULL, Scene, tea
from trio_chat.testing.oracle.nicks import NO_GHOST, UNIQUE_NICKS


def is_heard_as(scene: Scene, who: str, nick: str, text: str) -> None:
    """Somebody says something to a room, and is told that it was said under this nick."""
    scene.play(f"{who} > PRIVMSG #tea :{text}")
    scene.play(f"{who} < @msgid={text} :{nick}!~{who}@host PRIVMSG #tea :{text}")


def names(scene: Scene, *nicks: str) -> None:
    scene.play(f"alice < :irc 353 alice = #tea :{' '.join(nicks)}")
    scene.play("alice < :irc 366 alice #tea :End")


class TestUniqueNicks:
    def test_two_cannot_be_heard_under_one_nick_at_a_time(self) -> None:
        scene = tea("alice", "bob", caps=FULL)
        scene.play("bob < :irc 001 alice :Welcome")
        is_heard_as(scene, "alice", "alice", "one")
        is_heard_as(scene, "bob", "alice", "two")
        assert UNIQUE_NICKS in scene.rules()

    def test_one_after_the_other_can(self) -> None:
        scene = Scene()
        scene.come("alice", FULL)
        scene.come("bob", FULL)
        scene.play("alice > @label=1 PING x\nalice < @label=1 :irc PONG irc x")
        scene.play("alice > NICK carol\nalice < :alice NICK carol")
        scene.play("bob > NICK alice\nbob < :bob NICK alice")
        scene.play("bob > @label=1 PING x\nbob < @label=1 :irc PONG irc x")
        assert scene.found() == []

    def test_what_was_never_answered_proves_nothing(self) -> None:
        scene = Scene()
        scene.come("alice", FULL)
        scene.come("bob", FULL)
        scene.play("bob < :bob NICK alice\nalice > PRIVMSG #tea :am I there?\nalice ends")
        scene.play("bob > @label=1 PING x\nbob < @label=1 :irc PONG irc x")
        assert scene.found() == []

    def test_clients_of_one_account_can(self) -> None:
        scene = Scene()
        for who in ("alice", "bob"):
            scene.come(who, FULL)
            scene.play(f"{who} < :irc 900 {who} {who}!~{who}@host ann :You are logged in")
        scene.play("bob < :irc 001 alice :Welcome")
        is_heard_as(scene, "alice", "alice", "one")
        is_heard_as(scene, "bob", "alice", "two")
        assert UNIQUE_NICKS not in scene.rules()


class TestGhosts:
    def test_those_who_are_there_are_named(self) -> None:
        scene = tea("alice", "bob")
        scene.play("settled")
        names(scene, "@alice", "bob")
        assert scene.found() == []

    def test_who_leaves_later_was_there(self) -> None:
        scene = tea("alice", "bob")
        scene.play("settled")
        names(scene, "alice", "bob")
        scene.play("alice < :bob PART #tea\nbob < :bob PART #tea")
        assert scene.found() == []

    def test_who_has_gone_is_not(self) -> None:
        scene = tea("alice", "bob")
        scene.play("bob ends\nsettled")
        names(scene, "@alice", "bob")
        (finding,) = scene.found()
        assert (finding.rule, finding.text) == (
            NO_GHOST,
            "alice is told that bob is in #tea, and nobody is",
        )

    def test_who_is_there_is_not_left_out(self) -> None:
        scene = Scene()
        for nick in ("alice", "bob"):
            scene.come(nick)
            scene.join(nick)
        scene.play("settled")
        names(scene, "alice")
        assert scene.rules() == [NO_GHOST]

    def test_before_all_has_settled_a_lost_connection_may_not_be_known_of(self) -> None:
        scene = tea("alice", "bob")
        scene.play("bob ends")
        names(scene, "@alice", "bob")
        scene.play("settled")
        assert scene.found() == []

    def test_a_connection_that_is_silent_is_neither_there_nor_gone(self) -> None:
        for named in (("alice", "bob"), ("alice",)):
            scene = tea("alice", "bob")
            scene.play("bob pauses\nsettled")
            names(scene, *named)
            assert NO_GHOST not in scene.rules()

    def test_who_is_let_go_meanwhile_may_not_know_yet(self) -> None:
        scene = tea("alice", "bob")
        scene.play("settled\nalice < :bob QUIT :Ping timeout")
        names(scene, "alice")
        scene.play("bob < :irc ERROR :Ping timeout\nbob ends")
        assert scene.found() == []

    def test_a_program_that_is_no_part_of_the_journal_is_no_ghost(self) -> None:
        scene = Scene()
        scene.come("alice")
        scene.join("alice", "teabot")
        scene.play("settled")
        names(scene, "alice", "teabot")
        assert scene.found() == []

    @pytest.mark.parametrize(
        "line",
        ["", "bob > PRIVMSG NickServ :SET ALWAYS-ON on", "bob > NS SET ALWAYS-ON on"],
    )
    def test_who_is_always_on_stays(self, line: str) -> None:
        scene = Scene()
        scene.come("alice")
        scene.come("bob")
        scene.play("bob < :irc 900 bob bob!~bob@host bob :You are logged in")
        scene.join("alice")
        scene.join("bob", "alice")
        if line:
            scene.play(line)
        else:
            scene.journal.resident(scene.at, "Bob")
        scene.play("bob ends\nsettled")
        names(scene, "alice", "bob")
        assert scene.found() == []
