"""The log of crashes: harmless to look at, private, and bounded."""

from __future__ import annotations

import stat

import pytest

from trio_chat.client.setup import crash_log
from trio_chat.client.setup.crash_log import log_crash

from .person import Person


def test_what_came_from_outside_does_no_harm_there(person: Person) -> None:
    path = log_crash(ExceptionGroup("tasks", [ZeroDivisionError("oh\x1b[2J no\ud800!")]))
    assert "| ZeroDivisionError: oh[2J no!\n" in path.read_text()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert path.parent == person.home / "log"


def test_the_log_is_begun_anew_when_it_is_long(
    person: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(crash_log, "MOST_BYTES", 1_000)
    for number in range(100):
        path = log_crash(ValueError(f"crash {number} {'x' * 100}"))
    assert path.stat().st_size < 1_200
    assert "crash 99 " in path.read_text()
    assert sorted(each.name for each in path.parent.iterdir()) == ["client.log", "client.log.1"]
    assert path.with_name("client.log.1").stat().st_size < 1_200


def test_a_crash_that_quotes_megabytes_is_cut(person: Person) -> None:
    path = log_crash(ValueError(f"begin {'x' * 10_000_000} end"))
    text = path.read_text()
    assert len(text) < 300_000
    assert "begin " in text
    assert " end\n" in text
