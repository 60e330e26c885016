"""The configuration file that is printed: complete, true, and told in full."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Literal

import pytest

from trio_chat import default_config as page
from trio_chat.config import Config, parse
from trio_chat.conversion import EXAMPLE, hint_of, keys_of, table_in
from trio_chat.default_config import WIDTH, default_config, description


def kinds(kind: type) -> Iterator[type]:
    """A dataclass of the configuration, and those within."""
    yield kind
    for key in keys_of(kind):
        if inner := table_in(hint_of(kind, key)):
            yield from kinds(inner)


ALL_KEYS = [(kind, key) for kind in dict.fromkeys(kinds(Config)) for key in keys_of(kind)]


@pytest.mark.parametrize(("kind", "key"), ALL_KEYS)
def test_every_key_has_a_docstring_that_says_what_it_means(kind: type, key: str) -> None:
    assert re.fullmatch(r"\W*[A-Z].*\.", description(kind, key))


def test_it_stands_for_the_defaults() -> None:
    assert parse(default_config()) == Config()


def test_its_examples_can_be_taken() -> None:
    text = re.sub(r"^#(?=\S)", "", default_config(), flags=re.MULTILINE)
    config = parse(text)
    assert len(config.operators) == len(config.chat.gateways) == 1
    assert set(shown(tomllib.loads(text))) == set(shown_by(Config))


def shown(data: dict[str, Any], path: str = "") -> Iterator[str]:
    """The keys that are in a file."""
    for key, value in data.items():
        yield f"{path}{key}"
        for table in value if isinstance(value, list) else [value]:
            if isinstance(table, dict):
                yield from shown(table, f"{path}{key}.")


def shown_by(kind: type, path: str = "") -> Iterator[str]:
    """The keys that there are."""
    for key in keys_of(kind):
        yield f"{path}{key}"
        if inner := table_in(hint_of(kind, key)):
            yield from shown_by(inner, f"{path}{key}.")


def test_no_line_is_longer_than_a_terminal_is_wide() -> None:
    assert max(map(len, default_config().splitlines())) <= WIDTH


# -- other configurations than ours


@dataclass
class Inner:
    """What is inside.

    And more about it.
    """

    deep: str = field(metadata={EXAMPLE: "x"})
    """How deep it is."""


@dataclass
class Sample:
    """A table."""

    many: tuple[str, ...] = tuple(f"{number} bottles on the wall" for number in range(5))
    """A list that is too long for one line."""
    odd: str = 'a "\x7f\\\n'
    """A text
    with odd characters."""
    way: Literal["up", "down"] = "up"
    """Which way."""
    inner: Inner | None = None
    maybe: int | None = field(default=None, metadata={EXAMPLE: 3})
    """Perhaps."""


@dataclass
class Silent:
    quiet: int = 0


@dataclass
class Strange:
    """Of a kind that cannot be written."""

    thing: object = field(default_factory=object)
    """What?"""


def test_lists_texts_choices_and_examples(monkeypatch: pytest.MonkeyPatch) -> None:
    lines = "\n".join(page._table(Sample, Sample(), "", ""))
    assert (
        lines
        == """\
# A list that is too long for one line.
many = [
    "0 bottles on the wall",
    "1 bottles on the wall",
    "2 bottles on the wall",
    "3 bottles on the wall",
    "4 bottles on the wall",
]

# A text with odd characters.
odd = "a \\"\\u007f\\\\\\n"

# Which way. One of `up`, `down`.
way = "up"

# Perhaps.
#maybe = 3

# What is inside.
#[inner]

# How deep it is.
#deep = "x"
"""
    )
    assert tomllib.loads(lines)["odd"] == Sample.odd


def test_a_key_without_a_docstring_is_an_error() -> None:
    with pytest.raises(LookupError, match=r"Silent\.quiet has no docstring"):
        list(page._table(Silent, Silent(), "", ""))


def test_a_value_that_toml_has_not_is_an_error() -> None:
    with pytest.raises(TypeError, match="TOML has no object"):
        list(page._table(Strange, Strange(), "", ""))
