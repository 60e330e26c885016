"""Entries as lines: what each looks like, and that nothing in it moves anything."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trio_chat.client.model.entries import Entry, Kind, State
from trio_chat.client.screen.line import Line, text_of, width
from trio_chat.client.screen.theme import THEMES
from trio_chat.client.screen.view import REACTIONS, View
from trio_chat.client.setup.settings import Settings

AT = datetime(2026, 3, 1, 14, 5, tzinfo=UTC)
VIEW = View(Settings(numbers=False, time="off"), THEMES["dark"], zone=UTC)


def entry(text: str = "hello", kind: Kind = Kind.SAID, **known: Any) -> Entry:
    return Entry(AT, kind, **{"where": "#tea", "who": "alice", "text": text} | known)


def shown(what: Entry, view: View = VIEW, current: str = "#tea") -> list[str]:
    return [text_of(line) for line in view.lines(what, current, 40)]


def style_of(part: str, lines: list[Line]) -> str:
    [style] = [style for line in lines for style, text in line if part in text]
    return style


@pytest.mark.parametrize(
    ("what", "text"),
    [
        (entry(), "<alice> hello"),
        (entry(kind=Kind.ACTED), "* alice hello"),
        (entry(kind=Kind.NOTICED), "-alice- hello"),
        (entry("bob joined", Kind.CHANGED, who=""), "-- bob joined"),
        (entry("alice edited 12: hi", Kind.AMENDED, who=""), "-- alice edited 12: hi"),
        (entry("welcome", Kind.TOLD, where="", who=""), "-- welcome"),
        (entry("no such nick", Kind.TROUBLE, where="", who=""), "!! no such nick"),
        (entry(where="alice", private=True), "[alice → you] hello"),
        (entry(where="bob", private=True, own=True), "[you → bob] hello"),
        (entry(kind=Kind.ACTED, where="alice", private=True), "[alice → you] * alice hello"),
        (entry(state=State.PENDING), "<alice> hello …"),
        (entry(state=State.REFUSED), "<alice> hello ✗ not sent"),
        (entry(state=State.UNKNOWN), "<alice> hello ? perhaps not sent"),
        (entry(edited=True, pinned=True), "<alice> hello (edited) (pinned)"),
        (entry(redacted=True, edited=True), "<alice> (taken back)"),
        (entry(""), "<alice> "),
    ],
)
def test_an_entry_of_every_kind(what: Entry, text: str) -> None:
    assert shown(what) == [text]


def test_the_time_is_told_by_24_hours_by_12_or_not_at_all() -> None:
    def time(setting: Any, hour: int) -> str:
        view = View(Settings(numbers=False, time=setting), zone=UTC)
        what = entry()
        what.at = AT.replace(hour=hour)
        return shown(what, view)[0].removesuffix("<alice> hello")

    assert [time("24h", 14), time("24h", 0)] == ["14:05 ", "00:05 "]
    assert [time("12h", hour) for hour in (0, 9, 12, 23)] == [
        "12:05am ",
        " 9:05am ",
        "12:05pm ",
        "11:05pm ",
    ]
    assert time("off", 14) == ""


def test_numbers_stand_before_messages_and_room_is_left_where_there_is_none() -> None:
    view = View(Settings(time="off"), zone=UTC)
    assert shown(entry(number=7), view) == ["  7 <alice> hello"]
    assert shown(entry(number=1234), view) == ["1234 <alice> hello"]
    assert shown(entry("bob joined", Kind.CHANGED), view) == ["    -- bob joined"]


def test_what_is_elsewhere_says_where() -> None:
    assert shown(entry(), current="#trio") == ["#tea <alice> hello"]
    moved = entry("you left #tea", Kind.CHANGED, names_place=True)
    assert shown(moved, current="#trio") == ["-- you left #tea"]


def test_several_lines_stand_below_each_other() -> None:
    assert shown(entry("one\ntwo\n\nfour")) == [
        "<alice> one",
        "      two",
        "      ",
        "      four",
    ]


def test_an_answer_repeats_the_beginning_of_what_it_answers() -> None:
    first = entry("a long story\nof two lines", who="bob")
    answer = entry("indeed", reply_to="x", answers=first)
    assert shown(answer) == ["      > bob: a long story", "<alice> indeed"]
    first.text = "word " * 30
    assert shown(answer)[0] == f"      > bob: {'word ' * 9}word…"
    first.redacted = True
    assert shown(answer)[0] == "      > bob: (taken back)"
    answer.answers = None
    assert shown(answer)[0] == "      > something said earlier"
    answer.redacted = True
    assert shown(answer) == ["<alice> (taken back)"]


def test_reactions_stand_below_with_those_who_have_them() -> None:
    what = entry()
    what.reactions = {"👍": {"bob": None, "carol": None}, "\x1b[2J": {"eve": None}}
    assert shown(what) == ["<alice> hello", "      👍 bob, carol  [2J eve"]
    what.reactions = {str(number): {"bob": None} for number in range(REACTIONS + 2)}
    assert shown(what)[1].endswith("7 bob  and 2 more")


def test_a_divider_is_as_wide_as_the_screen() -> None:
    divider = entry("missed 12", Kind.DIVIDED)
    assert shown(divider) == ["── missed 12 " + "─" * 27]
    assert shown(entry("", Kind.DIVIDED)) == ["─" * 40]
    [long] = shown(entry("漢" * 100, Kind.DIVIDED))
    assert width(long) <= 40
    assert "…" in long


def test_one_line_each_for_those_who_listen() -> None:
    view = View(Settings(time="off"), zone=UTC, single=True)
    what = entry("one\ntwo", number=3, reply_to="x", answers=entry(who="bob"), edited=True)
    what.reactions = {"👍": {"bob": None}}
    assert shown(what, view) == ["3 <alice> > bob: hello | one / two (edited) 👍 bob"]
    assert shown(entry("bob joined", Kind.CHANGED), view) == ["-- bob joined"]
    assert shown(entry("missed 12", Kind.DIVIDED), view) == ["-- missed 12 --"]


def test_styles_tell_who_and_what() -> None:
    def lines(**known: Any) -> list[Line]:
        return VIEW.lines(entry(**known), "#tea")

    assert style_of("alice", lines()).startswith("class:nick.")
    assert style_of("alice", lines(own=True)) == "class:nick.own"
    assert style_of("alice", lines(mention=True)) == "class:mention"
    assert style_of("hello", lines(state=State.PENDING)) == "class:pending"
    assert style_of("red", lines(text="\x034red")) == "fg:#ff6f6f"
    assert style_of("!! ", lines(kind=Kind.TROUBLE)) == "class:trouble"


def test_what_is_written_from_right_to_left_moves_nothing_else() -> None:
    [line] = VIEW.lines(entry("שלום alice", who="דוד", edited=True), "#tea")
    start, end = "\u200e\u2068", "\u2069"
    assert text_of(line) == f"<{start}דוד{end}> {start}שלום alice{end} (edited)"
    [private] = VIEW.lines(entry("hi", where="דוד", who="דוד", private=True))
    assert text_of(private) == f"[{start}דוד{end} → you] hi"


@given(st.text(), st.text(), st.text(), st.sampled_from(Kind), st.booleans(), st.booleans())
def test_nothing_from_outside_is_acted_upon(
    text: str, who: str, where: str, kind: Kind, private: bool, single: bool
) -> None:
    what = entry(text, kind, who=who, where=where, private=private, reply_to="x")
    what.answers = entry(text, who=who)
    what.reactions = {text: {who: None}}
    view = View(theme=THEMES["dark"], zone=UTC, single=single)
    lines = view.lines(what, "", 40)
    assert not single or len(lines) == 1
    for line in lines:
        shown = text_of(line)
        assert not any(c < " " or "\x7f" <= c <= "\x9f" or c in "\u202e\u202d" for c in shown)
        # Isolates are those of the view alone, and each is closed.
        assert shown.count("\u2068") == shown.count("\u2069")
