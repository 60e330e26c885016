"""Where keys stand in a TOML text: every value of these texts is the number of its own line."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trio_chat.toml_lines import Lines, Place

TEXTS = [
    "a = @\n# b = @\n\nc.d = @\n 'e' . \"f.g\" = @ # = @\n",
    "[a]\nb = @\n[a.b2]\nc = @\n[ d . 'e' ] # [x]\nf = @\n",
    "[[a]]\nb = @\n[[a]]\nb = @\n[a.c]\nd = @\n[[a.e]]\nf = @\n[[a.e]]\nf = @\n[[a]]\n[[a.e]]\nf=@",
    "a = [@, @,\n  @, # ],\n\n  @\n]\nb = @",
    "a = [[@], [], [\n[@,\n@]]]\nb = @",
    "a = { b = @, c.d = @, 'e' = [\n@, { f = @ } ] }\nb = {}\nc = @",
    'a = """@\n\nb = 1\n[c]\n\\"""d"""""\ne = @',
    "a = '''@\nb = 1\n\"\"\"'''\ne = '@'\nf = \"@\\\"#\"\ng = ''\nh = \"\"\ni = @",
    'a = "@ ] } , # \\\\"\nb = [ "@ ]" , \'@ }\' ]\nc = """@"""\nd = @',
    '"a\\u0062" = @\n"]\\"=" = @\n\'#\' = @\n[ "x.y" ]\n1 = @\nnan = @',
    "a = 1979-05-27 07:32:00Z\nb = [1.5e3, true,]\nc = 0x3\nd = [[@]]\n",
    "a = [{b = @}, {b = @},\n{b = @}]\r\n[c]\r\nd = @\r\n",
]


def leaves(data: Any, place: Place = ()) -> Iterator[tuple[Place, Any]]:
    if isinstance(data, dict | list):
        for key, value in data.items() if isinstance(data, dict) else enumerate(data):
            yield from leaves(value, (*place, key))
    else:
        yield place, data


def line_said(value: Any) -> int | None:
    """The number a value is, or begins with: its line."""
    found = re.match(r"\d+", str(value)) if isinstance(value, int | str) else None
    return int(found[0]) if found else None


def numbered(text: str) -> str:
    return "\n".join(
        line.replace("@", str(number)) for number, line in enumerate(text.split("\n"), start=1)
    )


@pytest.mark.parametrize("text", TEXTS)
def test_every_key_is_found_where_it_stands(text: str) -> None:
    text = numbered(text)
    lines = Lines(text)
    told = {place: line_said(value) for place, value in leaves(tomllib.loads(text))}
    told = {place: line for place, line in told.items() if line is not None}
    assert told
    assert {place: lines.line(place) for place in told} == told


def test_tables_are_found_by_their_headers_and_what_is_nowhere_by_its_table() -> None:
    lines = Lines("a = 1\n[b]\n\n[[c.d]]\n[[c.d]]\ne = 1\n")
    assert lines.line(("b",)) == 2
    assert lines.line(("b", "nothing")) == 2
    assert lines.line(("c",)) == lines.line(("c", "d")) == lines.line(("c", "d", 0)) == 4
    assert lines.line(("c", "d", 1)) == 5
    assert lines.line(("c", "d", 1, "x", "y")) == 5
    assert lines.line(("nothing",)) == 1
    assert Lines("").line(("a",)) == 1


KEYS = st.sampled_from(["a", "b-c", "1", '"d.e"', "'f g'", '"\\u0067\\""', "'#'", '"]"'])
WORDS = st.sampled_from(["", " ", "]", "}", ",", "#", "=", "[x]", "'", '\\"', "\\\\", "é"])


@st.composite
def values(draw: st.DrawFn, depth: int = 3) -> str:
    kinds = ["number", "basic", "literal", "long basic", "long literal"]
    kind = draw(st.sampled_from(kinds + ["list", "table"] * (depth > 0)))
    words = "".join(draw(st.lists(WORDS, max_size=4)))
    plain = words.replace("'", "").replace("\\", "")
    match kind:
        case "number":
            return "@"
        case "basic":
            return f'"@ {words}"'
        case "literal":
            return f"'@ {plain}'"
        case "long basic":
            return f'"""@ {words}\n""x{words}{draw(st.sampled_from(["", chr(34), chr(34) * 2]))}"""'
        case "long literal":
            return f"'''@ {plain}\n'' {plain}'''"
        case "list":
            gap = draw(st.sampled_from(["", " ", "\n", " # ],\n"]))
            inner = draw(st.lists(values(depth=depth - 1), max_size=3))
            return f"[{gap}{f' ,{gap}'.join(inner)}{gap}]"
    pairs = draw(st.dictionaries(KEYS, values(depth=depth - 1), max_size=3))
    return "{ " + ", ".join(f"{key} = {value}" for key, value in pairs.items()) + " }"


@st.composite
def texts(draw: st.DrawFn) -> str:
    parts = []
    pairs = st.dictionaries(KEYS, values(), max_size=3)
    headers = ["", *draw(st.lists(st.sampled_from(["[[t]]", "[[t.u]]", "[v{}]"]), max_size=5))]
    if "[[t.u]]" in headers:
        headers.insert(1, "[[t]]")
    for number, header in enumerate(headers):
        parts.append(header.format(number))
        parts += [f"{key} = {value} # =" for key, value in draw(pairs).items()]
        parts += draw(st.lists(st.just(""), max_size=1))
    return "\n".join(parts)


@given(texts())
def test_every_key_of_any_text_is_found_where_it_stands(text: str) -> None:
    text = numbered(text)
    lines = Lines(text)
    for place, value in leaves(tomllib.loads(text)):
        assert lines.line(place) == line_said(value), place
