"""Logging and the live console: records through a bounded queue to a thread that prints them.

Laws:

* Printing never makes the chat wait: a terminal that is paused or a pipe that is full fills the
  queue, and what does not fit is counted and dropped.
* No control character from a user reaches the output.
"""

from __future__ import annotations

import json
import logging
import os
import queue
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from logging.handlers import QueueHandler
from typing import Literal, Protocol

from trio_chat.core.effects import Deed, Report
from trio_chat.wire.printable import printable

LogFormat = Literal["human", "json"]

QUEUE_SIZE = 10_000
"""Records that may wait for the printing thread: some MB, and seconds of a busy chat."""

STOP_SECONDS = 1.0
"""How long the end of the program waits for a slow terminal to take the last records."""

live = logging.getLogger("trio_chat.live")
"""Who comes and goes, and what is said in public rooms."""


def observe(report: Report) -> None:
    """Log what happened in public, for the operator's console."""
    if live.disabled:  # most of the cost is in the sentence
        return
    live.info("%s", _sentence(report), extra={"report": report})


def _sentence(report: Report) -> str:
    nick, room, text = report.nick, report.room, report.text
    because = f" ({text.removesuffix(': ')})" if text else ""
    match report.deed:
        case Deed.SAID if text.startswith("\x01ACTION "):
            return f"{room} * {nick} {text[8:].rstrip(chr(1))}"
        case Deed.SAID:
            return f"{room} <{nick}> {text}"
        case Deed.NOTICED:
            return f"{room} -{nick}- {text}"
        case Deed.CONNECTED:
            return f"{nick} has connected from {text}"
        case Deed.LEFT:
            return f"{nick} has left{because}"
        case Deed.JOINED:
            return f"{room} {nick} has joined"
        case Deed.PARTED:
            return f"{room} {nick} has parted{because}"
        case Deed.KICKED:
            return f"{room} {nick} was kicked{because}"
        case Deed.RENAMED:
            return f"{nick} is now known as {text}"
        case Deed.TOPIC:
            return f"{room} {nick} has set the topic: {text}"


class HumanFormatter(logging.Formatter):
    """`12:34:56 #lobby <alice> hi`; warnings and worse name their level, tracebacks follow."""

    def format(self, record: logging.LogRecord) -> str:
        clock = time.strftime("%H:%M:%S", time.localtime(record.created))
        level = f"{record.levelname}: " if record.levelno >= logging.WARNING else ""
        line = f"{clock} {level}{printable(record.getMessage())}"
        if record.exc_info:
            trace = self.formatException(record.exc_info)
            line += "".join(f"\n    {printable(part)}" for part in trace.splitlines())
        return line


class JsonFormatter(logging.Formatter):
    """One JSON object a line: `time` (Unix seconds), `level`, `logger`, `message`, and the fields
    of a report (`deed`, `nick`, `room`, `text`)."""

    def format(self, record: logging.LogRecord) -> str:
        fields: dict[str, object] = {
            "time": round(record.created, 3),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": printable(record.getMessage()),
        }
        report = getattr(record, "report", None)
        if isinstance(report, Report):
            fields |= {
                "deed": report.deed.value,
                "nick": report.nick,
                "room": report.room,
                "text": printable(report.text),
            }
        if record.exc_info:
            fields["traceback"] = self.formatException(record.exc_info)
        return json.dumps(fields)


class _DroppingHandler(QueueHandler):
    """Puts records into the queue, and counts those that do not fit."""

    def __init__(self, records: queue.Queue[logging.LogRecord | None]) -> None:
        super().__init__(records)
        self._dropped = 0

    def prepare(self, record: logging.LogRecord) -> logging.LogRecord:
        # Overrides the base, which formats in the caller's thread: here that is the hub's.
        return record

    def enqueue(self, record: logging.LogRecord) -> None:
        try:
            if self._dropped:
                missing = logging.makeLogRecord(
                    {
                        "name": record.name,
                        "levelno": logging.WARNING,
                        "levelname": "WARNING",
                        "msg": "the console was too slow: %d records were dropped",
                        "args": (self._dropped,),
                    }
                )
                self.queue.put_nowait(missing)
                self._dropped = 0
            self.queue.put_nowait(record)
        except queue.Full:
            self._dropped += 1


class SupportsPrint(Protocol):
    """What the log can be printed to."""

    def write(self, text: str, /) -> object: ...
    def flush(self) -> object: ...


class _StandardError:
    """Standard error, written past `sys.stderr`.

    That one is locked by whoever writes; at its end the interpreter flushes it, and would abort for
    finding it locked by a thread that a paused terminal holds up.
    """

    def write(self, text: str) -> None:
        data = text.encode(errors="backslashreplace")
        with suppress(OSError):  # the terminal is gone: the chat need not know
            while data:
                data = data[os.write(sys.stderr.fileno(), data) :]

    def flush(self) -> None:
        """Nothing is kept back."""


class _LoneStreamHandler(logging.StreamHandler[SupportsPrint]):
    """Has no lock, since one thread alone prints; `logging` takes every handler's when it ends."""

    def createLock(self) -> None:  # noqa: N802
        self.lock = None


class _Printer:
    """A thread that prints what is in the queue.

    Not `logging.handlers.QueueListener`: its `stop` fails when the queue is full and waits without
    bound for a terminal that is paused.
    """

    def __init__(self, records: queue.Queue[logging.LogRecord | None], to: logging.Handler) -> None:
        self._records = records
        self._to = to
        # A daemon, so that a paused terminal does not keep the process from ending.
        self._thread = threading.Thread(target=self._print, name="trio-chat-log", daemon=True)
        self._thread.start()

    def _print(self) -> None:
        while (record := self._records.get()) is not None:
            self._to.handle(record)

    def stop(self) -> None:
        """Print what is left, for as long as `STOP_SECONDS`."""
        with suppress(queue.Full):
            self._records.put(None, timeout=STOP_SECONDS)
        self._thread.join(STOP_SECONDS)


class Console:
    """What is printed of the log, and how; to be changed while it is."""

    def __init__(self, handler: logging.Handler) -> None:
        self._handler = handler

    def show(self, style: LogFormat, quiet: bool) -> None:
        """From now on print like this; `quiet` leaves out the live view of the chat."""
        self._handler.setFormatter(JsonFormatter() if style == "json" else HumanFormatter())
        live.disabled = quiet


@contextmanager
def logging_to(
    stream: SupportsPrint | None = None, *, style: LogFormat = "human", quiet: bool = False
) -> Iterator[Console]:
    """Print what `trio_chat` logs to `stream` (standard error by default) while the block runs.

    `style` and `quiet` are as of `Console.show`.
    """
    handler = _LoneStreamHandler(stream or _StandardError())
    console = Console(handler)
    records: queue.Queue[logging.LogRecord | None] = queue.Queue(QUEUE_SIZE)
    front = _DroppingHandler(records)
    printer = _Printer(records, handler)
    root = logging.getLogger("trio_chat")
    before = (root.level, root.propagate, live.disabled)
    root.addHandler(front)
    root.setLevel(logging.INFO)
    root.propagate = False
    console.show(style, quiet)
    try:
        yield console
    finally:
        root.removeHandler(front)
        root.level, root.propagate, live.disabled = before
        printer.stop()
