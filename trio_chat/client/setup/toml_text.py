"""A TOML text that people edit: where a key stands in it, and the text with one value changed.

Laws:

* Comments, order and layout stay as they are, but for the statement that is changed.
* What comes out is read again, and is what was meant; where that cannot be done (within a table
  in braces) it is refused, and the text stays.

`tomllib` neither tells lines nor writes. It reads every part of the text here, which is divided
into its statements alone.
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

Place = tuple[str, ...]
"""The way to a value: the keys."""

_BARE = re.compile(r"[A-Za-z0-9_-]+")


class CannotChange(ValueError):
    """The text says it in a way that cannot be changed from here."""


@dataclass(frozen=True, slots=True)
class _Statement:
    """A header, or a key and its value: in the lines from `start` to before `end`.

    `key` is as it is written there, and empty for a header.
    """

    start: int
    end: int
    place: Place
    key: str
    text: str


def read(text: str) -> dict[str, Any]:
    """What the text says; raises `ValueError` (`tomllib.TOMLDecodeError`) for what is no TOML."""
    return tomllib.loads(text)


def line_of(text: str, place: Place) -> int:
    """The line of a key in a text that is TOML, from 1; else that of its table, or 1."""
    while place:
        for each in _statements(text):
            if each.place == place:
                return each.start + 1
        place = place[:-1]
    return 1


def with_value(text: str, place: Place, value: object) -> str:
    """The text with a value set; raises `CannotChange`, and `ValueError` for no TOML."""
    wanted = deepcopy(read(text))
    value = list(value) if isinstance(value, tuple) else value
    table = _table(wanted, place[:-1])
    if table.get(place[-1]) == value and type(table.get(place[-1])) is type(value):
        return text
    table[place[-1]] = value
    lines = _lines(text)
    old = _statement_of(text, place)
    line = f"{_key(place[-1])} = {to_toml(value)}"
    if old is not None:
        lines[old.start : old.end] = [f"{old.key} = {to_toml(value)}{_comment(old)}\n"]
    else:
        lines = _with_line(text, lines, place[:-1], line)
    return _checked("".join(lines), wanted, place)


def without(text: str, place: Place) -> str:
    """The text without a key, if it has it; raises as `with_value` does."""
    wanted = deepcopy(read(text))
    if _table(wanted, place[:-1]).pop(place[-1], None) is None:
        return text
    lines = _lines(text)
    old = _statement_of(text, place)
    if old is not None:
        del lines[old.start : old.end]
    return _checked("".join(lines), wanted, place)


def to_toml(value: object) -> str:
    """A value as TOML writes it (TOML 1.0.0).

    Texts are written as in JSON, whose escapes TOML has too; it wants DEL escaped as well.
    """
    match value:
        case bool():
            return "true" if value else "false"
        case int():
            return str(value)
        case str():
            return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
        case tuple() | list():
            return f"[{', '.join(map(to_toml, value))}]"
        case Mapping():
            pairs = (f"{_key(key)} = {to_toml(each)}" for key, each in value.items())
            return f"{{ {', '.join(pairs)} }}"
    raise TypeError(f"TOML has no {type(value).__name__}")


def _key(name: str) -> str:
    return name if _BARE.fullmatch(name) else to_toml(name)


def _lines(text: str) -> list[str]:
    """The lines with their ends. Not `splitlines`: most of what it splits at ends none in TOML."""
    return re.findall(r"[^\n]*\n|[^\n]+", text)


def _statements(text: str) -> Iterator[_Statement]:
    lines = _lines(text)
    table: Place = ()
    at = 0
    while at < len(lines):
        bare = lines[at].strip()
        if not bare or bare.startswith("#"):
            at += 1
            continue
        if bare.startswith("["):
            table = _way(read(lines[at]))
            yield _Statement(at, at + 1, table, "", lines[at])
            at += 1
            continue
        end = _end(lines, at)
        key = _key_in(lines[at])
        place = (*table, *_way(read(f"{key} = 0")))
        yield _Statement(at, end, place, key, "".join(lines[at:end]))
        at = end


def _end(lines: list[str], start: int) -> int:
    """The line after a statement: a list, or a text in three quotes, may go over several."""
    for end in range(start + 1, len(lines)):
        if _is_toml("".join(lines[start:end])):
            return end
    return len(lines)


def _way(data: object) -> Place:
    """The keys that lead to the one value in this."""
    way: list[str] = []
    while isinstance(data, dict) and len(data) == 1:
        [(key, data)] = data.items()
        way.append(key)
    return tuple(way)


def _statement_of(text: str, place: Place) -> _Statement | None:
    """The statement of a key alone; there is none where it is within a table in braces."""
    for each in _statements(text):
        if each.place == place and each.key:
            return each
    return None


def _key_in(line: str) -> str:
    """The key of a statement as it is written in its first line."""
    keys = (line[: sign.start()].rstrip() for sign in re.finditer("=", line))
    return next(key for key in keys if _is_toml(f"{key} = 0"))


def _is_toml(text: str) -> bool:
    try:
        read(text)
    except ValueError:
        return False
    return True


def _comment(statement: _Statement) -> str:
    """The comment at the end of a statement of one line, with the space before it."""
    text = statement.text.rstrip()
    for sign in re.finditer(r"\s*#", text):
        if _is_toml(text[: sign.start()]):  # else it is within a text
            return text[sign.start() :]
    return ""


def _with_line(text: str, lines: list[str], table: Place, line: str) -> list[str]:
    """The lines with one more, at the end of a table, which is made if there is none."""
    if lines and not lines[-1].endswith("\n"):
        lines[-1] += "\n"
    last = None
    for each in _statements(text):
        is_within = last is not None and each.place[:-1] == table
        if is_within if each.key else each.place == table:
            last = each.end
    if last is None:
        header = f"[{'.'.join(map(_key, table))}]\n"
        return [*lines, *(["\n"] if lines else []), header, f"{line}\n"]
    return [*lines[:last], f"{line}\n", *lines[last:]]


def _table(data: dict[str, Any], place: Place) -> dict[str, Any]:
    for key in place:
        data = data.setdefault(key, {})
        if not isinstance(data, dict):
            raise CannotChange(f"{key} is no table")
    return data


def _checked(text: str, wanted: dict[str, Any], place: Place) -> str:
    try:
        found = read(text)
    except ValueError:
        found = {}
    if found != wanted:
        raise CannotChange(f"{'.'.join(place)} is written in a way that only an editor can change")
    return text
