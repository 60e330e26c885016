"""What stands around the messages on the full screen."""

from __future__ import annotations

import pytest

from trio_chat.client.model.model import Model
from trio_chat.client.rooms import Member
from trio_chat.client.screen.line import Line, text_of, width
from trio_chat.client.screen.sides import MembersColumn, rooms_column, top_line


def model_in(*names: str, current: str) -> Model:
    model = Model("me")
    for name in names:
        model.open(name, private=not name.startswith("#"))
    model.switch(current)
    return model


def texts(lines: list[Line]) -> list[str]:
    return [text_of(line).rstrip() for line in lines]


def members(*nicks: str) -> dict[str, Member]:
    return {nick.lstrip("@+!"): Member(nick.lstrip("@+!"), nick[:1] if nick[0] in "@+!" else "")
            for nick in nicks}  # fmt: skip


def test_conversations_have_their_numbers_and_what_is_unread() -> None:
    model = model_in("#tea", "#py", "bob", current="#tea")
    model.conversations["#py"].unread = 12
    model.conversations["bob"].unread = model.conversations["bob"].mentions = 1
    lines = rooms_column(model, 18, 10)
    assert texts(lines) == ["1 #tea", "2 #py 12", "3 bob 1!"]
    assert lines[0][1][0] == "class:rooms.current"
    assert lines[2][1][0] == "class:rooms.mention"


def test_a_long_name_leaves_the_count_in_sight() -> None:
    model = model_in("#tea", "#" + "漢" * 20, current="#tea")
    model.conversations["#" + "漢" * 20].unread = 3
    line = text_of(rooms_column(model, 14, 10)[1])
    assert line.endswith("… 3")
    assert width(line) <= 14


@pytest.mark.parametrize("at", [0, 10, 39])
def test_the_current_one_is_always_in_sight(at: int) -> None:
    model = model_in(*(f"#r{number}" for number in range(40)), current=f"#r{at}")
    shown = texts(rooms_column(model, 18, 5))
    assert len(shown) == 5
    assert f"{at + 1} #r{at}" in shown


def test_members_stand_by_rank_and_name() -> None:
    who = members("zoe", "Bob", "@mia", "+al", "@ann", "!odd")
    lines = MembersColumn().lines("#tea", who, 12, 10)
    assert texts(lines) == ["@ann", "@mia", "+al", " Bob", "!odd", " zoe"]


def test_of_many_members_those_that_fit_and_how_many_more() -> None:
    who = members(*(f"n{number:04}" for number in range(10_000)))
    lines = MembersColumn().lines("#tea", who, 16, 5)
    assert texts(lines) == [" n0000", " n0001", " n0002", " n0003", " and 9996 more"]


def test_members_are_sorted_anew_when_told_of_a_change() -> None:
    who = members("al", "@mia")
    column = MembersColumn()
    assert texts(column.lines("#tea", who, 12, 5)) == ["@mia", " al"]
    who["al"] = Member("al", "@")
    column.change()
    assert texts(column.lines("#tea", who, 12, 5)) == ["@al", "@mia"]
    who["zed"] = Member("zed")
    assert texts(column.lines("#tea", who, 12, 5))[-1] == " zed"


def test_nothing_from_outside_moves_the_cursor() -> None:
    model = model_in("#tea\x1b[2J", current="#tea\x1b[2J")
    lines = [top_line(model, 40), *rooms_column(model, 18, 3)]
    lines += MembersColumn().lines("#tea", {"a\x1b": Member("a\x1b\u202e")}, 12, 3)
    assert "\x1b" not in "".join(map(text_of, lines))
    assert "\u202e" not in "".join(map(text_of, lines))


def test_without_a_room_it_says_what_to_do() -> None:
    assert "/join" in text_of(top_line(Model("me"), 60))
    assert width(text_of(top_line(Model("me"), 8))) <= 8
