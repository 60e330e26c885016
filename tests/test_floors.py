"""The floors of the house: who may import whom, and what the floors without I/O may not even name.

Every rule is also shown to fail, on a snippet that breaks it.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parent.parent / "trio_chat"

PURE = frozenset(
    {
        *("__future__", "binascii", "bisect", "collections", "dataclasses", "datetime", "enum"),
        "functools",
        *("heapq", "hmac", "ipaddress", "itertools", "operator", "re", "string", "textwrap"),
        *("types", "typing", "unicodedata"),
    }
)
"""Modules of the standard library without I/O, clock or randomness (but for the calls below)."""

# Built in, so that no import tells of them. Addresses and hashes of text differ from run to run.
IMPURE_FUNCTIONS = frozenset(
    ("open", "print", "input", "exec", "eval", "breakpoint", "__import__", "id", "hash")
)

# In `datetime`, the one pure module that has the machine's clock and time zone in it.
CLOCKS = frozenset({"now", "utcnow", "today"})
ZONED = {"fromtimestamp": 2, "astimezone": 1}
"""Methods that go by the zone of the machine unless they have as many arguments as this."""


@dataclass(frozen=True)
class Floor:
    """What one package may import: parts of trio-chat, and modules from elsewhere.

    Of those a package stands for all that is in it, and a module by its full name for itself alone.
    """

    ours: frozenset[str]
    others: frozenset[str]
    pure: bool = False
    """Whether the floor does no I/O, and reads no clock and draws no random number."""


STANDARD = frozenset(sys.stdlib_module_names)

# What of websockets does no I/O: the rest of it brings an event loop or threads of its own.
WEBSOCKETS = frozenset(
    f"websockets.{module}" for module in ("frames", "http11", "protocol", "server", "typing")
)

FLOORS = {
    "wire": Floor(frozenset({"wire"}), PURE, pure=True),
    "core": Floor(frozenset({"core", "wire"}), PURE, pure=True),
    "store": Floor(
        frozenset({"store", "wire"}),
        PURE | {"contextlib", "errno", "fcntl", "json", "os", "pathlib", "sqlite3", "threading"},
    ),
    "archive": Floor(
        frozenset({"archive", "store", "core", "wire"}),
        STANDARD - {"asyncio"} | {"argon2", "jwt", "msgspec", "pyotp", "scramp"},
    ),
    "net": Floor(
        frozenset({"net", "core", "wire"}),
        STANDARD - {"asyncio"} | {"trio", "OpenSSL", "cryptography"} | WEBSOCKETS,
    ),
    "client": Floor(
        frozenset({"client", "docstrings", "version", "wire"}),
        STANDARD
        | {"trio", "prompt_toolkit", "wcwidth", "outcome", "platformdirs", "scramp"}
        # Only when they are asked for: a certificate of one's own, the system's keyring.
        | {"cryptography", "keyring"},
    ),
}


def modules(floor: str) -> list[Path]:
    return sorted((PACKAGE / floor).rglob("*.py"))


def imported(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Every module that is imported, wherever in the file, with its line."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for name in node.names:
                yield node.lineno, name.name
        elif isinstance(node, ast.ImportFrom):
            module = "." * node.level + (node.module or "")
            if module == "trio_chat":  # `from trio_chat import wire`
                for name in node.names:
                    yield node.lineno, f"trio_chat.{name.name}"
            else:
                yield node.lineno, module


def wrong_imports(tree: ast.AST, floor: Floor) -> Iterator[str]:
    for line, module in imported(tree):
        top, _, rest = module.partition(".")
        if top == "trio_chat":
            allowed = rest.partition(".")[0] in floor.ours
        else:
            allowed = top in floor.others or module in floor.others
        if not allowed:
            yield f"{line}: imports {module or 'relatively'}"


def impure_names(tree: ast.AST) -> Iterator[str]:
    """Calls of what reads a clock, the time zone, an address, a file."""
    for node in ast.walk(tree):
        match node:
            case ast.Call(func=ast.Name(id=name)) if name in IMPURE_FUNCTIONS:
                yield f"{node.lineno}: calls {name}"
            case ast.Call(func=ast.Attribute(attr=name)) if name in CLOCKS:
                yield f"{node.lineno}: calls .{name}"
            case ast.Call(func=ast.Attribute(attr=name)) if name in ZONED:
                if len(node.args) + len(node.keywords) < ZONED[name]:
                    yield f"{node.lineno}: calls .{name} in the time zone of the machine"
            case _:
                pass


def is_set(node: ast.AST) -> bool:
    """Whether an expression is, to the eye, a set."""
    match node:
        case ast.Set() | ast.SetComp():
            return True
        case ast.Call(func=ast.Name(id="set" | "frozenset")):
            return True
        case ast.BinOp(op=ast.BitOr() | ast.BitAnd() | ast.Sub() | ast.BitXor()):
            return is_set(node.left) or is_set(node.right)
        case _:
            return False


def is_set_type(annotation: ast.expr | None) -> bool:
    named = annotation.value if isinstance(annotation, ast.Subscript) else annotation
    return isinstance(named, ast.Name) and named.id in ("set", "frozenset")


def names_of_sets(tree: ast.AST) -> set[str]:
    """Names and attributes that are given a set, or declared to be one, anywhere in the file."""
    found: set[str] = set()
    for node in ast.walk(tree):
        targets: list[ast.expr] = []
        if isinstance(node, ast.Assign) and is_set(node.value):
            targets = node.targets
        elif isinstance(node, ast.AnnAssign):
            if is_set_type(node.annotation) or (node.value is not None and is_set(node.value)):
                targets = [node.target]
        elif isinstance(node, ast.arg) and is_set_type(node.annotation):
            found.add(node.arg)
        for target in targets:
            if isinstance(target, ast.Name):
                found.add(target.id)
            elif isinstance(target, ast.Attribute):
                found.add(target.attr)
    return found


def iterated(tree: ast.AST) -> Iterator[ast.expr]:
    """Every expression whose order decides something: loops, comprehensions, and what makes
    a sequence of its argument."""
    ordering = ("list", "tuple", "iter", "enumerate", "zip", "map", "filter", "dict")
    for node in ast.walk(tree):
        match node:
            case ast.For(iter=source) | ast.comprehension(iter=source) | ast.Starred(value=source):
                yield source
            case ast.YieldFrom(value=source):
                yield source
            case ast.Call(func=ast.Name(id=name), args=args) if name in ordering:
                yield from args
            case ast.Call(func=ast.Attribute(attr="join" | "extend" | "fromkeys"), args=args):
                yield from args
            case _:
                pass


def iterated_sets(tree: ast.AST) -> Iterator[str]:
    sets = names_of_sets(tree)
    for source in iterated(tree):
        name = source.id if isinstance(source, ast.Name) else getattr(source, "attr", "")
        if is_set(source) or name in sets:
            yield f"{source.lineno}: goes through a set in no order: {ast.unparse(source)}"


def troubles(text: str, floor: Floor) -> list[str]:
    """All that a module of this floor does that it may not."""
    tree = ast.parse(text)
    found = [*wrong_imports(tree, floor)]
    if floor.pure:
        found += [*impure_names(tree), *iterated_sets(tree)]
    return found


@pytest.mark.parametrize("name", FLOORS)
def test_no_floor_reaches_for_what_is_above_it(name: str) -> None:
    assert modules(name), "nothing was looked at"
    found = {
        str(path.relative_to(PACKAGE)): wrong
        for path in modules(name)
        if (wrong := troubles(path.read_text(encoding="utf-8"), FLOORS[name]))
    }
    assert found == {}


def test_every_package_has_a_floor() -> None:
    packages = {path.parent.name for path in PACKAGE.glob("*/__init__.py")}
    assert packages - set(FLOORS) == {"testing"}  # the harness stands beside the house


# -- the rules can fail


@pytest.mark.parametrize(
    ("floor", "snippet"),
    [
        ("wire", "import trio"),
        ("wire", "import socket"),
        ("wire", "import os.path"),
        ("wire", "from time import monotonic"),
        ("wire", "import random, re"),
        ("wire", "import uuid"),
        ("wire", "import secrets"),
        ("wire", "import asyncio"),
        ("wire", "import subprocess"),
        ("wire", "import threading"),
        ("wire", "import io"),
        ("wire", "import logging"),
        ("wire", "from trio_chat.core.state import World"),
        ("wire", "from trio_chat import core"),
        ("wire", "import trio_chat"),
        ("wire", "from . import message"),
        ("wire", "def f():\n    import trio"),
        ("wire", "if TYPE_CHECKING:\n    import trio"),
        ("core", "from trio_chat.net.hub import Hub"),
        ("core", "from trio_chat.store.database import Store"),
        ("core", "from trio_chat.server import serve"),
        ("core", "from trio_chat.testing.invariants import check_world"),
        ("core", "import sqlite3"),
        ("core", "import msgspec"),
        ("store", "from trio_chat.core.state import World"),
        ("store", "import trio"),
        ("net", "from trio_chat.server import serve"),
        ("net", "from trio_chat.config import Config"),
        ("net", "from trio_chat.client.chat import Chat"),
        ("net", "import asyncio"),
        ("net", "import websockets"),
        ("net", "from websockets import server"),
        ("net", "from websockets.asyncio.server import serve"),
        ("net", "from websockets.sync.client import connect"),
        ("net", "import argon2"),
        ("core", "import argon2"),
        ("core", "from websockets.frames import Frame"),
        ("wire", "from precis_i18n import get_profile"),
        ("client", "from trio_chat.core.state import World"),
        ("client", "from trio_chat.net.hub import Hub"),
        ("client", "from trio_chat.server import serve"),
        ("client", "from trio_chat.store.database import Store"),
        ("client", "import rich"),
        ("core", "open('x')"),
        ("core", "print('x')"),
        ("core", "input()"),
        ("core", "datetime.now()"),
        ("core", "datetime.datetime.utcnow()"),
        ("core", "date.today()"),
        ("core", "datetime.now(UTC)"),
        ("core", "datetime.fromtimestamp(at)"),
        ("core", "moment.astimezone()"),
        ("core", "sorted(rooms, key=id(room))"),
        ("core", "hash('x')"),
        ("core", "for x in {1, 2}: pass"),
        ("core", "for x in set(y): pass"),
        ("core", "[x for x in frozenset(y)]"),
        ("core", "{x: 1 for x in {y for y in z}}"),
        ("core", "list({1, 2})"),
        ("core", "tuple(set(a) | b)"),
        ("core", "','.join({'a'})"),
        ("core", "dict.fromkeys(a - set(b))"),
        ("core", "f(*{1, 2})"),
        ("core", "for i, x in enumerate(set(y)): pass"),
        ("core", "def f():\n    yield from {1}"),
        ("core", "seen = set()\nfor x in seen: pass"),
        ("core", "seen: set[str] = set()\n[x for x in seen]"),
        ("core", "class A:\n    seen: frozenset[str]\n    def f(self): return list(self.seen)"),
        ("core", "self.seen = {1}\nfor x in self.seen: pass"),
        ("core", "def f(names: set[str]):\n    return tuple(names)"),
    ],
)
def test_what_breaks_a_rule_is_found(floor: str, snippet: str) -> None:
    assert troubles(snippet, FLOORS[floor])


@pytest.mark.parametrize(
    ("floor", "snippet"),
    [
        ("wire", "from __future__ import annotations\nimport re\nfrom trio_chat.wire import caps"),
        ("core", "from datetime import UTC, datetime\ndatetime.fromtimestamp(at, UTC)"),
        ("core", "from trio_chat.core.commands.rooms import time\ntime(world, session)"),
        ("core", "world.now\nsession.heard"),
        ("core", "if x in {1, 2}: pass"),
        ("core", "sorted({1, 2})"),
        ("core", "for room in tuple(world.rooms.values()): pass"),
        ("store", "import sqlite3\nfrom pathlib import Path"),
        ("wire", "import ipaddress"),
        ("core", "import textwrap"),
        ("net", "import socket\nimport time\nimport trio\nfrom trio_chat.core.step import step"),
        ("net", "from websockets.frames import Frame\nimport websockets.server"),
        ("client", "import asyncio\nimport trio.lowlevel\nfrom prompt_toolkit.input import Input"),
    ],
)
def test_what_keeps_the_rules_is_let_be(floor: str, snippet: str) -> None:
    assert troubles(snippet, FLOORS[floor]) == []
