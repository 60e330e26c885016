"""The kinds of values that settings have: read from text, checked, and shown as text.

Laws: what `show` gives, `read` takes for the same value; every refusal is a `ValueError` that says
what would do, and goes on after the name of the setting: "must be on or off, and not 'maybe'".
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

Value = bool | int | str | tuple[str, ...]

NONE = "-"
"""An empty list, as text: what is typed cannot be nothing."""

ON = ("on", "true", "yes", "1")
OFF = ("off", "false", "no", "0")

LONGEST_QUOTED = 60
"""Characters of a wrong value that are told; the rest of a long one helps nobody."""


class Kind(Protocol):
    """What a setting may be."""

    @property
    def values(self) -> tuple[str, ...]:
        """What can be typed, as far as it can be listed: for completion."""

    def read(self, text: str) -> Value:
        """The value that a text stands for."""

    def check(self, value: object) -> None:
        """Refuse what is no such value."""

    def show(self, value: Value) -> str:
        """A value as a person would type it."""

    def __str__(self) -> str:
        """What it may be, in words: "on or off"."""


@dataclass(frozen=True, slots=True)
class Choice:
    """One of a few words."""

    values: tuple[str, ...]

    def read(self, text: str) -> Value:
        """Capital letters or small ones."""
        found = [each for each in self.values if each.lower() == text.lower()]
        self.check(found[0] if found else text)
        return found[0]

    def check(self, value: object) -> None:
        if not isinstance(value, str) or value not in self.values:
            raise refused(self, value)

    def show(self, value: Value) -> str:
        return str(value)

    def __str__(self) -> str:
        return either(self.values)


@dataclass(frozen=True, slots=True)
class Switch:
    """On or off."""

    @property
    def values(self) -> tuple[str, ...]:
        return (ON[0], OFF[0])

    def read(self, text: str) -> Value:
        word = text.lower()
        if word not in ON + OFF:
            raise refused(self, text)
        return word in ON

    def check(self, value: object) -> None:
        if not isinstance(value, bool):
            raise refused("true or false", value)

    def show(self, value: Value) -> str:
        return self.values[0] if value else self.values[1]

    def __str__(self) -> str:
        return either(self.values)


@dataclass(frozen=True, slots=True)
class Number:
    """A whole number, both ends included."""

    least: int
    most: int

    @property
    def values(self) -> tuple[str, ...]:
        return ()

    def read(self, text: str) -> Value:
        # Not `isdecimal`, which takes the digits of every script; and not without a bound, since
        # Python refuses to read thousands of them in words of its own.
        is_number = text.isascii() and text.isdigit() and len(text) <= len(str(self.most))
        number = int(text) if is_number else text
        self.check(number)
        return number

    def check(self, value: object) -> None:
        if isinstance(value, bool) or not isinstance(value, int):
            raise refused(self, value)
        if not self.least <= value <= self.most:
            raise refused(self, value)

    def show(self, value: Value) -> str:
        return str(value)

    def __str__(self) -> str:
        return f"a number from {self.least} to {self.most}"


@dataclass(frozen=True, slots=True)
class Words:
    """A list, with commas between when it is typed; `each` says of what, `spaced` if in several
    words."""

    each: str
    longest: int
    most: int
    spaced: bool = False

    @property
    def values(self) -> tuple[str, ...]:
        return (NONE,)

    def read(self, text: str) -> Value:
        """Every one once; nothing but the sign for none is the empty list."""
        parted = text if self.spaced else text.replace(" ", ",")
        words = tuple(dict.fromkeys(filter(None, (word.strip() for word in parted.split(",")))))
        if not words:
            raise refused(self, text)
        words = () if words == (NONE,) else words
        self.check(words)
        return words

    def check(self, value: object) -> None:
        if not isinstance(value, (tuple, list)) or len(value) > self.most:
            raise refused(self, value)
        for word in value:
            if not self._is_word(word):
                raise refused(f"made of {self.each}s of at most {self.longest} characters", word)

    def _is_word(self, word: object) -> bool:
        return (
            isinstance(word, str)
            and 0 < len(word) <= self.longest
            and word.isprintable()
            and word == word.strip()
            and "," not in word
            and word != NONE
            and (self.spaced or " " not in word)
        )

    def show(self, value: Value) -> str:
        assert isinstance(value, tuple)
        return ", ".join(value) or NONE

    def __str__(self) -> str:
        return f"at most {self.most} {self.each}s with commas between, or {NONE} for none"


def either(values: tuple[str, ...]) -> str:
    """`24h, 12h or off`."""
    *others, last = values
    return f"{', '.join(others)} or {last}" if others else last


def refused(wanted: object, value: object) -> ValueError:
    """What to raise of a value that will not do."""
    told = repr(value)
    if len(told) > LONGEST_QUOTED:
        told = f"{told[:LONGEST_QUOTED]}…"
    return ValueError(f"must be {wanted}, and not {told}")
