"""Completion: a key press is a text and a cursor in, a text and a cursor out."""

from __future__ import annotations

import time

import pytest

from trio_chat.client.folding import Folded
from trio_chat.client.model.model import Model
from trio_chat.client.rooms import Member, Room
from trio_chat.client.screen.completion import MOST_CANDIDATES, Cycle, candidates, complete
from trio_chat.client.screen.line import text_of, width
from trio_chat.client.screen.menu import menu
from trio_chat.client.screen.words import ModelWords
from trio_chat.wire.grammar import casefold

from .writing import Writer, said


class Known:
    """A few words."""

    def nicks(self, beginning: str, most: int) -> list[str]:
        return [nick for nick in ("bob", "alice", "Albert") if nick.lower().startswith(beginning)]

    def rooms(self, beginning: str, most: int) -> list[str]:
        return [room for room in ("#tea", "#trio") if room.startswith(beginning)]

    def conversations(self) -> list[tuple[int, str]]:
        return [(1, "#tea"), (2, "bob")]

    def messages(self, most: int) -> list[tuple[int, str]]:
        return [(12, "bob: two"), (11, "alice: one"), (2, "bob: before")]


def pressed(text: str, *steps: int) -> str | None:
    """The line after pressing Tab so often, from a cursor at `|`, with the cursor shown."""
    before, _, after = text.partition("|")
    line, cursor = before + after, len(before)
    cycle: Cycle | None = None
    for step in steps or (1,):
        cycle = complete(line, cursor, Known(), cycle, step)
        if cycle is None:
            return None
        line, cursor = cycle.text, cycle.cursor
    return f"{line[:cursor]}|{line[cursor:]}"


@pytest.mark.parametrize(
    ("text", "completed"),
    [
        ("/joi|", "/join |"),
        ("/JOI|", "/join |"),
        ("b|", "bob: |"),
        ("hello b|", "hello bob |"),
        ("b| is here", "bob: | is here"),
        ("one\nb|", "one\nbob |"),
        ("see #tr|", "see #trio |"),
        ("/msg al|", "/msg alice |"),
        ("/msg #tr|", "/msg #trio |"),
        ("/msg bob see #tr|", "/msg bob see #trio |"),
        ("/set ti|", "/set time |"),
        ("/set time 1|", "/set time 12h |"),
        ("/set bell |", "/set bell on |"),
        ("/set theme da|", "/set theme dark |"),
        ("/help joi|", "/help join |"),
        ("/help /joi|", "/help /join |"),
        ("/nonsense al|", "/nonsense alice |"),
        ("//al|", None),
        (":tada|", "🎉 |"),
        ("so :thumbs_u|", "so 👍 |"),
        (":+1:|", "👍 |"),
        (":flag_ger|", "🇩🇪 |"),
        ("a:tada|", None),
    ],
)
def test_the_word_before_the_cursor_is_completed(text: str, completed: str | None) -> None:
    assert pressed(text) == completed


@pytest.mark.parametrize("text", ["|", "hello |", "zz|", "/zz|", "hello /j|", ":|", ":qqq|"])
def test_where_nothing_fits_nothing_happens(text: str) -> None:
    assert pressed(text) is None


def test_pressing_again_goes_through_the_candidates_and_around() -> None:
    assert pressed("a|", 1, 1) == "Albert: |"
    assert pressed("a|", 1, 1, 1) == "alice: |"
    assert pressed("a|", 1, -1) == "Albert: |"
    assert pressed("a|", -1) == "Albert: |"


def test_a_line_that_was_edited_starts_a_new_completion() -> None:
    cycle = complete("a", 1, Known(), None)
    assert cycle is not None
    edited = complete(cycle.text + "b", cycle.cursor + 1, Known(), cycle)
    assert edited is not None
    assert edited.text == "alice: bob "


def test_other_names_of_commands_tell_what_they_stand_for() -> None:
    _, found = candidates("/j", Known())
    assert {each.shown: each.help for each in found}["/j"] == "/join"


def test_an_emoji_of_several_names_is_offered_once() -> None:
    _, found = candidates(":tada", Known())
    assert [each.text for each in found] == ["🎉 "]
    _, found = candidates(":heart", Known())
    assert len({each.text for each in found}) == len(found) > 5


def model_of(count: int) -> Model:
    model = Model("me")
    model.open("#tea")
    model.switch("#tea")
    members: Folded[Member] = Folded(casefold)
    for nick in ("me", *(f"user{number:05}" for number in range(count))):
        members[nick] = Member(nick)
    model.rooms = {"#tea": Room("#tea", members), "#trio": Room("#trio", Folded(casefold))}
    return model


def test_who_spoke_last_comes_first_and_we_do_not() -> None:
    model = model_of(3)
    here = model.here
    for entry in (said(1, "one"), said(2, "two")):
        here.hear("user00002", entry.at)
        here.hear("user00001", entry.at)
        here.hear("gone", entry.at)
    words = ModelWords(model)
    assert words.nicks("", 10) == ["user00001", "user00002", "user00000"]
    assert words.nicks("USER", 2) == ["user00001", "user00002"]


def test_a_room_of_ten_thousand_is_completed_at_once() -> None:
    words = ModelWords(model_of(10_000))
    started = time.process_time()
    _, found = candidates("user0", words)
    took = time.process_time() - started
    assert len(found) == MOST_CANDIDATES
    assert found[0].text == "user00000: "
    assert took < 0.05  # 8 ms, with much to spare for a busy machine


def test_the_partner_of_a_private_conversation_is_completed() -> None:
    model = Model("me")
    model.open("bob", private=True)
    model.switch("bob")
    assert ModelWords(model).nicks("b", 5) == ["bob"]
    assert ModelWords(model).conversations() == [(1, "bob")]


def test_rooms_begin_with_the_one_before_us() -> None:
    model = model_of(0)
    assert ModelWords(model).rooms("#t", 5) == ["#tea", "#trio"]


def test_messages_are_told_by_how_they_begin() -> None:
    model = model_of(0)
    for entry in (said(1, "one"), said(2, "two\nmore"), said(3, "three " * 20)):
        model.here.add(entry)
    model.here.backlog[0].redacted = True
    words = ModelWords(model)
    assert words.messages(5) == [
        (3, "alice: " + ("three " * 20)[:40] + "…"),
        (2, "alice: two"),
    ]


@pytest.mark.parametrize("steps", [1, 30, 60])
def test_the_menu_fits_into_its_row_and_has_the_chosen_one(steps: int) -> None:
    cycle = complete(":face", 5, Known(), None)
    for _ in range(steps):
        assert cycle is not None
        cycle = complete(cycle.text, cycle.cursor, Known(), cycle)
    assert cycle is not None
    line = menu(cycle, 60)
    assert line is not None
    assert width(text_of(line)) <= 60
    chosen = [text for style, text in line if "chosen" in style]
    assert chosen == [cycle.candidates[cycle.chosen].shown]


def test_the_menu_tells_what_the_chosen_command_does() -> None:
    cycle = complete("/joi", 4, Known(), None)
    assert cycle is not None
    line = menu(cycle, 70)
    assert line is not None
    assert "/join  — " in text_of(line)
    assert menu(complete("bo", 2, Known(), None) or cycle, 70) is None


def test_tab_completes_and_the_bar_shows_the_candidates(writer: Writer) -> None:
    async def script() -> None:
        before = writer.screen.cursor[1]
        await writer.presses("/set ti\t", "/set time |")
        await writer.until(lambda: writer.bar.startswith(" time  title  "))
        await writer.presses("\t", "/set title |")
        await writer.presses("\x1b[Z", "/set time |")
        await writer.presses("x", "/set time x|")
        await writer.until(lambda: "title" not in writer.bar)
        assert writer.screen.cursor[1] == before

    writer.writes(script)
