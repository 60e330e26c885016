"""One order per room for all, and nothing twice."""

from __future__ import annotations

from tests.harness.oracle.scenes import FULL, PLAIN, Scene, tea
from trio_chat.testing.oracle.orders import NO_DOUBLE, ONE_ORDER
from trio_chat.testing.oracle.same import ONE_MESSAGE


def test_all_who_saw_the_same_saw_one_order() -> None:
    scene = tea("alice", "bob", "carol")
    scene.play("""
        alice > PRIVMSG #tea :one
        bob > PRIVMSG #tea :two
        alice < :bob PRIVMSG #tea :two
        bob < :alice PRIVMSG #tea :one
        carol < :alice PRIVMSG #tea :one
        carol < :bob PRIVMSG #tea :two
        settled
    """)
    assert scene.found() == []


def test_two_orders_of_two_messages_are_told_with_both_who_saw_them() -> None:
    scene = tea("alice", "bob", "carol")
    scene.play("""
        alice > PRIVMSG #tea :one
        bob > PRIVMSG #tea :two
        carol < :alice PRIVMSG #tea :one
        carol < :bob PRIVMSG #tea :two
        alice < :bob PRIVMSG #tea :two
        bob < :alice PRIVMSG #tea :one
    """)
    scene.come("dave")
    scene.join("dave", "carol")
    scene.play("""
        dave < :bob PRIVMSG #tea :two
        dave < :alice PRIVMSG #tea :one
    """)
    (finding,) = [found for found in scene.found() if found.rule == ONE_ORDER]
    assert finding.text == (
        "in #tea carol has 'one' by alice before 'two' by bob, and dave has it after it"
    )


def test_an_order_that_no_two_contradict_is_found_by_three() -> None:
    scene = tea("alice", "bob", "carol", "dave", caps=FULL)
    for text in ("x", "y", "z"):
        scene.play(f"dave > PRIVMSG #tea :{text}")
    # Each of the three was away for one of the messages, so that no two saw the same two.
    for nick, first, second in (("alice", "x", "y"), ("bob", "y", "z"), ("carol", "z", "x")):
        scene.play(f"{nick} < @msgid={first} :dave PRIVMSG #tea :{first}")
        scene.play(f"{nick} < @msgid={second} :dave PRIVMSG #tea :{second}")
    (finding,) = [found for found in scene.found() if found.rule == ONE_ORDER]
    assert "'x' by dave" in finding.text
    assert "'z' by dave" in finding.text


def test_own_messages_have_the_order_in_which_they_were_sent() -> None:
    scene = tea("alice", "bob")
    scene.play("""
        alice > PRIVMSG #tea :one
        alice > PRIVMSG #tea :two
        bob < :alice PRIVMSG #tea :two
        bob < :alice PRIVMSG #tea :one
    """)
    (finding,) = scene.found()
    assert finding.rule == ONE_ORDER
    assert "alice, as sent" in finding.text


def test_the_history_has_the_order_in_which_all_was_seen() -> None:
    scene = tea("alice", "bob", caps=FULL)
    scene.play("""
        alice > PRIVMSG #tea :one
        bob > PRIVMSG #tea :two
        alice < @msgid=1 :alice PRIVMSG #tea :one
        alice < @msgid=2 :bob PRIVMSG #tea :two
        bob < @msgid=1 :alice PRIVMSG #tea :one
        bob < @msgid=2 :bob PRIVMSG #tea :two
        bob < :irc BATCH +h chathistory #tea
        bob < @msgid=2;batch=h :bob PRIVMSG #tea :two
        bob < @msgid=1;batch=h :alice PRIVMSG #tea :one
        bob < :irc BATCH -h
    """)
    (finding,) = scene.found()
    assert finding.rule == ONE_ORDER
    assert "the history that bob was shown" in finding.text


def test_who_came_is_known_by_what_they_said_next() -> None:
    scene = tea("alice", "bob", caps=FULL)
    scene.come("carol", FULL)
    scene.play("""
        carol > JOIN #tea
        alice > PRIVMSG #tea :hello
        alice < @msgid=1 :alice PRIVMSG #tea :hello
        alice < :carol JOIN #tea
        bob < :carol JOIN #tea
        bob < @msgid=1 :alice PRIVMSG #tea :hello
        carol > PRIVMSG #tea :here I am
        alice < @msgid=2 :carol PRIVMSG #tea :here I am
        bob < @msgid=2 :carol PRIVMSG #tea :here I am
    """)
    assert scene.rules() == [ONE_ORDER]


def test_who_comes_twice_and_does_nothing_is_not_taken_for_one() -> None:
    scene = tea("alice", "bob", caps=FULL)
    scene.come("carol")
    scene.play("""
        alice < :carol JOIN #tea
        alice < :carol PART #tea
        alice > PRIVMSG #tea :hello
        alice < @msgid=1 :alice PRIVMSG #tea :hello
        alice < :carol JOIN #tea
        bob < :carol JOIN #tea
        bob < :carol PART #tea
        bob < @msgid=1 :alice PRIVMSG #tea :hello
        bob < :carol JOIN #tea
    """)
    assert scene.found() == []


def test_two_who_come_under_one_nick_are_two() -> None:
    scene = tea("alice", "bob", caps=FULL)
    for number, (who, text) in enumerate((("c1", "one"), ("c2", "two"))):
        scene.come(who)
        source = f":carol!~{who}@host"
        scene.play(f"{who} > JOIN #tea\n{who} > PART #tea\n{who} > JOIN #tea")
        for nick in ("alice", "bob"):
            scene.play(f"{nick} < {source} JOIN #tea")
        scene.play(f"{who} > PRIVMSG #tea :{text}")
        for nick in ("alice", "bob"):
            scene.play(f"{nick} < @msgid={number} {source} PRIVMSG #tea :{text}")
            scene.play(f"{nick} < {source} QUIT :gone")
    assert scene.found() == []


def test_who_has_missed_the_first_words_of_a_newcomer_saw_them_come_all_the_same() -> None:
    scene = tea("alice", "bob", caps=FULL)
    scene.come("carol")
    scene.play("carol > JOIN #tea\ncarol > PART #tea\ncarol > JOIN #tea")
    for text in ("one", "two"):
        scene.play(f"carol > PRIVMSG #tea :{text}")
    for nick, texts in (("alice", ("one", "two")), ("bob", ("two",))):
        scene.play(f"{nick} < :carol JOIN #tea")
        for text in texts:
            scene.play(f"{nick} < @msgid={text} :carol PRIVMSG #tea :{text}")
    (finding,) = scene.found()
    assert finding.text == (
        "bob was in #tea and has not seen 'one' by carol, as alice has, after JOIN #tea by carol"
    )


def test_a_message_that_comes_twice_is_found() -> None:
    scene = tea("alice", "bob")
    scene.play("""
        alice > PRIVMSG #tea :one
        bob < :alice PRIVMSG #tea :one
        bob < :alice PRIVMSG #tea :one
    """)
    (finding,) = scene.found()
    assert (finding.rule, finding.text) == (NO_DOUBLE, "bob received 'one' by alice twice")


def test_what_was_said_twice_may_come_twice() -> None:
    scene = tea("alice", "bob")
    scene.play("""
        alice > PRIVMSG #tea :one
        alice > PRIVMSG #tea :one
        bob < :alice PRIVMSG #tea :one
        bob < :alice PRIVMSG #tea :one
    """)
    assert scene.found() == []


def test_what_is_shown_once_more_is_no_double() -> None:
    scene = tea("alice", "bob", caps=FULL)
    scene.play("""
        alice > PRIVMSG #tea :one
        alice < @msgid=1 :alice PRIVMSG #tea :one
        bob < @msgid=1 :alice PRIVMSG #tea :one
        bob < :irc BATCH +h chathistory #tea
        bob < @msgid=1;batch=h :alice PRIVMSG #tea :one
        bob < :irc BATCH -h
    """)
    scene.come("old", PLAIN)
    scene.join("old", "alice", "bob")
    scene.play("old < :alice PRIVMSG #tea :[2030-01-01 00:00:01] one")
    assert scene.found() == []


def test_one_id_is_of_one_message() -> None:
    scene = tea("alice", "bob", caps=FULL)
    scene.play("""
        alice > PRIVMSG #tea :one
        alice > PRIVMSG #tea :two
        alice < @msgid=1 :alice PRIVMSG #tea :one
        alice < @msgid=1 :alice PRIVMSG #tea :two
    """)
    assert ONE_MESSAGE in scene.rules()


def test_all_read_the_same_text() -> None:
    scene = tea("alice", "bob", caps=FULL)
    scene.play("""
        alice > PRIVMSG #tea :one
        alice < @msgid=1 :alice PRIVMSG #tea :one
        bob < @msgid=1 :alice PRIVMSG #tea :on
    """)
    (finding,) = scene.found()
    assert finding.rule == ONE_MESSAGE
    assert finding.text == "bob received 'on' by alice with the msgid 1 of 'one'"


def test_several_lines_are_one_message_in_each_form() -> None:
    scene = Scene()
    scene.come("alice", f"{FULL} draft/multiline")
    scene.come("bob", FULL)
    scene.join("alice")
    scene.join("bob", "alice")
    scene.play("""
        alice > @label=7 BATCH +1 draft/multiline #tea
        alice > @batch=1 PRIVMSG #tea :one
        alice > @batch=1 PRIVMSG #tea :two
        alice > BATCH -1
        alice < @label=7;msgid=m :alice BATCH +a draft/multiline #tea
        alice < @batch=a :alice PRIVMSG #tea :one
        alice < @batch=a :alice PRIVMSG #tea :two
        alice < :alice BATCH -a
        bob < @msgid=m :alice PRIVMSG #tea :one
        bob < :alice PRIVMSG #tea :two
        settled
    """)
    assert scene.found() == []
