"""The switches of the planted bugs: each breaks what it says, and leaves nothing broken."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from .ordinary import ORDINARY
from .planted import BUGS, Bug, planted
from .planted.bug import _get

pytestmark = pytest.mark.explored


def leaves(error: BaseException) -> Iterator[BaseException]:
    """The errors themselves, out of all the groups they are in."""
    if isinstance(error, BaseExceptionGroup):
        for each in error.exceptions:
            yield from leaves(each)
    else:
        yield error


async def run(name: str, directory: Path) -> None:
    """Run the ordinary test for a bug."""
    test = ORDINARY[name](directory)
    if test is not None:
        await test


@pytest.mark.usefixtures("virtual_time")
@pytest.mark.parametrize("name", BUGS)
async def test_a_bug_breaks_what_it_is_to_break(name: str, tmp_path: Path) -> None:
    found: BaseException | None = None
    with planted(name):
        try:
            await run(name, tmp_path)
        except (AssertionError, BaseExceptionGroup) as error:
            found = error
    assert found is not None, "the ordinary test passes all the same"
    assert all(isinstance(each, AssertionError) for each in leaves(found)), found


@pytest.mark.usefixtures("virtual_time")
@pytest.mark.parametrize("name", BUGS)
async def test_without_it_all_is_well(name: str, tmp_path: Path) -> None:
    await run(name, tmp_path)


def test_every_bug_has_its_ordinary_test() -> None:
    assert BUGS.keys() == ORDINARY.keys()


@pytest.mark.parametrize("bug", BUGS.values(), ids=BUGS)
def test_a_bug_is_gone_when_it_is_switched_off(bug: Bug) -> None:
    before = [(swap.owner, swap.name, _get(swap.owner, swap.name)) for swap in bug.plant()]
    with planted(bug.name):
        assert all(_get(owner, name) is not value for owner, name, value in before)
    assert all(_get(owner, name) is value for owner, name, value in before)


@pytest.mark.parametrize("bug", BUGS.values(), ids=BUGS)
def test_what_is_broken_is_called_as_what_it_stands_for(bug: Bug) -> None:
    """Else the switch would show nothing but that it has been overtaken by the server."""
    for swap in bug.plant():
        real = _get(swap.owner, swap.name)
        if inspect.isfunction(real):
            assert _kinds(swap.broken) == _kinds(real), swap.name
            assert inspect.iscoroutinefunction(swap.broken) == inspect.iscoroutinefunction(real)


def _kinds(function: Any) -> list[Any]:
    return [each.kind for each in inspect.signature(function).parameters.values()]
