"""What was said before, brought into a conversation."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from tests.client.model.desk import NOW, Desk, Wished
from trio_chat.client.model.conversations import LONGEST_BACKLOG
from trio_chat.client.model.entries import Kind, State


@pytest.fixture
def desk() -> Desk:
    return Desk()


def line(minute: int, text: str, nick: str = "al", where: str = "#tea") -> str:
    stamp = f"2024-05-01T12:{minute:02}:00.000Z"
    return f"@time={stamp};msgid={text} :{nick}!a@h PRIVMSG {where} :{text}"


def at(minute: int) -> datetime:
    return datetime(2024, 5, 1, 12, minute, tzinfo=UTC)


def test_what_was_missed_stands_under_a_divider(desk: Desk) -> None:
    told = desk.past("#tea", line(1, "old"), line(2, "one"), line(3, "mine", "me"), line(4, "two"))
    shown = desk.model.take_past("#tea", told, since=at(1))
    assert desk.drawn(shown) == ["<al> old", "-- missed 2", "<al> one", "<me> mine", "<al> two"]
    assert [entry.missed for entry in shown if entry.is_message] == [False, True, True, True]
    assert desk.backlog("#tea")[1:] == [
        "<al> old",
        "-- missed 2",
        "<al> one",
        "<me> mine",
        "<al> two",
    ]


def test_what_was_missed_may_be_more_than_was_told(desk: Desk) -> None:
    shown = desk.model.take_past("#tea", desk.past("#tea", line(2, "one")), since=at(1), more=True)
    assert desk.drawn(shown) == ["-- missed more than 1", "<al> one"]


def test_what_was_earlier_is_not_missed(desk: Desk) -> None:
    shown = desk.model.take_past("#tea", desk.past("#tea", line(1, "one")))
    assert desk.drawn(shown) == ["<al> one"]
    assert not shown[-1].missed
    assert desk.model.take_past("#tea", desk.past("#tea", line(1, "one"))) == []


def test_nothing_comes_twice(desk: Desk) -> None:
    desk.see(line(1, "one"))
    told = desk.past("#tea", line(1, "one"), line(2, "two"), line(2, "two"))
    assert desk.drawn(desk.model.take_past("#tea", told, since=at(0))) == [
        "-- missed 1",
        "<al> two",
    ]
    assert desk.see(line(2, "two"), line(3, "three")) == ["<al> three"]


def test_without_ids_what_was_said_by_whom_and_when_is_the_same(desk: Desk) -> None:
    without = "@time=2024-05-01T12:01:00.000Z :al!a@h PRIVMSG #tea :one"
    desk.see(without)
    assert desk.model.take_past("#tea", desk.past("#tea", without)) == []


def test_what_was_missed_elsewhere_is_unread(desk: Desk) -> None:
    told = desk.past("#trio", line(1, "one", where="#trio"), line(2, "me?", where="#trio"))
    desk.model.take_past("#trio", told, since=at(0))
    assert desk.unread == {"#trio": (2, 1)}
    told = desk.past("bob", line(1, "psst", "bob", "me"))
    desk.model.take_past("bob", told, since=at(0))
    assert desk.unread["bob"] == (1, 1)


def test_a_history_is_the_conversations_whatever_its_lines_say(desk: Desk) -> None:
    told = desk.past("bob", line(1, "psst", "old_bob", "me"), line(2, "yes?", "me", "old_bob"))
    shown = desk.model.take_past("bob", told, since=at(0))
    assert {entry.where for entry in shown} == {"bob"}
    assert "old_bob" not in desk.model.conversations


def test_what_was_done_to_it_is_done_before_it_is_shown(desk: Desk) -> None:
    told = desk.past(
        "#tea",
        line(1, "one"),
        line(1, "spam"),
        "@+draft/reply=one;+draft/react=👍 :bo!a@h TAGMSG #tea",
        "@draft/target-msgid=one;draft/edit-text=uno :al!a@h EDIT #tea",
        ":op!a@h REDACT #tea spam",
        "@msgid=two;+draft/reply=one :al!a@h PRIVMSG #tea :two",
    )
    one, spam, two = (e for e in desk.model.take_past("#tea", told) if e.is_message)
    assert (one.text, one.edited, list(one.reactions)) == ("uno", True, ["👍"])
    assert (spam.text, spam.redacted) == ("", True)
    assert two.answers is one


def test_what_was_done_meanwhile_to_what_is_here_is_told(desk: Desk) -> None:
    [here] = desk.take(line(1, "one"))
    edit = "@draft/target-msgid=one;draft/edit-text=uno :al!a@h EDIT #tea"
    told = desk.past("#tea", edit, "@draft/target-msgid=x;draft/edit-text=y :al!a@h EDIT #tea")
    assert desk.drawn(desk.model.take_past("#tea", told, since=at(1))) == ["-- al edited 1: uno"]
    assert here.text == "uno"
    assert desk.model.here.backlog[-1] is here


def test_who_came_and_went_then_is_noise() -> None:
    lines = [":bo!a@h JOIN #tea", ":op!a@h TOPIC #tea :Green", ":op!a@h MODE #tea +m"]
    desk = Desk(Wished(fold="smart"))
    shown = desk.model.take_past("#tea", desk.past("#tea", *lines))
    assert [entry.noise for entry in shown if entry.kind is Kind.CHANGED] == [True, False, False]
    desk = Desk(Wished(fold="never"))
    shown = desk.model.take_past("#tea", desk.past("#tea", *lines))
    assert not any(entry.noise for entry in shown)


def test_what_was_said_meanwhile_stays_below(desk: Desk) -> None:
    desk.see(line(30, "now"))
    desk.model.take_past("#tea", desk.past("#tea", line(1, "one"), line(40, "two")), since=at(0))
    desk.model.take_past("#tea", desk.past("#tea", line(35, "between")), since=at(0))
    assert [text for text in desk.backlog("#tea") if text.startswith("<")] == [
        *("<al> now", "<al> one", "<al> between", "<al> two"),
    ]


def test_an_own_message_that_did_arrive_is_settled_by_the_history(desk: Desk) -> None:
    under_way, _ = desk.model.begin("#tea", Kind.SAID, "mine", NOW)
    lost, _ = desk.model.begin("#tea", Kind.SAID, "lost", NOW)
    desk.model.give_up(lost, State.UNKNOWN)
    told = desk.past("#tea", line(1, "mine", "me"), line(2, "lost", "me"))
    shown = desk.model.take_past("#tea", told, since=at(0))
    assert [entry for entry in shown if entry.is_message] == [under_way]
    assert (under_way.state, lost.state) == (State.SENT, State.SENT)
    assert (under_way.msgid, lost.msgid) == ("mine", "lost")


def test_a_replay_that_nobody_asked_for_is_what_was_missed(desk: Desk) -> None:
    desk.see(line(10, "known"))
    batch = [
        "@time=2024-05-01T12:09:00.000Z;msgid=x;batch=1 :al!a@h PRIVMSG #tea :before",
        "@time=2024-05-01T12:11:00.000Z;msgid=y;batch=1 :al!a@h PRIVMSG #tea :after",
    ]
    shown = desk.model.take_past("#tea", desk.past("#tea", *batch), since=at(10))
    assert desk.drawn(shown) == ["<al> before", "-- missed 1", "<al> after"]


def test_earlier_pages_go_on_top_until_one_leaves(desk: Desk) -> None:
    desk.see(line(30, "now"))
    numbers = range(LONGEST_BACKLOG)
    told = [
        f"@time=2024-04-01T12:00:00.000Z;msgid=e{n} :al!a@h PRIVMSG #tea :e{n}" for n in numbers
    ]
    assert desk.model.take_earlier("#gone", desk.past("#gone", *told[:1])) == []
    shown = desk.model.take_earlier("#tea", desk.past("#tea", *told[-1_500:]))
    assert desk.drawn(shown[:3]) == ["<al> e3500", "<al> e3501"]
    assert shown[0].text == "Monday, 1 April 2024"
    assert len(desk.model.here.backlog) > 1_500
    desk.model.take_earlier("#tea", desk.past("#tea", *told))
    assert desk.model.here.weight == LONGEST_BACKLOG
    assert desk.backlog("#tea")[-1] == "<al> now"
    desk.model.switch("#trio")
    assert len(desk.model.conversations["#tea"].backlog) == 1_000


def test_the_ignored_are_not_remembered() -> None:
    desk = Desk(Wished(ignore=("al",)))
    assert desk.model.take_past("#tea", desk.past("#tea", line(1, "one"))) == []


def test_what_programs_said_is_not_remembered(desk: Desk) -> None:
    query = ":al!a@h NOTICE #tea :\x01VERSION 1\x01"
    assert desk.model.take_past("#tea", desk.past("#tea", query)) == []


def test_reading_elsewhere_makes_read_here(desk: Desk) -> None:
    marker = ":me!u@h MARKREAD #trio timestamp=2024-05-01T12:{:02}:00.000Z"
    for minute, text in enumerate(("one", "me: two", "three")):
        desk.see(line(minute, text.replace(" ", "\\s"), where="#trio"))
    desk.see(marker.format(1))
    assert desk.unread == {"#trio": (1, 0)}
    desk.see(marker.format(0), ":me!u@h MARKREAD #trio *", ":me!u@h MARKREAD #none *")
    assert desk.unread == {"#trio": (1, 0)}
    desk.see(marker.format(2))
    assert desk.unread == {}
