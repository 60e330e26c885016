"""No gap while one is in a room, and nothing of it before or after."""

from __future__ import annotations

import pytest

from tests.harness.oracle.scenes import FULL, RENAMING, Scene, tea
from trio_chat.testing.oracle.gaps import NO_GAP
from trio_chat.testing.oracle.views import AFTERWARDS, IN_A_ROOM


def said(scene: Scene, nick: str, text: str, *to: str) -> None:
    scene.play(f"{nick} > PRIVMSG #tea :{text}")
    for each in to:
        scene.play(f"{each} < :{nick} PRIVMSG #tea :{text}")


def test_a_message_that_one_did_not_get_is_told_with_who_did() -> None:
    scene = tea("alice", "bob", "carol")
    said(scene, "alice", "one", "bob", "carol")
    said(scene, "alice", "two", "carol")
    said(scene, "alice", "three", "bob", "carol")
    (finding,) = scene.found()
    assert (finding.rule, finding.text) == (
        NO_GAP,
        "bob was in #tea and has not seen 'two' by alice, as carol has, after 'one' by alice",
    )


def test_what_the_sender_alone_saw_the_others_have_missed() -> None:
    scene = tea("alice", "bob", caps=FULL)
    said(scene, "alice", "one", "alice", "bob")
    said(scene, "alice", "two", "alice")
    said(scene, "alice", "three", "alice", "bob")
    assert scene.rules() == [NO_GAP]


def test_a_connection_that_was_lost_may_have_lost_the_last_of_it() -> None:
    scene = tea("alice", "bob", "carol")
    said(scene, "alice", "one", "bob", "carol")
    said(scene, "alice", "two", "carol")
    scene.play("bob ends\nsettled")
    assert scene.found() == []


def test_who_is_there_when_all_has_settled_has_seen_the_last_of_it() -> None:
    scene = tea("alice", "bob", "carol")
    said(scene, "alice", "one", "bob", "carol")
    said(scene, "alice", "two", "carol")
    assert scene.found() == []
    scene.play("settled")
    assert scene.rules() == [NO_GAP]


def test_who_does_not_read_misses_nothing() -> None:
    scene = tea("alice", "bob", "carol")
    said(scene, "alice", "one", "bob", "carol")
    scene.play("bob pauses")
    said(scene, "alice", "two", "carol")
    scene.play("settled")
    assert scene.found() == []


def test_what_was_said_right_after_one_came_is_not_to_be_missed() -> None:
    scene = tea("alice", "bob")
    scene.come("carol")
    scene.join("carol", "alice", "bob")
    said(scene, "alice", "one", "bob")
    said(scene, "alice", "two", "bob", "carol")
    said(scene, "carol", "three", "alice", "bob")
    (finding,) = scene.found()
    assert finding.text.startswith("carol was in #tea and has not seen 'one' by alice, as bob has")


def test_what_was_said_before_one_came_is_no_gap() -> None:
    scene = tea("alice", "bob")
    said(scene, "alice", "one", "bob")
    scene.come("carol")
    scene.join("carol", "alice", "bob")
    said(scene, "carol", "two", "alice", "bob")
    scene.play("settled")
    assert scene.found() == []


def test_what_was_said_right_before_one_left_is_not_to_be_missed() -> None:
    scene = tea("alice", "bob", "carol")
    said(scene, "alice", "one", "bob", "carol")
    said(scene, "alice", "two", "bob")
    scene.play("carol > PART #tea :bye now")
    for nick in ("alice", "bob", "carol"):
        scene.play(f"{nick} < :carol PART #tea :bye now")
    assert scene.rules() == [NO_GAP]


def test_one_s_own_messages_come_with_echo_message_alone() -> None:
    scene = tea("alice", "bob")
    for text in ("one", "two", "three"):
        said(scene, "alice", text, "bob")
    scene.play("settled")
    assert scene.found() == []


def test_an_echo_that_is_missing_is_a_gap() -> None:
    scene = tea("alice", "bob", caps=FULL)
    said(scene, "alice", "one", "alice", "bob")
    said(scene, "alice", "two", "bob")
    said(scene, "alice", "three", "alice", "bob")
    assert scene.rules() == [NO_GAP]


@pytest.mark.parametrize("leaving", ["PART #tea :why not", "KICK #tea carol :why not"])
def test_nothing_is_heard_of_a_room_after_having_left_it(leaving: str) -> None:
    scene = tea("alice", "bob", "carol")
    by = "bob" if "KICK" in leaving else "carol"
    scene.play(f"{by} > {leaving}")
    for nick in ("alice", "bob", "carol"):
        scene.play(f"{nick} < :{by} {leaving}")
    said(scene, "alice", "one", "bob", "carol")
    (finding,) = scene.found()
    assert finding.rule == AFTERWARDS
    assert finding.text == "carol hears what alice said in #tea, where it is not"


def test_who_came_and_went_is_seen_by_all() -> None:
    scene = tea("alice", "bob", "carol")
    scene.come("dave")
    said(scene, "alice", "one", "bob", "carol")
    scene.play("dave > JOIN #tea\nalice < :dave JOIN #tea\ncarol < :dave JOIN #tea")
    said(scene, "dave", "hello", "alice", "carol", "bob")
    assert scene.rules() == [NO_GAP]


def test_nobody_comes_who_is_there() -> None:
    scene = tea("alice", "bob")
    scene.play("alice < :bob JOIN #tea")
    texts = [finding.text for finding in scene.found() if finding.rule == IN_A_ROOM]
    assert texts == ["alice sees bob come into #tea, who is in it"]


def test_nobody_leaves_who_is_not_there() -> None:
    scene = tea("alice", "bob")
    scene.play("bob < :carol!~c@host PART #tea")
    assert scene.rules() == [IN_A_ROOM]


def test_names_are_of_those_who_came_and_have_not_left() -> None:
    scene = tea("alice", "bob")
    scene.play("""
        alice < :irc 353 alice = #tea :@alice +carol
        alice < :irc 366 alice #tea :End
    """)
    (finding,) = scene.found()
    assert finding.rule == IN_A_ROOM
    assert finding.text == (
        "alice is told: NAMES of #tea has carol in it, who never came "
        "and has not bob in it, who never left"
    )


def test_names_of_a_large_room_are_of_all_their_lines() -> None:
    scene = tea("alice", "bob")
    scene.play("""
        alice < :irc 353 alice = #tea :@alice!~a@host
        alice < :irc 353 alice = #tea :~&bob!~b@host
        alice < :irc 366 alice #tea :End
    """)
    assert scene.found() == []


def test_a_nick_is_not_taken_that_somebody_has() -> None:
    scene = tea("alice", "bob", "carol")
    scene.play("alice < :bob NICK carol")
    assert scene.rules() == [IN_A_ROOM]


def test_a_new_host_is_no_coming_and_going() -> None:
    scene = tea("alice", "bob")
    scene.play("""
        alice < :bob QUIT :Changing host
        alice < :bob!~bob@new JOIN #tea
        alice < :bob!~bob@new PART #tea
        bob > JOIN #tea
        alice < :bob!~bob@new JOIN #tea
    """)
    assert scene.found() == []


def test_a_room_that_is_renamed_is_the_same_room_under_another_name() -> None:
    scene = tea("alice", "bob", caps=RENAMING)
    scene.come("carol", FULL)
    scene.join("carol", "alice", "bob")
    scene.play("alice < :bob RENAME #tea #coffee :better\nbob < :bob RENAME #tea #coffee :better")
    scene.play("""
        carol < :carol PART #tea :better
        carol < :carol JOIN #coffee
        carol < :irc 353 carol = #coffee :alice bob carol
        carol < :irc 366 carol #coffee :End
        alice > PRIVMSG #coffee :one
        alice < @msgid=1 :alice PRIVMSG #coffee :one
        bob < @msgid=1 :alice PRIVMSG #coffee :one
        carol < @msgid=1 :alice PRIVMSG #coffee :one
        settled
    """)
    assert scene.found() == []


def test_one_more_client_of_a_user_is_shown_a_room_that_nobody_came_into() -> None:
    scene = tea("alice", "bob", caps=FULL)
    for text in ("one", "two"):
        scene.play(f"bob > PRIVMSG #tea :{text}")
        for nick in ("alice", "bob"):
            scene.play(f"{nick} < @msgid={text} :bob PRIVMSG #tea :{text}")
    scene.come("other", FULL)
    for nick in ("alice", "other"):
        scene.play(f"{nick} < :irc 900 {nick} alice!~{nick}@host ann :You are logged in")
    scene.play("""
        other < :irc 001 alice :Welcome
        other < :alice!~alice@host JOIN #tea
        other < :irc 353 alice = #tea :alice bob
        other < :irc 366 alice #tea :End
        alice > PRIVMSG #tea :three
        alice < @msgid=3 :alice PRIVMSG #tea :three
        other < @msgid=3 :alice PRIVMSG #tea :three
        bob < @msgid=3 :alice PRIVMSG #tea :three
        settled
    """)
    assert scene.found() == []


def test_an_echo_in_whose_place_a_failure_stands_is_not_missed() -> None:
    scene = tea("alice", "bob", caps=FULL)
    said(scene, "alice", "one", "alice", "bob")
    said(scene, "alice", "two", "bob")
    scene.play("alice < :irc FAIL PRIVMSG NOT_KEPT #tea :It could not be kept")
    said(scene, "alice", "three", "alice", "bob")
    scene.play("settled")
    assert scene.found() == []


def test_a_connection_that_is_silent_since_the_network_was_disturbed_may_be_half_open() -> None:
    scene = tea("alice", "bob", "carol")
    said(scene, "alice", "one", "bob", "carol")
    scene.journal.fault(scene.at, "half-open bob")
    said(scene, "alice", "two", "carol")
    scene.play("carol < :irc PING x\nalice < :irc PING x")
    half_open = scene.journal.events.copy()
    scene.play("settled")
    assert scene.found() == []
    scene.journal.events[:] = half_open
    scene.play("bob < :irc PING x\nsettled")
    assert scene.rules() == [NO_GAP]
