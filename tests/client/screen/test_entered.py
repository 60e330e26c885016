"""What was entered is there again in the next run, and never harms typing."""

from __future__ import annotations

import errno
import json
import os
import stat
import time
from pathlib import Path

import pytest

from trio_chat.client.screen import entered as module
from trio_chat.client.screen.entered import LONGEST_ENTRY, Entered, entered_path

from ..setup.person import Person
from .writing import Writer, writing


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "data" / "entered"


def kept(path: Path) -> list[str]:
    """The latest first."""
    return list(Entered(path).load_history_strings())


def test_it_is_kept_for_this_user_alone(path: Path) -> None:
    Entered(path).append_string("one")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert kept(path) == ["one"]


def test_where_it_is_kept(person: Person) -> None:
    assert entered_path() == person.home / "data" / "entered"


def test_two_clients_keep_at_once(path: Path) -> None:
    one, two = Entered(path), Entered(path)
    one.append_string("a\nb")
    two.append_string("schön 👩‍👩‍👧")
    one.append_string("a\nb")
    assert kept(path) == ["a\nb", "schön 👩‍👩‍👧"]


@pytest.mark.parametrize("line", [" secret", "/login ada hunter2", "/ns identify hunter2"])
def test_some_lines_are_not_kept_nor_remembered(path: Path, line: str) -> None:
    history = Entered(path)
    history.append_string(line)
    assert history.get_strings() == []
    assert not path.exists()


def test_in_a_conversation_with_a_service_passwords_are_not_kept(path: Path) -> None:
    history = Entered(path)
    history.where = lambda: "NickServ"
    history.append_string("identify hunter2")
    assert not path.exists()


def test_what_is_cut_off_or_no_entry_is_passed_over(path: Path) -> None:
    Entered(path).append_string("one")
    with path.open("ab") as file:
        file.write(b'"cut o')
    Entered(path).append_string("two")
    with path.open("ab") as file:
        file.write(b'\xff\xfe\n12\n["x"]\n"\\u001b[2Jthree"\n')
    assert kept(path) == ["[2Jthree", "two", "one"]


def test_a_full_disk_is_told_of_once(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[str] = []
    history = Entered(path)
    history.tell = told.append

    def full(*_: object) -> int:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "write", full)
    history.append_string("one")
    history.append_string("two")
    assert [text.partition(":")[0] for text in told] == [
        "what you enter is not kept for the next time"
    ]
    assert history.get_strings() == ["one", "two"]


def test_a_file_that_cannot_be_read_is_told_of(path: Path) -> None:
    path.mkdir(parents=True)
    told: list[str] = []
    history = Entered(path)
    history.tell = told.append
    assert list(history.load_history_strings()) == []
    assert len(told) == 1


def test_a_long_file_is_put_aside_and_still_read(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MOST_BYTES", 100)
    monkeypatch.setattr(module, "MOST_ENTRIES", 9)
    history = Entered(path)
    for number in range(30):
        history.append_string(f"line {number}")
    assert path.stat().st_size < 150
    assert kept(path)[:3] == ["line 29", "line 28", "line 27"]
    assert kept(path) == [f"line {number}" for number in range(29, 20, -1)]
    assert len(history.get_strings()) == 9
    assert sorted(each.name for each in path.parent.iterdir()) == ["entered", "entered.1"]


def test_of_two_that_put_it_aside_one_does(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_BYTES", 10)
    history = Entered(path)
    history.append_string("a long line")
    lock = path.with_name("entered.lock")
    lock.touch()
    history.append_string("another")
    assert not path.with_name("entered.1").exists()
    # Whoever held it has died.
    os.utime(lock, (time.time() - 120,) * 2)
    history.append_string("a third")
    history.append_string("a fourth")
    assert path.with_name("entered.1").exists()
    assert not lock.exists()


def test_a_file_that_is_long_no_more_is_left(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_BYTES", 10)
    Entered(path).append_string("a long line")
    looks = iter([True, False])
    monkeypatch.setattr(module, "_is_long", lambda _: next(looks))
    Entered(path).append_string("another")
    assert not path.with_name("entered.1").exists()


def test_what_is_too_long_is_remembered_but_not_kept(path: Path) -> None:
    history = Entered(path)
    history.append_string("x" * (LONGEST_ENTRY + 1))
    assert len(history.get_strings()) == 1
    assert not path.exists()


def test_the_file_is_read_from_its_end(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_BYTES", 20)
    path.parent.mkdir()
    path.write_text("".join(f"{json.dumps(f'entry {number}')}\n" for number in range(100)))
    assert kept(path) == ["entry 99", "entry 98", "entry 97"]


def test_up_brings_back_what_begins_so_in_an_earlier_run(path: Path) -> None:
    for line in ("hello there", "good bye", "help me"):
        Entered(path).append_string(line)
    with writing(entered=Entered(path)) as writer:

        async def script() -> None:
            await writer.presses("\x1b[A", "help me|")
            await writer.presses("\x1b[B", "|")
            await writer.presses("hell\x1b[A", "hello there|")

        writer.writes(script)


def test_what_is_entered_is_there_again_at_once(writer: Writer) -> None:
    async def script() -> None:
        await writer.enters("one", "/login x")
        await writer.presses("\x1b[A", "one|")

    writer.writes(script)


def test_ctrl_r_searches_backward_and_enter_takes_what_is_found(path: Path) -> None:
    for line in ("the Tea is hot", "teapot", "coffee"):
        Entered(path).append_string(line)
    with writing(entered=Entered(path)) as writer:

        async def script() -> None:
            rows = writer.screen.cursor[1]
            writer.screen.type("\x12tea")
            await writer.until(lambda: "[#tea] teapot" in writer.screen.rows)
            await writer.until(lambda: "search: tea" in writer.screen.rows)
            writer.screen.type("\x12")
            await writer.until(lambda: "[#tea] the Tea is hot" in writer.screen.rows)
            writer.screen.type("\r")
            await writer.until(lambda: writer.line.replace("|", "") == "the Tea is hot")
            assert writer.screen.cursor[1] == rows
            await writer.presses("\x05\r", "|")
            assert writer.deeds.entered == ["the Tea is hot"]

        writer.writes(script)


@pytest.mark.parametrize("key", ["\x03", "\x07"])
def test_a_search_can_be_given_up(path: Path, key: str) -> None:
    Entered(path).append_string("teapot")
    with writing(entered=Entered(path)) as writer:

        async def script() -> None:
            await writer.presses("draft", "draft|")
            writer.screen.type("\x12tea")
            await writer.until(lambda: "[#tea] teapot" in writer.screen.rows)
            writer.screen.type(key)
            await writer.until(lambda: "[#tea] draft" in writer.screen.rows)
            assert writer.line == "draft|"
            assert not writer.deeds.entered

        writer.writes(script)


def test_a_search_that_finds_nothing_leaves_what_is_there(path: Path) -> None:
    Entered(path).append_string("teapot")
    with writing(entered=Entered(path)) as writer:

        async def script() -> None:
            await writer.presses("draft", "draft|")
            writer.screen.type("\x12teaz")
            await writer.until(lambda: "search: teaz" in writer.screen.rows)
            assert "[#tea] draft" in writer.screen.rows
            writer.screen.type("\x7f")
            await writer.until(lambda: "[#tea] teapot" in writer.screen.rows)
            writer.screen.type("z\r")
            await writer.until(lambda: not any("search" in row for row in writer.screen.rows))
            assert writer.line == "draft|"

        writer.writes(script)
