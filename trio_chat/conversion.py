"""A TOML table made into a dataclass, with every mistake in it, not only the first.

Laws:

* The dataclasses say all there is to know: which keys there are, of which types, and, by raising
  `ValueError`, which values will do.
* No mistake is told that follows from another: what is wrong counts as left out.
"""

from __future__ import annotations

import dataclasses
import difflib
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import MISSING, dataclass, field, is_dataclass
from functools import cache
from typing import Any, Generic, Literal, TypeVar, get_args, get_origin, get_type_hints

import msgspec

from trio_chat.toml_lines import Place

T = TypeVar("T")

STANDS_IN = "stands_in"
"""Of a field of a dataclass, in its metadata: not in the file at this place."""

EXAMPLE = "example"
"""Of a field of a dataclass, in its metadata: a value to show where there is no default."""

_KINDS = {
    "array": "a list",
    "bool": "true or false",
    "date": "a date",
    "datetime": "a date and time",
    "dict": "a table",
    "float": "a number",
    "int": "a whole number",
    "list": "a list",
    "object": "a table",
    "str": "a text",
    "time": "a time",
}
"""What Python, and msgspec, call the kinds of values, in words."""


@dataclass(frozen=True, slots=True)
class Mistake:
    """What is wrong with one key; `text` names it."""

    place: Place
    text: str


def keys_of(kind: type) -> dict[str, dataclasses.Field[Any]]:
    """The fields of a dataclass that may be in the file, by name."""
    return {each.name: each for each in dataclasses.fields(kind) if STANDS_IN not in each.metadata}


@cache
def _hints(kind: type) -> dict[str, Any]:
    return get_type_hints(kind)


def hint_of(kind: type, key: str) -> Any:
    """The type of a field of a dataclass."""
    return _hints(kind)[key]


def table_in(hint: Any) -> type | None:
    """The dataclass that is meant by a type such as `Limits`, `Limits | None` or
    `tuple[Listen, ...]`; None for other types."""
    candidates = (hint, *get_args(hint))
    return next(
        (each for each in candidates if isinstance(each, type) and is_dataclass(each)), None
    )


def is_many(hint: Any) -> bool:
    """Whether a type is one of any number of values."""
    return get_origin(hint) in (tuple, list)


def name_of(place: Place) -> str:
    """A key as a person knows it: `chat.limits.nick_length`."""
    parts = [part for part in place if isinstance(part, str)]
    return ".".join(p if re.fullmatch(r"[\w-]+", p, re.ASCII) else json.dumps(p) for p in parts)


def convert(kind: type[T], data: Mapping[str, Any]) -> tuple[T | None, list[Mistake]]:
    """The dataclass that a table stands for, and what is wrong with the table.

    With mistakes, it is as if what is wrong were left out; None if there is nothing left.
    """
    mistakes: list[Mistake] = []
    return _Table(kind, (), kind, mistakes).build(data), mistakes


@dataclass(slots=True)
class _Table(Generic[T]):
    """One table, and those within."""

    kind: type[T]
    place: Place
    root: type
    mistakes: list[Mistake]
    given: dict[str, Any] = field(default_factory=dict)
    wrong: set[str] = field(default_factory=set)
    """Keys of this table that count as left out."""
    left_out: dict[str, list[int]] = field(default_factory=dict)
    """Of keys that are lists, the numbers of the elements left out, each as it was then."""

    def build(self, data: Mapping[str, Any]) -> T | None:
        keys = keys_of(self.kind)
        for key, value in data.items():
            if key not in keys:
                meant = difflib.get_close_matches(key, keys, n=1)
                self._tell((key,), _unknown((*self.place, key), keys, meant, self.root))
                self.wrong.update(meant)
                continue
            before = len(self.mistakes)
            converted = self._value(key, value)
            if len(self.mistakes) == before:
                self.given[key] = converted
            else:
                self.wrong.add(key)
        for key, each in keys.items():
            if not _has_default(each):
                if key not in data and key not in self.wrong:
                    self._tell((key,), f"{name_of((*self.place, key))} is missing")
                if key not in self.given:
                    self.wrong.add(key)
                    self.given[key] = each.metadata.get(EXAMPLE, MISSING)
        if MISSING in self.given.values():
            return None
        return self._check()

    def _tell(self, way: Place, text: str) -> None:
        self.mistakes.append(Mistake((*self.place, *way), text))

    def _value(self, key: str, value: Any) -> Any:
        """What a value of the file stands for; tells of mistakes in it."""
        hint = hint_of(self.kind, key)
        inner = table_in(hint)
        if inner is None:
            return self._leaf(key, hint, value)
        place = (*self.place, key)
        name = name_of(place)
        if is_many(hint):
            if isinstance(value, list) and all(isinstance(each, dict) for each in value):
                tables = enumerate(value)
                return tuple(self._inner(inner, (*place, number), each) for number, each in tables)
            self._tell((key,), f"{name} must be tables, each under [[{name}]]")
        elif isinstance(value, dict):
            return self._inner(inner, place, value)
        else:
            self._tell((key,), f"{name} must be a table, and is {_kind_of(value)}")
        return None

    def _inner(self, kind: type, place: Place, data: Mapping[str, Any]) -> Any:
        return _Table(kind, place, self.root, self.mistakes).build(data)

    def _leaf(self, key: str, hint: Any, value: Any) -> Any:
        name = name_of((*self.place, key))
        try:
            return msgspec.convert(value, hint)
        except msgspec.ValidationError as error:
            text, _, where = str(error).partition(" - at `$")
            way: Place = (key, *(int(number) for number in re.findall(r"\[(\d+)\]", where)))
            if found := re.fullmatch(r"Expected `([\w| ]+)`, got `(\w+)`", text):
                wanted, got = (_in_words(each) for each in found.groups())
                whose = f"an element of {name}" if len(way) > 1 else name
                self._tell(way, f"{whose} must be {wanted}, and is {got}")
            elif get_origin(hint) is Literal:
                self._tell(way, f"{name} must be one of {', '.join(map(str, get_args(hint)))}")
            else:
                self._tell(way, f"{name}: {text}")
            return None

    def _check(self) -> T | None:
        """Make the dataclass; while it refuses, find out why, and go on without that."""
        while (text := self._refusal(self.given)) is not None:
            key = self._blame(text)
            number = None if key is None else self._element(key, text)
            if not any(_mentions(text, each) for each in self.wrong):
                self._tell_refusal(key, number, text)
            if key is None or not self._leave_out(key, number):
                return None
        return self.kind(**self.given)

    def _refusal(self, given: Mapping[str, Any]) -> str | None:
        try:
            self.kind(**given)
        except ValueError as error:
            return str(error)
        return None

    def _without(self, key: str) -> dict[str, Any] | None:
        """What is given, but for one key; None if there is no doing without."""
        given = dict(self.given)
        each = keys_of(self.kind)[key]
        if _has_default(each):
            del given[key]
        elif EXAMPLE in each.metadata and given[key] != each.metadata[EXAMPLE]:
            given[key] = each.metadata[EXAMPLE]
        else:
            return None
        return given

    def _blame(self, text: str) -> str | None:
        """The key without which there would be no such refusal: one it names, or the last."""
        guilty = [
            key
            for key in self.given
            if (others := self._without(key)) is not None and self._refusal(others) != text
        ]
        named = [key for key in guilty or self.given if _mentions(text, key)]
        return next(iter(named or guilty[::-1]), None)

    def _element(self, key: str, text: str) -> int | None:
        """The element of a list without which there would be no such refusal, the last such."""
        value = self.given[key]
        if isinstance(value, tuple) and len(value) > 1:
            for number in reversed(range(len(value))):
                others = (*value[:number], *value[number + 1 :])
                if self._refusal({**self.given, key: others}) != text:
                    return number
        return None

    def _leave_out(self, key: str, number: int | None) -> bool:
        """Go on without a key, or without one element of it; whether that can be done."""
        if number is not None:
            value = self.given[key]
            self.given[key] = (*value[:number], *value[number + 1 :])
            self.left_out.setdefault(key, []).append(number)
            return True
        self.wrong.add(key)
        given = self._without(key)
        if given is not None:
            self.given = given
        return given is not None

    def _tell_refusal(self, key: str | None, number: int | None, text: str) -> None:
        if key is None:
            name = name_of(self.place)
            self._tell((), f"{name}: {text}" if name else text)
            return
        way: Place = (key,)
        if number is not None:
            for gone in reversed(self.left_out.get(key, [])):  # its number in the file
                number += gone <= number
            way = (key, number)
        name = name_of((*self.place, key))
        starts_with_it = re.match(rf"{re.escape(key)}\b", text)
        self._tell(way, name + text[len(key) :] if starts_with_it else f"{name}: {text}")


def _has_default(each: dataclasses.Field[Any]) -> bool:
    return each.default is not MISSING or each.default_factory is not MISSING


def _mentions(text: str, key: str) -> bool:
    return re.search(rf"(?<![\w-]){re.escape(key)}(?![\w-])", text) is not None


def _kind_of(value: object) -> str:
    return _in_words(type(value).__name__)


def _in_words(kinds: str) -> str:
    # Of what may be left out msgspec says that it may be null, which TOML does not have.
    return " or ".join(_KINDS.get(each, each) for each in kinds.split(" | ") if each != "null")


def _unknown(place: Place, known: Iterable[str], meant: list[str], root: type) -> str:
    """What to say of a key that does not exist there: what may have been meant."""
    key = str(place[-1])
    told = f"unknown key `{name_of(place)}`; "
    if homes := list(_homes(key, root, "")):
        return told + f"it belongs {' or '.join(homes)}"
    if meant:
        return told + f"did you mean `{meant[0]}`?"
    return told + f"known here: {', '.join(known)}"


def _homes(key: str, kind: type, table: str) -> Iterator[str]:
    """Where in the file there is a key of this name."""
    for name in keys_of(kind):
        hint = hint_of(kind, name)
        inner = table_in(hint)
        if name == key:
            yield f"in {table}" if table else "at the top, before the first table"
        if inner is not None:
            path = f"{table.strip('[]')}.{name}".lstrip(".")
            yield from _homes(key, inner, f"[[{path}]]" if is_many(hint) else f"[{path}]")
