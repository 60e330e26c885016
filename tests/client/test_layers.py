"""The order within the client: what is below knows nothing of what stands above it."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import trio_chat.client
from tests.test_floors import imported

CLIENT = Path(trio_chat.client.__file__).parent
TOP = {"terminal"}
"""Modules that put the folders together, and so may import them all."""

LAYERS = {
    "": frozenset({""}),
    "model": frozenset({"", "model"}),
    "commands": frozenset({"", "model", "setup", "commands"}),
    "screen": frozenset({"", "model", "commands", "setup", "screen"}),
    "setup": frozenset({"", "setup"}),
}
ONLY_IN_SCREEN = ("asyncio", "prompt_toolkit")


def modules(folder: str) -> list[Path]:
    return [path for path in sorted((CLIENT / folder).glob("*.py")) if path.stem not in TOP]


def folder_of(module: str) -> str:
    """The folder of the client that a module of it is in; empty for the async client's own."""
    first = module.split(".")[2] if module.count(".") >= 2 else ""
    return first if first in LAYERS else ""


@pytest.mark.parametrize("folder", LAYERS)
def test_a_folder_imports_what_is_below_it_alone(folder: str) -> None:
    for path in modules(folder):
        names = [name for _, name in imported(ast.parse(path.read_text(encoding="utf-8")))]
        below = [name for name in names if name.startswith("trio_chat.client")]
        assert {folder_of(name) for name in below} <= LAYERS[folder], path
        if folder != "screen":
            assert not [name for name in names if name.split(".")[0] in ONLY_IN_SCREEN], path


def test_every_folder_has_its_layer() -> None:
    folders = {path.parent.name for path in CLIENT.glob("*/__init__.py")}
    assert folders == set(LAYERS) - {""}
