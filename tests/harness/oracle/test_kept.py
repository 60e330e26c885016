"""What was acknowledged is in the history, and what is in the history was said."""

from __future__ import annotations

import pytest

from tests.harness.oracle.scenes import RENAMING, Scene, tea
from trio_chat.testing.oracle.kept import KEPT, NO_HOLE, WAS_SAID


def chat(*texts: str) -> Scene:
    """Alice says these in #tea, and each is echoed under the text as its id."""
    scene = tea("alice", "bob", caps=RENAMING)
    for text in texts:
        scene.play(f"alice > PRIVMSG #tea :{text}")
        for nick in ("alice", "bob"):
            scene.play(f"{nick} < @msgid={text} :alice PRIVMSG #tea :{text}")
    return scene


def read(scene: Scene, *pages: tuple[str, ...], room: str = "#tea") -> None:
    """Bob reads these pages; each word is a message of alice's, or `id=text`."""
    for page in pages:
        scene.play(f"bob < :irc BATCH +h chathistory {room}")
        for word in page:
            msgid, _, text = word.partition("=")
            scene.play(f"bob < @batch=h;msgid={msgid} :alice PRIVMSG {room} :{text or msgid}")
        scene.play("bob < :irc BATCH -h")


def test_a_history_that_has_all_is_a_good_one() -> None:
    scene = chat("one", "two", "three")
    scene.play("settled")
    read(scene, ("two", "three"), ("one",), ())
    assert scene.found() == []


def test_what_was_echoed_and_is_not_there_was_lost() -> None:
    scene = chat("one", "two")
    scene.play("settled")
    read(scene, ("two",), ())
    (finding,) = scene.found()
    assert (finding.rule, finding.text) == (
        KEPT,
        "alice was told that 'one' was said in #tea, and it is not "
        "in the history that bob has read",
    )


def test_a_page_that_leaves_something_out_has_a_hole() -> None:
    scene = chat("one", "two", "three")
    read(scene, ("one", "three"))
    scene.play("settled")
    read(scene, ("one", "two", "three"), ())
    (finding,) = scene.found()
    assert (finding.rule, finding.text) == (
        NO_HOLE,
        "bob was shown a page of #tea without 'two' (two), "
        "and with what was said before and after it",
    )


def test_what_came_before_or_after_a_page_is_no_hole() -> None:
    scene = chat("one", "two", "three", "four")
    read(scene, ("two", "three"))
    scene.play("settled")
    read(scene, ("one", "two", "three", "four"), ())
    assert scene.found() == []


def test_a_part_of_a_history_says_nothing_of_the_rest() -> None:
    scene = chat("one", "two")
    scene.play("settled")
    read(scene, ("two",))
    assert scene.found() == []


def test_what_was_read_before_all_has_settled_says_nothing() -> None:
    scene = chat("one", "two")
    read(scene, ("two",), ())
    scene.play("settled")
    assert scene.found() == []


def test_an_ack_is_an_acknowledgement_as_well() -> None:
    scene = tea("alice", "bob", caps="batch labeled-response message-tags")
    scene.play("""
        alice > @label=1 PRIVMSG #tea :one
        bob < @msgid=one :alice PRIVMSG #tea :one
        alice < @label=1 :irc ACK
        settled
    """)
    read(scene, ())
    assert scene.rules() == [KEPT]


def test_what_was_not_acknowledged_may_be_lost() -> None:
    scene = tea("alice", "bob", caps="batch labeled-response message-tags")
    scene.play("""
        alice > @label=1 PRIVMSG #tea :one
        bob < @msgid=one :alice PRIVMSG #tea :one
        alice < @label=1 :irc FAIL PRIVMSG NOT_KEPT #tea :It could not be kept
        settled
    """)
    read(scene, ())
    assert scene.found() == []


def test_other_words_than_were_said_are_found() -> None:
    scene = chat("one")
    scene.play("settled")
    read(scene, ("one=on",), ())
    assert scene.rules() == [KEPT, WAS_SAID]


def test_a_message_that_is_kept_twice_is_found() -> None:
    scene = chat("one", "two")
    scene.play("settled")
    read(scene, ("one", "two", "one"), ())
    assert KEPT in scene.rules()


def test_what_nobody_has_said_is_found() -> None:
    scene = chat("one")
    scene.play("settled")
    read(scene, ("one", "two"), ())
    (finding,) = scene.found()
    assert finding.rule == WAS_SAID
    assert finding.text == "the history of #tea has 'two' by alice, who has not said so there"


@pytest.mark.parametrize(
    "line",
    [
        "alice > REDACT #tea one",
        "alice > MODE #tea +E",
        "alice > MODE #tea +ov-i alice bob",
        "alice > PRIVMSG NickServ :SET HISTORY off",
        "alice > CS SET #tea KEEP 1",
        "alice > PRIVMSG ChanServ :DROP #tea #tea",
    ],
)
def test_what_need_not_be_kept_is_not_missed(line: str) -> None:
    scene = chat("one")
    scene.play(f"{line}\nsettled")
    read(scene, ())
    assert scene.found() == []


def test_an_edited_message_has_its_new_text() -> None:
    scene = chat("one")
    scene.play("alice > EDIT #tea one :uno\nsettled")
    read(scene, ("one=uno",), ())
    assert scene.found() == []


def test_a_room_takes_its_history_to_its_new_name() -> None:
    scene = chat("one")
    for nick in ("alice", "bob"):
        scene.play(f"{nick} < :alice RENAME #tea #coffee :better")
    scene.play("settled")
    read(scene, ("one",), (), room="#coffee")
    assert scene.found() == []
    lost = chat("one")
    lost.play("alice < :alice RENAME #tea #coffee :better\nsettled")
    read(lost, (), room="#coffee")
    assert lost.rules() == [KEPT]
