"""The live console and the log: what is printed, and that printing never stops the chat."""

from __future__ import annotations

import io
import json
import logging
import re
import threading
from typing import Any

import pytest

from trio_chat import logs
from trio_chat.core.effects import Deed, Report
from trio_chat.logs import QUEUE_SIZE, LogFormat, logging_to, observe

logger = logging.getLogger("trio_chat.test")


def printed(*reports: Report, style: LogFormat = "human", quiet: bool = False) -> list[str]:
    out = io.StringIO()
    with logging_to(out, style=style, quiet=quiet):
        for report in reports:
            observe(report)
    return out.getvalue().splitlines()


@pytest.mark.parametrize(
    ("report", "line"),
    [
        (Report(Deed.CONNECTED, "bob", text="192.0.2.1"), "bob has connected from 192.0.2.1"),
        (Report(Deed.LEFT, "bob", text="Quit: bye"), "bob has left (Quit: bye)"),
        (Report(Deed.LEFT, "bob", text="Quit: "), "bob has left (Quit)"),
        (Report(Deed.JOINED, "bob", "#tea"), "#tea bob has joined"),
        (Report(Deed.PARTED, "bob", "#tea"), "#tea bob has parted"),
        (Report(Deed.PARTED, "bob", "#tea", "late"), "#tea bob has parted (late)"),
        (Report(Deed.KICKED, "bob", "#tea", "by al: no"), "#tea bob was kicked (by al: no)"),
        (Report(Deed.RENAMED, "bob", text="rob"), "bob is now known as rob"),
        (Report(Deed.SAID, "bob", "#tea", "hi"), "#tea <bob> hi"),
        (Report(Deed.SAID, "bob", "#tea", "\x01ACTION waves\x01"), "#tea * bob waves"),
        (Report(Deed.NOTICED, "bob", "#tea", "psst"), "#tea -bob- psst"),
        (Report(Deed.TOPIC, "bob", "#tea", "green"), "#tea bob has set the topic: green"),
    ],
)
def test_each_deed_is_one_line_with_the_time(report: Report, line: str) -> None:
    (shown,) = printed(report)
    assert re.fullmatch(r"\d\d:\d\d:\d\d " + re.escape(line), shown)


@pytest.mark.parametrize("style", ["human", "json"])
def test_no_control_character_of_a_user_is_printed(style: LogFormat) -> None:
    nasty = "a\x1b[2Jb\x07c\x9bd\u202ee\nf"
    (line,) = printed(Report(Deed.SAID, "bob", "#tea", nasty), style=style)
    text = json.loads(line)["text"] if style == "json" else line
    assert text.endswith("a�[2Jb�c�d�e�f")


def test_json_lines_name_the_parts_of_a_deed() -> None:
    (line,) = printed(Report(Deed.SAID, "bob", "#tea", "hi"), style="json")
    fields: dict[str, Any] = json.loads(line)
    assert fields.pop("time") > 0
    assert fields == {
        "level": "info",
        "logger": "trio_chat.live",
        "message": "#tea <bob> hi",
        "deed": "said",
        "nick": "bob",
        "room": "#tea",
        "text": "hi",
    }


def test_quiet_hides_the_chat_but_not_warnings() -> None:
    out = io.StringIO()
    with logging_to(out, quiet=True):
        observe(Report(Deed.SAID, "bob", "#tea", "hi"))
        logger.warning("the disk is full")
    assert out.getvalue().endswith("WARNING: the disk is full\n")
    assert "hi" not in out.getvalue().split()


def test_what_is_printed_can_be_changed_while_it_is() -> None:
    out = LineWaiter()
    with logging_to(out) as console:
        observe(Report(Deed.SAID, "bob", "#tea", "one"))
        out.wait_for("one")
        console.show("json", quiet=True)
        observe(Report(Deed.SAID, "bob", "#tea", "two"))
        logger.info("three")
        out.wait_for("three")
        console.show("human", quiet=False)
        observe(Report(Deed.SAID, "bob", "#tea", "four"))
    first, second, third = out.getvalue().splitlines()
    assert first.endswith("#tea <bob> one")
    assert json.loads(second)["message"] == "three"
    assert third.endswith("#tea <bob> four")


class LineWaiter(io.StringIO):
    """What is printed, to be waited for."""

    def __init__(self) -> None:
        super().__init__()
        self._changed = threading.Condition()

    def write(self, text: str) -> int:
        with self._changed:
            written = super().write(text)
            self._changed.notify_all()
        return written

    def wait_for(self, text: str) -> None:
        with self._changed:
            assert self._changed.wait_for(lambda: text in self.getvalue(), timeout=20)


@pytest.mark.parametrize("style", ["human", "json"])
def test_an_exception_is_printed_with_its_traceback(style: LogFormat) -> None:
    out = io.StringIO()
    with logging_to(out, style=style):
        try:
            raise ValueError("\x1b[31mred")
        except ValueError:
            logger.exception("it failed")
    text = out.getvalue()
    assert "it failed" in text
    assert "ValueError" in text
    assert "\x1b" not in text


def test_afterwards_logging_is_as_before() -> None:
    root = logging.getLogger("trio_chat")
    before = (root.handlers[:], root.level, root.propagate)
    with logging_to(io.StringIO(), quiet=True):
        pass
    assert (root.handlers[:], root.level, root.propagate) == before
    assert not logs.live.disabled


class StalledTerminal(io.StringIO):
    """Takes the first line only after `resume` is set, as a paused terminal does."""

    def __init__(self) -> None:
        super().__init__()
        self.stalled = threading.Event()
        self.resume = threading.Event()

    def write(self, text: str) -> int:
        self.stalled.set()
        self.resume.wait()
        return super().write(text)


def test_a_stalled_terminal_stops_nobody_and_what_was_dropped_is_counted() -> None:
    out = StalledTerminal()
    with logging_to(out):
        logger.info("first")
        out.stalled.wait()
        for number in range(QUEUE_SIZE + 5):
            logger.info("line %d", number)
        out.resume.set()
        while "line 0" not in out.getvalue():  # then there is room again
            pass
        logger.info("last")
    lines = out.getvalue().splitlines()
    assert lines[0].endswith(" first")
    assert sum(" line " in line for line in lines) == QUEUE_SIZE
    assert lines[-2].endswith("WARNING: the console was too slow: 5 records were dropped")
    assert lines[-1].endswith(" last")


def test_a_terminal_stalled_for_good_does_not_keep_the_program_from_ending(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(logs, "STOP_SECONDS", 0.01)
    out = StalledTerminal()
    with logging_to(out):
        for number in range(QUEUE_SIZE + 2):
            logger.info("line %d", number)
    assert out.getvalue() == ""
    out.resume.set()
