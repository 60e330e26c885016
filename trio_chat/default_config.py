"""The configuration file as it is without one: every key, what it means, and its default.

Law: nothing is told here a second time. Keys, defaults and order are those of the dataclasses, and
what a key means is the docstring below it in their source.
"""

from __future__ import annotations

import dataclasses
import json
import textwrap
from collections.abc import Iterator
from dataclasses import MISSING
from typing import Any, Literal, get_args, get_origin

from trio_chat.config import Config
from trio_chat.conversion import EXAMPLE, hint_of, is_many, keys_of, table_in
from trio_chat.docstrings import docstrings

WIDTH = 80
"""Longest line, in characters."""

_HEAD = (
    "The configuration of `trio-chat server`. Here is every key with its default; a key that is "
    "left out has it as well. What is commented out with `#` and no space after it is an example."
)


def default_config() -> str:
    """A TOML file with every key and its default; it stands for `Config()`."""
    lines = [*_comment(_HEAD), "", *_table(Config, Config(), "", "")]
    return "\n".join(lines).rstrip("\n") + "\n"


def description(kind: type, key: str) -> str:
    """What a key means, as one paragraph: its docstring, or that of the tables under it.

    Raises `LookupError` if there is neither.
    """
    text = docstrings(kind).get(key)
    if text is None and (inner := table_in(hint_of(kind, key))) is not None:
        text = docstrings(inner).get("")
    if not text:
        raise LookupError(f"{kind.__name__}.{key} has no docstring")
    paragraph = " ".join(text.partition("\n\n")[0].split())
    choices = get_args(hint_of(kind, key)) if get_origin(hint_of(kind, key)) is Literal else ()
    if all(f"`{choice}`" in paragraph for choice in choices):
        return paragraph
    return f"{paragraph} One of {', '.join(f'`{choice}`' for choice in choices)}."


def _table(kind: type, value: object, path: str, off: str) -> Iterator[str]:
    """The lines of one table: its own keys, then the tables in it, as TOML wants it.

    `value` has the defaults; without one, they are those of the class, or examples. `off` is what
    stands before every key, to comment it out.
    """
    tables = []
    for key, each in keys_of(kind).items():
        default = _default(each) if value is None else getattr(value, key)
        if inner := table_in(hint_of(kind, key)):
            tables.append((key, inner, default))
            continue
        yield from _comment(description(kind, key))
        is_example = default is None or default is MISSING
        shown = each.metadata[EXAMPLE] if is_example else default
        yield from _pair(key, shown, off or "#" * (default is None))
        yield ""
    for key, inner, default in tables:
        name = f"{path}.{key}".lstrip(".")
        header = f"[[{name}]]" if is_many(hint_of(kind, key)) else f"[{name}]"
        yield from _comment(description(kind, key))
        values = default if isinstance(default, tuple) else (default,)
        for each_value in values or (None,):
            hidden = off or "#" * (each_value is None)
            yield hidden + header
            yield ""
            yield from _table(inner, each_value, name, hidden)


def _default(each: dataclasses.Field[Any]) -> Any:
    return each.default if each.default_factory is MISSING else each.default_factory()


def _comment(text: str) -> list[str]:
    return textwrap.wrap(
        text,
        WIDTH,
        initial_indent="# ",
        subsequent_indent="# ",
        break_long_words=False,
        break_on_hyphens=False,
    )


def _pair(key: str, value: object, off: str) -> Iterator[str]:
    line = f"{off}{key} = {_toml(value)}"
    if len(line) <= WIDTH or not isinstance(value, tuple):
        yield line
        return
    yield f"{off}{key} = ["
    yield from (f"{off}    {_toml(each)}," for each in value)
    yield f"{off}]"


def _toml(value: object) -> str:
    """A value as TOML writes it (TOML 1.0.0): of few kinds, so no library is needed.

    Texts are written as in JSON, whose escapes TOML has too; it wants DEL escaped as well.
    """
    match value:
        case bool():
            return "true" if value else "false"
        case int() | float():
            return repr(value)
        case str():
            return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
        case tuple():
            return f"[{', '.join(map(_toml, value))}]"
    raise TypeError(f"TOML has no {type(value).__name__}")
