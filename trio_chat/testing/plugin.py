"""The pytest plugin: the fixture `chat`, a whole chat in memory for one test.

It needs pytest-trio. Law: importing this module imports neither trio nor the server, since pytest
does so at every start, in every project that has trio-chat installed.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from trio_chat.config import Config
    from trio_chat.testing.chat import VirtualChat


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
