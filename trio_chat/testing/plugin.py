"""The pytest plugin: the fixture `chat`, a whole chat in memory for one test, and the mark and the
fixture `sim`, a simulated one for a test that is run under many seeds.

Laws:

* Importing this module imports neither trio nor the server, since pytest does so at every start, in
  every project that has trio-chat installed.
* `chat` needs pytest-trio. A test marked `sim` is run by the simulation alone, whatever other
  plugins for async tests there are.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Generator
from importlib.util import find_spec
from inspect import isasyncgenfunction, iscoroutinefunction
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from trio_chat.config import Config
    from trio_chat.testing.chat import VirtualChat
    from trio_chat.testing.sim.simulation import Sim

# -- chat


@pytest.fixture
def chat_config() -> Config:
    """The configuration of the server behind `chat`; define your own fixture of this name."""
    from trio_chat.testing.chat import CONFIG

    return CONFIG


@pytest.fixture
async def chat(chat_config: Config) -> AsyncIterator[VirtualChat]:
    """The real server on a network in memory, under a clock that jumps over every wait."""
    from trio_chat.testing.chat import open_chat

    async with open_chat(chat_config) as chat:
        yield chat


@pytest.hookimpl(tryfirst=True)
def pytest_fixture_setup(
    fixturedef: pytest.FixtureDef[Any], request: pytest.FixtureRequest
) -> None:
    """Have a test that uses `chat` run by trio, under the clock that jumps.

    pytest-trio looks for a clock among the arguments of the test itself. That a fixture has need of
    one must be said another way, or each test would have to ask for both.
    """
    if is_simulated(request.node):
        _refuse_async(fixturedef)
    if fixturedef.argname != "chat" or fixturedef.func.__module__ != __name__:
        return
    if find_spec("pytest_trio") is None:
        pytest.fail("the fixture `chat` needs pytest-trio: install it", pytrace=False)
    request.node.add_marker(pytest.mark.trio(run=run), append=False)


def run(main: Any, *args: Any, clock: Any = None, **options: Any) -> Any:
    """`trio.run` under a clock that jumps over every wait, unless the test has one of its own."""
    import trio
    import trio.testing

    if clock is None:
        clock = trio.testing.MockClock(autojump_threshold=0)
    return trio.run(main, *args, clock=clock, **options)


# -- sim

BODY = pytest.StashKey[Any]()
"""Where a test marked `sim` keeps its function, which other plugins may have wrapped by the time
it is called."""

REPORT = pytest.StashKey[str]()
"""Where it keeps what there is to say of its failure."""


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("trio-chat", "tests marked `sim`")
    group.addoption(
        "--sim-seeds", type=int, metavar="N", help="run each under so many seeds, whatever it says"
    )
    group.addoption("--sim-seed", type=int, metavar="SEED", help="run each under this seed alone")
    group.addoption(
        "--sim-plan", metavar="FILE", help="run each by this plan, which a failure has left"
    )


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line(
        "markers",
        "sim(seeds=50, seed=None, faults=(), hosts=('program',), knobs={}, minutes=None): run the "
        "test in a simulated chat, its fixture `sim`, under so many seeds",
    )


@pytest.fixture
def sim(request: pytest.FixtureRequest) -> Sim | None:
    """A simulated chat, of which each run of a test marked `sim` has its own."""
    if not is_simulated(request.node):
        pytest.fail("`sim` is for tests marked `@pytest.mark.sim(seeds=…)`", pytrace=False)
    return None  # what a test has in its place is given to it run by run


def is_simulated(node: Any) -> bool:
    """Whether this is a test that runs under many seeds."""
    return (
        isinstance(node, pytest.Function)
        and "sim" in node.fixturenames
        and node.get_closest_marker("sim") is not None
    )


def _refuse_async(fixturedef: pytest.FixtureDef[Any]) -> None:
    if iscoroutinefunction(fixturedef.func) or isasyncgenfunction(fixturedef.func):
        pytest.fail(
            f"the fixture `{fixturedef.argname}` is async, and a test marked `sim` has a run of "
            "its own for each seed: call a function in it instead",
            pytrace=False,
        )


def pytest_runtest_setup(item: pytest.Item) -> None:
    if is_simulated(item):
        assert isinstance(item, pytest.Function)
        item.stash[BODY] = item.obj


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> bool | None:
    """Run a test marked `sim`, and let nobody else do it."""
    __tracebackhide__ = True
    if not is_simulated(pyfuncitem):
        return None
    from trio_chat.testing.sim.marked import run_marked

    run_marked(pyfuncitem, pyfuncitem.stash[BODY])
    return True


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, Any, Any]:
    """Show what there is to say of a failure in a section of its own."""
    shown = yield
    if shown.when == "call" and REPORT in item.stash:
        shown.sections.append(("simulation", item.stash[REPORT]))
    return shown
