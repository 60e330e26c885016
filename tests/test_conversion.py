"""Tables made into dataclasses: every mistake is told, and none that follows from another."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

import pytest

from trio_chat.conversion import Mistake, convert


@dataclass(frozen=True)
class Seal:
    file: str
    key: str = ""
    strength: float = 1

    def __post_init__(self) -> None:
        if " " in self.file:
            raise ValueError("file must be one word")
        if self.strength > 9:
            raise ValueError("strength must be at most 9")


@dataclass(frozen=True)
class Door:
    name: str = field(metadata={"example": "front"})
    width: int = 90
    height: int = 200
    colours: tuple[str, ...] = ()
    seal: Seal | None = None

    def __post_init__(self) -> None:
        if " " in self.name:
            raise ValueError("name must be one word")
        for name in ("width", "height"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name} must be more than 0")
        for colour in self.colours:
            if colour not in ("red", "blue"):
                raise ValueError(f"no such colour: {colour}")
        if self.width > 500 and self.seal is None:
            raise ValueError("so wide a door needs a seal")
        if self.height < self.width:
            raise ValueError("it must stand upright")


@dataclass(frozen=True)
class House:
    doors: tuple[Door, ...] = (Door("only"),)
    style: Literal["new", "old"] = "new"
    floors: tuple[int, ...] = (0,)
    walls: tuple[Literal["thick", "thin"], ...] = ()
    best: Door = Door("best")
    hidden: int = field(default=0, metadata={"stands_in": "elsewhere"})

    def __post_init__(self) -> None:
        if not self.doors:
            raise ValueError("doors must be one at least")
        names = [door.name for door in self.doors]
        if len(set(names)) < len(names):
            raise ValueError("there are two doors of one name")
        if len(self.floors) > 2:
            raise ValueError("it is too high")
        if self.style == "old" and self.best.width != 90:
            raise ValueError("nothing but 90 was wide then")


@dataclass(frozen=True)
class Never:
    a: int = 0

    def __post_init__(self) -> None:
        raise ValueError("it is never right")


@dataclass(frozen=True)
class Top:
    never: Never | None = None


def mistakes(**data: Any) -> list[Mistake]:
    return convert(House, data)[1]


def test_what_is_right_is_converted() -> None:
    data = {
        "doors": [{"name": "a", "colours": ["red"]}, {"name": "b", "seal": {"file": "f"}}],
        "floors": [0, 1],
        "best": {"name": "c", "width": 100},
    }
    doors = (Door("a", colours=("red",)), Door("b", seal=Seal("f")))
    assert convert(House, data) == (House(doors, "new", (0, 1), (), Door("c", 100)), [])


@pytest.mark.parametrize(
    ("data", "place", "text"),
    [
        ({"doors": 3}, ("doors",), "doors must be tables, each under [[doors]]"),
        ({"doors": [3]}, ("doors",), "doors must be tables, each under [[doors]]"),
        ({"doors": []}, ("doors",), "doors must be one at least"),
        ({"best": [{}]}, ("best",), "best must be a table, and is a list"),
        ({"style": "odd"}, ("style",), "style must be one of new, old"),
        ({"floors": 1}, ("floors",), "floors must be a list, and is a whole number"),
        (
            {"floors": [0, "x"]},
            ("floors", 1),
            "an element of floors must be a whole number, and is a text",
        ),
        ({"walls": ["thin", "fat"]}, ("walls", 1), "walls: Invalid enum value 'fat'"),
        ({"doors": [{"nmae": "a"}]}, ("doors", 0, "nmae"), "did you mean `name`?"),
        ({"doors": [{"width": 2}]}, ("doors", 0, "name"), "doors.name is missing"),
        ({"floors": [1, 2, 3, 4]}, ("floors",), "floors: it is too high"),
        (
            {"best": {"name": "a", "seal": {"file": "b c"}}},
            ("best", "seal", "file"),
            "best.seal.file must be one word",
        ),
        ({"hidden": 1}, ("hidden",), "unknown key `hidden`"),
        ({"heigth": 1}, ("heigth",), "unknown key `heigth`; known here: doors, style"),
        ({"stile": 1}, ("stile",), "unknown key `stile`; did you mean `style`?"),
        ({"width": 1}, ("width",), "it belongs in [[doors]] or in [best]"),
        (
            {"best": {"name": "a", "floors": 1}},
            ("best", "floors"),
            "it belongs at the top, before the first",
        ),
        ({"file": 1}, ("file",), "it belongs in [doors.seal] or in [best.seal]"),
        ({"a\nb": 1}, ("a\nb",), 'unknown key `"a\\nb"`'),
    ],
)
def test_a_mistake_is_told_of_the_key(data: dict[str, Any], place: Any, text: str) -> None:
    (mistake,) = mistakes(**data)
    assert mistake.place == place
    assert text in mistake.text


def test_all_that_one_table_refuses_is_told() -> None:
    bad = {"name": "a b", "width": 0, "height": -1, "colours": ["red", "pink", "blue", "grey"]}
    assert mistakes(doors=[{"name": "fine"}, bad]) == [
        Mistake(("doors", 1, "name"), "doors.name must be one word"),
        Mistake(("doors", 1, "width"), "doors.width must be more than 0"),
        Mistake(("doors", 1, "height"), "doors.height must be more than 0"),
        Mistake(("doors", 1, "colours", 1), "doors.colours: no such colour: pink"),
        Mistake(("doors", 1, "colours", 3), "doors.colours: no such colour: grey"),
    ]


def test_what_several_keys_make_wrong_is_told_of_one_of_them() -> None:
    assert mistakes(best={"name": "a", "height": 100, "width": 150}) == [
        Mistake(("best", "width"), "best.width: it must stand upright")
    ]
    twins = [{"name": name} for name in "abca"]
    assert mistakes(doors=twins) == [
        Mistake(("doors", 3), "doors: there are two doors of one name")
    ]


def test_what_no_key_is_guilty_of_is_told_of_the_table() -> None:
    assert convert(Top, {"never": {}})[1] == [Mistake(("never",), "never: it is never right")]
    assert convert(Never, {"a": 1}) == (None, [Mistake((), "it is never right")])


def test_no_mistake_is_told_that_follows_from_another() -> None:
    assert mistakes(best={"name": "a", "seal": {"strength": 10, "file": 3}}) == [
        Mistake(("best", "seal", "file"), "best.seal.file must be a text, and is a whole number")
    ]
    assert [each.place for each in mistakes(doors=[{"name": 1}, {"name": 2}])] == [
        ("doors", 0, "name"),
        ("doors", 1, "name"),
    ]
    wide = {"name": "a", "width": 600, "height": 700, "seal": 3}
    assert mistakes(best=wide) == [
        Mistake(("best", "seal"), "best.seal must be a table, and is a whole number")
    ]
    assert mistakes(best={"name": "a", "width": "x"}, style="old") == [
        Mistake(("best", "width"), "best.width must be a whole number, and is a text")
    ]


def test_what_is_wrong_is_as_if_left_out() -> None:
    data = {"doors": [{"name": "a", "width": 0}], "floors": ["x"], "best": {"name": "b"}, "x": 1}
    house, wrong = convert(House, data)
    assert house == House(best=Door("b"))
    assert len(wrong) == 3
