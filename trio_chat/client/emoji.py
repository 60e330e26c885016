"""Emoji by name: `:tada:` is 🎉.

Law: the table is read when the first is asked for, in 2 ms, and not by who asks for none.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib.resources import files


@cache
def emoji_by_name() -> Mapping[str, str]:
    """Every emoji by its names, without colons; those known from elsewhere come first."""
    table = files(__package__).joinpath("emoji.txt").read_text(encoding="utf-8")
    rows = (row.split("\t") for row in table.splitlines() if not row.startswith("# "))
    return {name: emoji for name, emoji in rows}  # noqa: C416 - of lists, not of pairs


def emoji_like(part: str, most: int) -> list[tuple[str, str]]:
    """At most so many (name, emoji): the names that begin so, then those with a word that does."""
    part = part.lower()
    names = emoji_by_name()
    begin = [(name, emoji) for name, emoji in names.items() if name.startswith(part)]
    inside = [(name, emoji) for name, emoji in names.items() if f"_{part}" in name]
    found: dict[str, tuple[str, str]] = {}
    for name, emoji in begin + inside:
        found.setdefault(emoji, (name, emoji))  # by several names, it is one still
    return list(found.values())[:most]
