"""Histories in files: one JSON object a line, or a log to read.

Laws:

* A line of JSON has all there is of a message, and is what is read again. Times are UTC.
* What is read is what a server could have kept, or it is refused.
* A line of a log is one line, and harms no terminal, whatever somebody has said.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime

from trio_chat.archive.exporting import Shelf
from trio_chat.archive.lines import SAID, Line, milliseconds
from trio_chat.client.text import clean
from trio_chat.core.history import Place, sequence_of
from trio_chat.wire.grammar import is_room_name
from trio_chat.wire.message import Message, format_body, format_tags
from trio_chat.wire.modes import RANKS
from trio_chat.wire.variants import format_time

ROOM_NAME_BYTES = 1_000
"""The longest name of a room that is read, whatever a server allows by now."""

_SIGNS = "".join(RANKS.values())


def to_json(shelf: Shelf, line: Line) -> str:
    """A line of a history as a line of a file."""
    where: dict[str, object] = (
        {"room": shelf.names[0]} if isinstance(shelf.place, str) else {"between": shelf.names}
    )
    if shelf.ended is not None:
        where["ended"] = format_time(shelf.ended)
    tags = dict(line.tags)
    msgid, account = tags.pop("msgid", ""), tags.pop("account", None)
    its = {
        **where,
        "time": format_time(line.at / 1000),
        "msgid": msgid,
        "source": line.source,
        **({"account": account} if account is not None else {}),
        "command": line.command,
        "params": line.params,
        **({"tags": tags} if tags else {}),
    }
    return json.dumps(its, ensure_ascii=False)


def to_log(line: Line) -> Iterator[str]:
    """A line of a history as lines of a log, one for each line that somebody wrote."""
    at = datetime.fromtimestamp(line.at / 1000, UTC).strftime("%Y-%m-%d %H:%M:%S")
    nick = clean(line.source.partition("!")[0])
    if line.command not in SAID:
        words = " ".join(clean(each) for each in (line.command, *line.params))
        yield f"{at}  *** {nick} {words}"
        return
    text = line.params[-1]
    before = f"-{nick}-" if line.command == "NOTICE" else f"<{nick}>"
    if text.startswith("\x01ACTION "):
        before, text = f"* {nick}", text.removeprefix("\x01ACTION ").removesuffix("\x01")
    for each in text.replace("\r", "").split("\n"):
        yield f"{at}  {before} {clean(each)}"


def from_json(text: str, fold: Callable[[str], str], now: float, room: str = "") -> Line:
    """The line of a history that a line of a file tells; in `room` if that is given.

    Raises `ValueError`, whose text says what is wrong with it.
    """
    its = json.loads(text)
    if not isinstance(its, dict):
        raise ValueError("this is no object")
    source, command, params = (its.get(key) for key in ("source", "command", "params"))
    tags = its.get("tags", {})
    if not (isinstance(source, str) and source and isinstance(command, str)):
        raise ValueError("source and command must be texts")
    if not (isinstance(params, list) and all(isinstance(each, str) for each in params)):
        raise ValueError("params must be texts")
    if not (isinstance(tags, dict) and all(isinstance(each, str) for each in tags.values())):
        raise ValueError("tags must be texts")
    tags = {**tags, "msgid": str(its.get("msgid", ""))}
    if "account" in its:
        tags["account"] = str(its["account"])
    place, params = _place(its, params, fold, room)
    if command in SAID:
        _check_said(command, params, source, tags, place, fold)
    at = _time(its.get("time"), now)
    sequence = sequence_of(tags["msgid"])
    return Line(sequence, at, place, source, command, tuple(params), tags)


def _check_said(
    command: str,
    params: list[str],
    source: str,
    tags: dict[str, str],
    place: Place,
    fold: Callable[[str], str],
) -> None:
    """Raise `ValueError` for what could never be sent again."""
    if len(params) != 2:
        raise ValueError("a message has two params, target and text")
    target, text = params
    if isinstance(place, str) and fold(target.lstrip(_SIGNS)) != place:
        raise ValueError("the target must be the room")
    format_body(Message(command, (target, text.replace("\n", "").replace("\r", "")), source))
    format_tags(tags)


def _place(
    its: dict[str, object], params: list[str], fold: Callable[[str], str], room: str
) -> tuple[Place, list[str]]:
    """Where it was said, and the params as if it had been said there."""
    if room:
        signs = params[0][: len(params[0]) - len(params[0].lstrip(_SIGNS))] if params else ""
        return fold(room), [f"{signs}{room}", *params[1:]]
    name, between = its.get("room"), its.get("between")
    if isinstance(name, str) and is_room_name(name, ROOM_NAME_BYTES):
        return fold(name), params
    match between:
        case [str(one), str(other)]:
            first, second = sorted((fold(one), fold(other)))
            return (first, second), params
    raise ValueError("there must be a room, or two accounts between whom it was said")


def _time(text: object, now: float) -> int:
    if not isinstance(text, str):
        raise ValueError("there must be a time")
    at = instant(text)
    if at > now:  # or the clock of the server would go by it
        raise ValueError(f"{text} is yet to come")
    return milliseconds(at)


def instant(text: str) -> float:
    """The Unix time of a date, or a date and a time, in UTC unless it says otherwise.

    Raises `ValueError` for anything else.
    """
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise ValueError(f"{text!r} is no time such as 2024-05-01T12:00:00Z") from None
    return (at if at.tzinfo is not None else at.replace(tzinfo=UTC)).timestamp()
