"""A person who edits what they type, from a seed, and what that comes to.

Law: the text is worked out here alone, as Emacs' keys are known to work; so whatever the client
makes of the keys can be compared. Where programs differ (one kill after the other, words of
letters beyond ASCII) this person does not go.
"""

from __future__ import annotations

import random
import re
import time

LONGEST = 200
"""Bytes of a line, about: far from what IRC would have to split."""

PAUSES = (0.004, 0.03)
"""Seconds between two keys: faster than anybody, so that keys come in the middle of drawing."""

_LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789"
_BEYOND = "éüžřđñ漢字かな한국Ωд€…"
_PASTED = (
    "https://example.org/a/b?c=d",
    "  two  spaces  ",
    "žluťoučký kůň",
    "漢字",
    "x",
    "a, b; c.",
)

_KEYS = {
    "left": b"\x1b[D",
    "right": b"\x1b[C",
    "home": b"\x1b[H",
    "end": b"\x1b[F",
    "ctrl-a": b"\x01",
    "ctrl-e": b"\x05",
    "ctrl-b": b"\x02",
    "ctrl-f": b"\x06",
    "alt-b": b"\x1bb",
    "alt-f": b"\x1bf",
    "backspace": b"\x7f",
    "delete": b"\x1b[3~",
    "ctrl-w": b"\x17",
    "ctrl-k": b"\x0b",
    "ctrl-u": b"\x15",
    "alt-d": b"\x1bd",
    "ctrl-y": b"\x19",
    "enter": b"\r",
}
_KILLS = ("ctrl-w", "ctrl-k", "ctrl-u", "alt-d")
_CHOICE = {
    "letter": 60,
    "space": 12,
    "beyond": 3,
    "paste": 2,
    "backspace": 6,
    "delete": 3,
    **dict.fromkeys(("left", "right", "home", "end", "ctrl-a", "ctrl-e", "ctrl-b", "ctrl-f"), 2),
    **dict.fromkeys(("alt-b", "alt-f", "ctrl-y"), 2),
    **dict.fromkeys(_KILLS, 1),
    "enter": 3,
}


class Editor:
    """The line as it ought to be."""

    def __init__(self, seed: str) -> None:
        self.text = ""
        self.cursor = 0
        self.entered: list[str] = []
        """All lines, in order."""
        self.due = time.monotonic()
        self._dice = random.Random(seed)
        self._killed = ""
        self._last = ""

    def press(self) -> tuple[bytes, str]:
        """The next key or paste; the screen is not looked at, so nothing to be seen."""
        self.due += self._dice.uniform(*PAUSES)
        name = self._choose()
        self._last = name
        match name:
            case "letter" | "beyond" | "space":
                text = self._dice.choice({"letter": _LETTERS, "beyond": _BEYOND}.get(name, " "))
                self._insert(text)
                return text.encode(), ""
            case "paste":
                text = self._dice.choice(_PASTED)
                self._insert(text)
                return f"\x1b[200~{text}\x1b[201~".encode(), ""
        self._do(name)
        return _KEYS[name], ""

    def finish(self) -> bytes:
        """The keys that enter what stands there."""
        self._insert(".")
        self._do("enter")
        return b"." + _KEYS["enter"]

    def _choose(self) -> str:
        if len(self.text.encode()) > LONGEST and self.text.strip():
            return "enter"
        while True:
            (name,) = self._dice.choices(list(_CHOICE), list(_CHOICE.values()))
            if self._is_plain(name):
                return name

    def _is_plain(self, name: str) -> bool:
        """Whether a key does the same here in every program that knows Emacs' keys."""
        before, after = self.text[: self.cursor], self.text[self.cursor :]
        match name:
            case "enter":
                return bool(self.text.strip())
            case "ctrl-y":
                return bool(self._killed)
            case "alt-b" | "ctrl-w":
                fits = _is_of_words(before) and bool(before.strip())
                return fits and not (name in _KILLS and self._last in _KILLS)
            case "alt-f" | "alt-d":
                # At a word's last letter some go on to the end of the next.
                fits = re.match(r" *\w{2}| +\w", after) is not None and _is_of_words(after)
                return fits and not (name in _KILLS and self._last in _KILLS)
            case "ctrl-k":
                return bool(after) and self._last not in _KILLS
            case "ctrl-u":
                return bool(before) and self._last not in _KILLS
        return True

    def _insert(self, text: str) -> None:
        self.text = self.text[: self.cursor] + text + self.text[self.cursor :]
        self.cursor += len(text)

    def _remove(self, start: int, end: int) -> str:
        removed = self.text[start:end]
        self.text = self.text[:start] + self.text[end:]
        self.cursor = start
        return removed

    def _word_before(self) -> int:
        return len(self.text[: self.cursor].rstrip(" ").rpartition(" ")[0] + " ") - (
            " " not in self.text[: self.cursor].rstrip(" ")
        )

    def _word_after(self) -> int:
        found = re.match(r" *[^ ]+", self.text[self.cursor :])
        assert found is not None
        return self.cursor + found.end()

    def _do(self, name: str) -> None:
        last = len(self.text)
        match name:
            case "left" | "ctrl-b":
                self.cursor = max(0, self.cursor - 1)
            case "right" | "ctrl-f":
                self.cursor = min(last, self.cursor + 1)
            case "home" | "ctrl-a":
                self.cursor = 0
            case "end" | "ctrl-e":
                self.cursor = last
            case "alt-b":
                self.cursor = self._word_before()
            case "alt-f":
                self.cursor = self._word_after()
            case "backspace":
                self._remove(max(0, self.cursor - 1), self.cursor)
            case "delete":
                self._remove(self.cursor, self.cursor + 1)
            case "ctrl-w":
                self._killed = self._remove(self._word_before(), self.cursor)
            case "alt-d":
                self._killed = self._remove(self.cursor, self._word_after())
            case "ctrl-k":
                self._killed = self._remove(self.cursor, last)
            case "ctrl-u":
                self._killed = self._remove(0, self.cursor)
            case "ctrl-y":
                self._insert(self._killed)
            case "enter":
                self.entered.append(self.text)
                self.text, self.cursor = "", 0


def _is_of_words(text: str) -> bool:
    return re.fullmatch(r"[a-z0-9 ]*", text) is not None
